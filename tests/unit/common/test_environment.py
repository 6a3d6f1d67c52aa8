"""Reading the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from omero_plugin_common.environment import EnvironmentProblem, integer, secret, text


def test_text_is_stripped_and_may_have_a_default() -> None:
    assert text("A", source={"A": " x "}) == "x"
    assert text("A", "y", source={"A": "  "}) == "y"


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(EnvironmentProblem, match=r"^REDIS_HOST is not set"):
        text("REDIS_HOST", source={})


@pytest.mark.parametrize(
    ("value", "message"), [("x", "not a whole number"), ("0", "not between 1 and 9")]
)
def test_a_wrong_number_is_named_with_its_bounds(value: str, message: str) -> None:
    with pytest.raises(EnvironmentProblem, match=rf"PORT.*{message}"):
        integer("PORT", low=1, high=9, source={"PORT": value})


def test_a_number_may_have_a_default() -> None:
    assert integer("PORT", 7, low=1, high=9, source={}) == 7


def test_a_secret_is_the_first_line_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("s3cret\nand more\n")
    assert secret("PASSWORD_FILE", source={"PASSWORD_FILE": str(path)}) == "s3cret"


@pytest.mark.parametrize("content", [b"", b"\nsecond", b"\xff\xfe"])
def test_a_secret_that_cannot_be_used_names_the_file_only(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    with pytest.raises(EnvironmentProblem, match="PASSWORD_FILE") as caught:
        secret("PASSWORD_FILE", source={"PASSWORD_FILE": str(path)})
    assert "second" not in str(caught.value)


def test_a_secret_file_that_is_not_there_is_named() -> None:
    with pytest.raises(EnvironmentProblem, match="/no/such/file"):
        secret("PASSWORD_FILE", source={"PASSWORD_FILE": "/no/such/file"})
