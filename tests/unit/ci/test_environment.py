"""`ci/setup` runs again when something that decides .venv's content changed, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from omero_ci import environment
from tools.common.errors import CommandError


@pytest.fixture
def member(tmp_path: Path) -> Path:
    folder = tmp_path / "member"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[project]\n")
    return folder


def test_fingerprint_follows_lock_members_wheel_and_python(
    tmp_path: Path, member: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "host.txt"
    lock.write_text("a==1\n")
    monkeypatch.setattr(environment, "LOCK", lock)
    wheel = tmp_path / "zeroc_ice-3.6.5.whl"
    wheel.write_text("wheel")
    seen = {environment._fingerprint("/usr/bin/python3", [member], wheel)}
    assert environment._fingerprint("/usr/bin/python3", [member], wheel) in seen

    seen.add(environment._fingerprint("/opt/python3.12", [member], wheel))
    seen.add(environment._fingerprint("/usr/bin/python3", [member], None))
    (member / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    seen.add(environment._fingerprint("/usr/bin/python3", [member], wheel))
    lock.write_text("a==2\n")
    seen.add(environment._fingerprint("/usr/bin/python3", [member], wheel))
    assert len(seen) == 5


def test_missing_interpreter_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON", "/nowhere/python3")
    with pytest.raises(CommandError, match="there is no /nowhere/python3"):
        environment._interpreter()


def test_interpreter_outside_the_range_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\necho 3 9\n")
    old.chmod(0o755)
    monkeypatch.setenv("PYTHON", str(old))
    with pytest.raises(CommandError, match=r"is Python 3\.9; 3\.11 or 3\.12 is needed"):
        environment._interpreter()
