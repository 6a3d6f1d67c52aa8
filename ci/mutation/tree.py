"""A copy of the repository, so that no change ever stands in the real one."""

from __future__ import annotations

import os
import shutil
import subprocess
from itertools import count
from pathlib import Path

from omero_ci.paths import ROOT, VENV


class Tree:
    """The copied files, one of which may be changed."""

    def __init__(self, folder: Path) -> None:
        """Copy what git tracks and what it would track."""
        self.folder = folder
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        (folder / ".venv").symlink_to(VENV)
        self._times = count(1)

    def write(self, path: str, text: str) -> None:
        """Give a file another text.

        Python takes a compiled file for fresh by size and whole seconds of its source, so each
        text gets a time of its own.
        """
        (self.folder / path).write_text(text, encoding="utf-8")
        time = next(self._times)
        os.utime(self.folder / path, (time, time))
