"""Running other programs to their end; an error holds what they printed last."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import CommandError

_TAIL_LINES = 15

Arguments = Sequence[str | Path]


def tail(text: str, lines: int = _TAIL_LINES) -> str:
    """Return the last lines of a text, indented, to be shown below an error."""
    return "\n".join(f"    {line}" for line in text.rstrip().splitlines()[-lines:])


def run(
    arguments: Arguments,
    stdin: str = "",
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    captured: bool = True,
    **identity: int,
) -> subprocess.CompletedProcess[str]:
    """Run a program, whatever it ends with.

    Args:
        arguments: The program and its arguments.
        stdin: Text for the program to read.
        environment: All of the program's variables; this process's own by default.
        folder: The folder to run in.
        captured: Whether its output is in the result; otherwise it goes to the terminal.
        **identity: ``user`` and ``group`` ids to run as.

    Returns:
        Its exit status, its output and its errors.

    Raises:
        CommandError: The program is not there.
    """
    return _run(
        arguments,
        input=stdin,
        capture_output=captured,
        env=environment,
        cwd=folder,
        **identity,
    )


def output_of(
    arguments: Arguments,
    stdin: str = "",
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    captured: bool = True,
) -> str:
    """Run a program and return what it printed; the arguments are those of `run`.

    Raises:
        CommandError: The program is not there or ended with an error; its words are in the text.
    """
    ended = run(arguments, stdin, environment=environment, folder=folder, captured=captured)
    if ended.returncode != 0:
        said = f":\n{tail(ended.stderr or ended.stdout)}" if captured else "; see above"
        shown = " ".join(str(argument) for argument in arguments)
        raise CommandError(f"`{shown}` ended with status {ended.returncode}{said}")
    return ended.stdout or ""


def succeeds(arguments: Arguments, *, environment: Mapping[str, str] | None = None) -> bool:
    """Tell whether a program is there and ends without an error; its words are dropped."""
    try:
        return run(arguments, environment=environment).returncode == 0
    except CommandError:
        return False


def run_logged(
    arguments: Arguments,
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
        CommandError: The program is not there or ended with an error; the log's end is in the text.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as stream:
        print("+", *arguments, file=stream, flush=True)
        output = {"stdin": subprocess.DEVNULL, "stdout": stream, "stderr": subprocess.STDOUT}
        ended = _run(arguments, env=environment, cwd=folder, **output)
    if ended.returncode != 0:
        text = log.read_text(encoding="utf-8", errors="replace")
        raise CommandError(
            f"{Path(arguments[0]).name} ended with status {ended.returncode}; its whole output is "
            f"in {log}, the last lines:\n{tail(text)}"
        )


def _run(arguments: Arguments, **options: Any) -> subprocess.CompletedProcess[str]:
    words = [str(argument) for argument in arguments]
    try:
        return subprocess.run(words, text=True, errors="replace", check=False, **options)
    except OSError as error:
        raise CommandError(
            f"{words[0]} could not be started: {error.strerror}; run `ci/tools/install`"
        ) from error
