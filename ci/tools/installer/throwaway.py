"""Throw-away Python environments, whose pip fetches pinned files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.common.commands import run_logged
from tools.common.paths import cache_folder

# Debian's own interpreter, whatever else comes first on PATH: the wheel must fit that one.
SYSTEM_PYTHON = Path("/usr/bin/python3")


@contextmanager
def workbench(name: str, log: Path) -> Iterator[Path]:
    """Make a folder with a Python environment in ``venv`` and remove both afterwards.

    Args:
        name: What the folder is for; a half-removed one of that name is cleared first.
        log: Takes what the programs say.

    Yields:
        The folder.
    """
    folder = cache_folder() / f"work-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        run_logged([SYSTEM_PYTHON, "-m", "venv", folder / "venv"], log)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def python_of(folder: Path) -> Path:
    """Return the interpreter of a workbench's environment."""
    return folder / "venv" / "bin" / "python"
