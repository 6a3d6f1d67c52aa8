"""Encrypted secrets and the rotation of their keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from omero_plugin_common import secret_box
from omero_plugin_common.env_utils import EnvironmentProblem
from omero_plugin_common.secret_box import CannotDecrypt, SecretBox

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def test_a_secret_comes_back_and_is_not_readable() -> None:
    token = SecretBox([OLD]).encrypt("sk-tröt")
    assert "sk-tr" not in token
    assert SecretBox([OLD]).decrypt(token) == "sk-tröt"


def test_the_new_key_encrypts_and_the_old_one_still_decrypts() -> None:
    old = SecretBox([OLD]).encrypt("x")
    both = SecretBox([NEW, OLD])
    assert both.decrypt(old) == "x"
    assert not both.is_current(old)
    rotated = both.rotate(old)
    assert both.is_current(rotated)
    assert SecretBox([NEW]).decrypt(rotated) == "x"
    with pytest.raises(CannotDecrypt):
        SecretBox([NEW]).decrypt(old)


@pytest.mark.parametrize("token", ["", "nonsense", "gAAAAAB"])
def test_what_is_no_token_is_refused_without_showing_it(token: str) -> None:
    box = SecretBox([NEW])
    with pytest.raises(CannotDecrypt):
        box.decrypt(token)
    with pytest.raises(CannotDecrypt):
        box.rotate(token)


@pytest.mark.parametrize("keys", [[], ["short"], [NEW, "short"]])
def test_keys_are_checked_and_not_shown(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="key") as caught:
        SecretBox(keys)
    assert "short" not in str(caught.value)


def test_the_sites_keys_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys"
    path.write_text(f"{NEW}\n{OLD}\n\n")
    monkeypatch.setenv("PLUGIN_KEYS_FILE", str(path))
    secret_box.default.cache_clear()
    try:
        assert secret_box.default().decrypt(SecretBox([OLD]).encrypt("x")) == "x"
        path.write_text("not a key\n")
        secret_box.default.cache_clear()
        with pytest.raises(EnvironmentProblem, match="PLUGIN_KEYS_FILE") as caught:
            secret_box.default()
        assert "not a key" not in str(caught.value).replace("is not a key", "")
    finally:
        secret_box.default.cache_clear()


def test_only_plain_names_are_columns() -> None:
    with pytest.raises(ValueError, match="plain name"):
        secret_box.declare_column("a; drop table b", "id", "token")
