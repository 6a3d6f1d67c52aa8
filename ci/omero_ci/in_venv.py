"""Running a command of this folder with the interpreter of `.venv`, which has what it imports."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path

from omero_ci import environment
from omero_ci.console import run_main
from omero_ci.paths import ROOT, VENV, VENV_BIN, path_with_tools
from tools.common.errors import CommandError


def run_in_venv(module: str, *, up_to_date: bool = False) -> None:
    """Run the function `main` of a module; the script starts again where it is not in `.venv`.

    Args:
        module: its name.
        up_to_date: whether `.venv` is first made what the lock file says; otherwise only one that
            is missing is made.
    """
    run_main(lambda arguments: _run(module, arguments, up_to_date=up_to_date))


def run_module(module: str, *folders: str) -> None:
    """Become `python -m`, which takes the arguments of the script.

    Args:
        module: its name.
        *folders: those of the repository in which it, what it starts, and what they import are.
    """
    python = str(VENV_BIN / "python")
    if not os.access(python, os.X_OK):
        sys.exit("there is no .venv yet: run `make setup`")
    os.environ["PYTHONPATH"] = os.pathsep.join(str(ROOT / folder) for folder in folders)
    os.environ["PATH"] = path_with_tools()
    os.execv(python, [python, "-m", module, *sys.argv[1:]])  # noqa: S606 - no shell on purpose


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
