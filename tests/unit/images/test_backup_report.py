"""What a backup says at its end: the pod's termination message, and the words of programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from omero_backup import processes, report


@pytest.mark.parametrize("letter", ["x", "ü", "核", "\N{MICROSCOPE}", "\udcff", '"'])
def test_what_kubernetes_would_cut_stays_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, letter: str
) -> None:
    log = tmp_path / "log"
    log.touch()
    monkeypatch.setenv("TERMINATION_LOG", str(log))
    report.write("run", "failed", letter * 3000, backup="20261201T010000Z-cafe")
    said = log.read_bytes()
    assert len(said) <= 4096
    assert json.loads(said)["message"].startswith(letter * 200)


# As restic 0.14 writes it where the destination is mounted read-only.
TRACE = (
    "Save(<lock/f013>) returned error, retrying after 15s: open /backup/locks/f0: read-only file "
    "system\n"
    "open /backup/locks/f013: read-only file system\n"
    "github.com/restic/restic/internal/backend/local.(*Local).Save\n"
    "\tgithub.com/restic/restic/internal/backend/local/local.go:153\n"
    "runtime.goexit\n"
    "\truntime/asm_amd64.s:1594\n"
)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            f"{TRACE}unable to create lock in backend\n",
            "unable to create lock in backend: open /backup/locks/f013: read-only file system",
        ),
        (
            "config file has zero size, invalid repository?\nmain.open\n\tglobal.go:760\n",
            "config file has zero size, invalid repository?",
        ),
        (
            'psql: error: connection to server at "db", port 5432 failed: Connection refused\n'
            "\tIs the server running on that host and accepting TCP/IP connections?\n",
            'psql: error: connection to server at "db", port 5432 failed: Connection refused',
        ),
        ("a\nFatal: b\nc\n", "Fatal: b"),
        ("a\nb\n", "b"),
        ("", "no message"),
    ],
)
def test_the_cause_is_quoted_and_no_trace(tmp_path: Path, said: str, words: str) -> None:
    errors = tmp_path / "errors"
    errors.write_text(said)
    assert processes.last_words(errors) == words
