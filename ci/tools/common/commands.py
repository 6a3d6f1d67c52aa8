"""Running other programs, with their words kept for the person who has to find the cause."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import Refusal

_TAIL_LINES = 15


def tail(text: str, lines: int = _TAIL_LINES) -> str:
    """Return the last lines of a text, indented, to be shown below an error."""
    return "\n".join(f"    {line}" for line in text.rstrip().splitlines()[-lines:])


def run_logged(
    arguments: Sequence[str | Path],
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> None:
    """Run a program with its output appended to a log.

    Args:
        arguments: The program and its arguments.
        log: The file that takes what the program says.
        environment: All of the program's variables; this process's own by default.
        folder: The folder to run in.

    Raises:
        Refusal: The program is not there or ended with an error; the log's end is in the text.
    """
    words = [str(argument) for argument in arguments]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        stream.write(f"+ {' '.join(words)}\n".encode())
        stream.flush()
        try:
            ended = subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,
                check=False,
            )
        except OSError as error:
            raise Refusal(f"{words[0]} could not be started: {error.strerror}") from error
    if ended.returncode != 0:
        text = log.read_text(encoding="utf-8", errors="replace")
        raise Refusal(
            f"{Path(words[0]).name} ended with status {ended.returncode}; all it said is in {log}, "
            f"the last lines:\n{tail(text)}"
        )


def output_of(arguments: Sequence[str | Path], stdin: str | None = None) -> str:
    """Run a program and return what it printed.

    Args:
        arguments: The program and its arguments.
        stdin: Text for the program to read.

    Returns:
        The program's standard output.

    Raises:
        Refusal: The program is not there or ended with an error; its words are in the text.
    """
    words = [str(argument) for argument in arguments]
    try:
        ended = subprocess.run(
            words, input=stdin or "", capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise Refusal(f"{words[0]} could not be started: {error.strerror}") from error
    if ended.returncode != 0:
        said = tail(ended.stderr or ended.stdout)
        raise Refusal(f"`{' '.join(words)}` ended with status {ended.returncode}:\n{said}")
    return ended.stdout


def succeeds(arguments: Sequence[str | Path]) -> bool:
    """Tell whether a program is there and ends without an error; its words are dropped."""
    words = [str(argument) for argument in arguments]
    try:
        return subprocess.run(words, capture_output=True, input=b"", check=False).returncode == 0
    except OSError:
        return False
