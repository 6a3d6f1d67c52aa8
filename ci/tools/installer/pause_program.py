"""Compiling the tiny program that holds the namespaces of the local cluster's pods."""

from __future__ import annotations

from pathlib import Path

from tools.common.commands import run_logged
from tools.common.paths import bin_folder, logs_folder

from .go_tools import TOOLS_FOLDER

VERSION = "v1"
FLAGS = ("-static", "-Os", "-s", "-Wall", "-Wextra", "-Werror")

SOURCE = TOOLS_FOLDER / "pause" / "pause.c"


def program_file() -> Path:
    """Return where the program stands when it is compiled."""
    return bin_folder() / "pause"


def build() -> None:
    """Compile the program and put it in place."""
    log = logs_folder() / "pause.log"
    log.unlink(missing_ok=True)
    bin_folder().mkdir(parents=True, exist_ok=True)
    draft = bin_folder() / ".building-pause"
    run_logged(["gcc", *FLAGS, "-o", draft, SOURCE], log)
    draft.replace(program_file())
