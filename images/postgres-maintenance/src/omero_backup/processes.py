"""Other programs: started, watched, and ended with this one."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from omero_backup.errors import BackupError

BLOCK = 1 << 20

Command = Sequence[str | bytes | Path]


@contextmanager
def started(
    command: Command,
    errors: Path,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.PIPE,
) -> Iterator[subprocess.Popen[bytes]]:
    """A running program; killed when the block is left by an error, so that nothing is finished.

    Args:
        command: Program and arguments.
        errors: File for what it writes to its standard error.
        environment: Its whole environment.
        folder: Where it runs.
        stdin: As of `subprocess.Popen`.
        stdout: As of `subprocess.Popen`.

    Raises:
        BackupError: The program is not installed.
    """
    with errors.open("wb") as sink:
        try:
            process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=stdout,
                stderr=sink,
                env=environment,
                cwd=folder,
            )
        except FileNotFoundError as error:
            raise BackupError(f"the program {command[0]!r} is not in this image") from error
    try:
        yield process
        if process.stdin:
            # The end of its input is for many the sign to end.
            _close(process.stdin)
    except BaseException:
        process.kill()
        raise
    finally:
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                _close(stream)


def _close(stream: IO[bytes]) -> None:
    # What was not flushed may have no reader any more; the program's exit code tells.
    with suppress(BrokenPipeError):
        stream.close()


# A function's name in the trace that Go's programs print with some errors: above its place.
_FUNCTION = re.compile(r"\S+\.\S+")


def last_words(errors: Path) -> str:
    """The last thing that a program complained of, on one line."""
    every = errors.read_text(errors="replace").strip().splitlines()
    lines = [
        line
        for line, after in zip(every, [*every[1:], ""], strict=False)
        if not (line.startswith("\t") or (after.startswith("\t") and _FUNCTION.fullmatch(line)))
    ]
    telling = [line for line in lines if any(w in line for w in ("ERROR", "error:", "Fatal"))]
    if not telling and len(lines) > 1 and len(lines) < len(every):
        # Before a trace stands the cause, behind it what was being done.
        telling = [f"{lines[-1]}: {lines[-2]}"]
    return " ".join((telling or lines or ["no message"])[-1].split())[:400]
