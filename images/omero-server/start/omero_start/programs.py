"""Running the programs of the image: `omero`, `psql`, `openssl`, `check-repository`."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from omero_start.failure import CannotStart


class ProgramFailed(CannotStart):
    """A program ended with an error.

    Attributes:
        said: Its last lines.
    """

    def __init__(self, purpose: str, program: str, code: int, said: str) -> None:
        super().__init__(f"{purpose}: {program} ended with code {code}: {said}")
        self.said = said


def run(command: Sequence[str], purpose: str, **environment: str) -> str:
    """Run a program and wait for it.

    Args:
        command: Program and arguments; never a secret, which `ps` would show.
        purpose: What it is for, for the error.
        **environment: Variables beside those of this process.

    Returns:
        Its standard output.

    Raises:
        ProgramFailed: With the last lines of what it said.
    """
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise ProgramFailed(purpose, command[0], done.returncode, " / ".join(said))
    return done.stdout


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
