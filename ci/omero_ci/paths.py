"""Where things are: the repository, its virtual environment, the built programs."""

from __future__ import annotations

import os
from pathlib import Path

from tools.common.paths import bin_folder

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VENV_BIN = VENV / "bin"


def environment_with_tools() -> dict[str, str]:
    """This process's variables, with `path_with_tools`."""
    return os.environ | {"PATH": path_with_tools()}


def path_with_tools() -> str:
    """PATH with `.venv` and the built programs in front."""
    return os.pathsep.join([str(VENV_BIN), str(bin_folder()), os.environ.get("PATH", "")])
