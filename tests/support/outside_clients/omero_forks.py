"""The command `omero`, imported once: each line on the standard input is one call, in a fork.

Run by the clients' interpreter, not by ours. Imports are nine tenths of what a call costs, and the
tests make some fifty. What a call does is the same: `argv()` makes a new command line each time.

A line is a JSON object: `arguments`, and the files for `stdout` and `stderr`. The answer is a line
with the exit code.
"""

from __future__ import annotations

import json
import os
import sys
from typing import NoReturn

from omero.cli import CLI, argv


def main() -> None:
    """Serve until the input ends."""
    # Imports the plugins; they stay imported.
    CLI().loadplugins()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            call(**json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def call(arguments: list[str], stdout: str, stderr: str) -> NoReturn:
    """Be the command."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, stdout), (2, stderr)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    # `omero` itself refuses to start as root before it reads its arguments; `argv` comes after.
    sys.exit(argv(["omero", *arguments]))


if __name__ == "__main__":
    main()
