"""The clients' command `omero`, as tests call it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from omero_ci import clients_environment
from outside_clients import environment

_FORKS: Final = Path(__file__).with_name("omero_forks.py")


class OmeroCommand:
    """Calls in one folder, one after the other."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._out, self._err = folder / "omero.out", folder / "omero.err"

    def __call__(self, *arguments: str) -> str:
        """Call it, assert that it succeeds, and return what it printed."""
        order = {"arguments": arguments, "stdout": str(self._out), "stderr": str(self._err)}
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None and answers is not None
        requests.write(json.dumps(order) + "\n")
        requests.flush()
        code = answers.readline()
        printed = self._out.read_text()
        command = " ".join(arguments[:2])
        assert code == "0\n", f"omero {command}:\n{printed}{self._err.read_text()}"
        return printed


@contextmanager
def omero_command(folder: Path) -> Iterator[OmeroCommand]:
    """The command, with its session and files in a folder."""
    process = subprocess.Popen(
        [str(clients_environment.python()), str(_FORKS)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=folder, env=environment.variables(folder),
    )  # fmt: skip
    # Leaving the block ends its input, and so the process.
    with process:
        yield OmeroCommand(process, folder)
