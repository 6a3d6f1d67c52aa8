"""The check before PostgreSQL starts, run by a real shell on folders as people bring them."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from omero_operator.desired.postgres_data import _CHECK, FOLDER


@dataclass(frozen=True)
class Result:
    """How the check ended."""

    code: int
    message: str


def check(
    tmp_path: Path,
    files: dict[str, str],
    version: str = "16.4 (Debian 16.4-1.pgdg120+1)",
    closed: str = "",
) -> Result:
    """Run it on a volume with these files; nothing on the volume may change."""
    volume, programs = tmp_path / "volume", tmp_path / "bin"
    volume.mkdir()
    programs.mkdir()
    (programs / "postgres").write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
    (programs / "postgres").chmod(0o755)
    for name, content in files.items():
        file = volume / name
        if name.endswith("/"):
            file.mkdir(parents=True)
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
    before = sorted(volume.rglob("*"))
    log = tmp_path / "termination-log"
    log.touch()
    identity = {}
    if closed:
        (volume / closed).chmod(0)
        if os.geteuid() == 0:
            # Root reads everything. Folders of pytest are closed to others, so open the way.
            for folder in (tmp_path, *tmp_path.parents[:-2]):
                folder.chmod(folder.stat().st_mode | 0o711)
            log.chmod(0o666)
            identity = {"user": pwd.getpwnam("nobody").pw_uid}
    done = subprocess.run(
        ["sh", "-c", _CHECK, "check-data", str(volume), FOLDER],
        env={"PATH": f"{programs}:/usr/bin:/bin", "TERMINATION_LOG": str(log)},
        check=False,
        capture_output=True,
        text=True,
        **identity,
    )
    assert sorted(volume.rglob("*")) == before
    # What the condition quotes is what the log says, in one line.
    assert log.read_text() == done.stderr
    assert done.stderr.count("\n") == (1 if done.returncode else 0), done.stderr
    return Result(done.returncode, done.stderr)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"lost+found/": ""},
        {"pgdata/": ""},
        {"pgdata/PG_VERSION": "16\n", "pgdata/base/1/PG_VERSION": "16\n"},
        # The local image starts over what it was interrupted in.
        {"pgdata/PG_VERSION": "16\n", "pgdata.initialising": ""},
        {"pgdata/base/": "", "pgdata.initialising": ""},
        # A site that already lives in pgdata goes on, whatever lies beside it.
        {"pgdata/PG_VERSION": "16\n", "old/PG_VERSION": "15\n", "PG_VERSION": "15\n"},
    ],
    ids=["new", "fresh ext4", "empty folder", "own", "cut off", "cut off early", "old beside"],
)
def test_postgresql_may_start(tmp_path: Path, files: dict[str, str]) -> None:
    assert check(tmp_path, files) == Result(0, "")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {"PG_VERSION": "16\n", "base/1/PG_VERSION": "16\n", "lost+found/": ""},
            ["cluster of PostgreSQL 16 in {volume};", "{volume}/pgdata", "move the files"],
        ),
        ({"PG_VERSION": "15\n", "pgdata/": ""}, ["cluster of PostgreSQL 15 in {volume};"]),
        ({"data/PG_VERSION": "14\n"}, ["cluster of PostgreSQL 14 in {volume}/data;"]),
        ({"pgroot/data/PG_VERSION": "15\n"}, ["PostgreSQL 15 in {volume}/pgroot/data;"]),
        (
            {"pgdata/PG_VERSION": "15\n"},
            ["{volume}/pgdata is a cluster of PostgreSQL 15", "PostgreSQL 16", "by spec.version"],
        ),
        ({"pgdata/PG_VERSION": "9.6\n"}, ["cluster of PostgreSQL 9.6"]),
        ({"pgdata/thesis.txt": "mine"}, ["{volume}/pgdata is neither empty nor a cluster"]),
        ({"pgdata/base/": ""}, ["neither empty nor a cluster"]),
        ({"pgdata/PG_VERSION": ""}, ["neither empty nor a cluster"]),
    ],
    ids=[
        "at the root", "at the root with pgdata", "another folder", "deeper", "older",
        "much older", "other files", "half made", "empty mark",
    ],
)  # fmt: skip
def test_postgresql_must_not_start(tmp_path: Path, files: dict[str, str], words: list[str]) -> None:
    result = check(tmp_path, files)
    assert result.code == 1
    for word in words:
        assert word.format(volume=tmp_path / "volume") in result.message
    assert "Nothing was changed" in result.message


@pytest.mark.parametrize(
    ("version", "major"),
    [
        ("15.14 (Debian 15.14-0+deb12u1)", "15"),
        ("17beta1", "17"),
        ("18rc1 on x", "18"),
        ("16", "16"),
    ],
)
def test_version_of_the_image_is_its_major(tmp_path: Path, version: str, major: str) -> None:
    assert check(tmp_path, {"pgdata/PG_VERSION": f"{major}\n"}, version).code == 0


def test_folder_of_another_user_is_told(tmp_path: Path) -> None:
    """For example what Alpine's PostgreSQL left, which has another uid."""
    result = check(tmp_path, {"pgdata/PG_VERSION": "16\n"}, closed="pgdata")
    assert result.code == 1
    assert f"it belongs to uid:gid {os.geteuid()}:{os.getegid()}" in result.message
    assert "cannot be read by uid" in result.message


def test_image_that_is_no_postgresql_is_told(tmp_path: Path) -> None:
    result = check(tmp_path, {}, "none")
    assert result.code == 1 and "PostgreSQL version is unknown" in result.message
