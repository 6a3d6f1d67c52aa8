"""The probes of a worker, run as the kubelet runs them in its container."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final

SCRIPT: Final = (
    Path(__file__).parents[2] / "images/omero-web/src/omero_web_container/worker_probe.sh"
)


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A probe that runs; `folder` is the worker's /tmp."""
    return subprocess.Popen(
        ["sh", SCRIPT, *arguments],
        env={**os.environ, "TMPDIR": str(folder)},
        stderr=subprocess.PIPE,
        text=True,
    )


def said(folder: Path, name: str) -> str:
    """What a probe says that looks once; nothing when it passes."""
    with start(folder, name, "0") as probe:
        _, words = probe.communicate(timeout=60)
    assert (probe.returncode, bool(words)) in {(0, False), (1, True)}, words
    return words.removesuffix("\n")


def temporary_folder_unknown() -> None:
    """For a worker that is forked: what it is forked from has looked for the folder already."""
    tempfile.tempdir = None
