"""Running a command of this folder with the interpreter of `.venv`, which has what it imports."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path

from omero_ci import environment
from omero_ci.console import run_main
from omero_ci.paths import VENV, VENV_BIN
from tools.common.errors import CommandError


def run_in_venv(module: str, *, up_to_date: bool = False) -> None:
    """Run the function `main` of a module; the script starts again where it is not in `.venv`.

    Args:
        module: its name.
        up_to_date: whether `.venv` is first made what the lock file says; otherwise only one that
            is missing is made.
    """
    run_main(lambda arguments: _run(module, arguments, up_to_date=up_to_date))


def _run(module: str, arguments: list[str], *, up_to_date: bool) -> int:
    python = str(VENV_BIN / "python")
    if Path(sys.prefix).resolve() != VENV.resolve():
        if up_to_date or not os.access(python, os.X_OK):
            # What the command prints may be for a program.
            with redirect_stdout(sys.stderr):
                environment.main([])
        os.execv(python, [python, *sys.argv])  # noqa: S606 - no shell on purpose
    try:
        main = import_module(module).main
    except ModuleNotFoundError as error:
        raise CommandError(f".venv lacks {error.name}: run `make setup`") from error
    code: int = main(arguments)
    return code
