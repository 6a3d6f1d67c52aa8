"""The command `omero`, imported once: each line on the standard input is one call, in a fork.

Run by the clients' interpreter, not by ours. Imports are nine tenths of what a call costs, and the
tests make some fifty. What a call does is the same: `argv()` makes a new command line each time.

A line is a JSON object: `arguments`, and the files for `stdout` and `stderr`. The answer is a line
with the exit code.
"""

from __future__ import annotations

import atexit
import json
import multiprocessing
import os
import sys

from omero.cli import CLI, argv

# Ends without taking the interpreter down, class by class, which costs more than most calls.
_Call = multiprocessing.get_context("fork").Process


def main() -> None:
    """Serve until the input ends."""
    # Imports the plugins; they stay imported.
    CLI().loadplugins()
    for line in sys.stdin:
        child = _Call(target=call, kwargs=json.loads(line))
        child.start()
        child.join()
        print(child.exitcode, flush=True)


def call(arguments: list[str], stdout: str, stderr: str) -> None:
    """Be the command."""
    for number, name in ((1, stdout), (2, stderr)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    # `omero` itself refuses to start as root before it reads its arguments; `argv` comes after.
    try:
        sys.exit(argv(["omero", *arguments]))
    finally:
        # It removes its temporary files there.
        atexit._run_exitfuncs()


if __name__ == "__main__":
    main()
