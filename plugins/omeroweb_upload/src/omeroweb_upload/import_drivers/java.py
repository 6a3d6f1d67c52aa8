"""One start of OMERO's command line: a Java process that can be stopped, with an end in time."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from omeroweb_upload.import_drivers import argument_file

PROGRAM: Final = "ome.formats.importer.cli.CommandLineImporter"
_PAUSE_SECONDS: Final = 0.2
_GRACE_SECONDS: Final = 5.0
# What is read of each of its outputs at most.
_MOST_OUTPUT: Final = 16 * 1024 * 1024


class TookTooLong(Exception):
    """It had not ended in time, and was stopped."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the process printed.

    Attributes:
        output: standard output.
        errors: standard error.
        code: its exit code, which says little: with `-c` it is 0 although files failed.
    """

    output: str
    errors: str
    code: int


@dataclass(frozen=True, slots=True)
class Java:
    """OMERO's Java client on this machine.

    Attributes:
        jars: folder with its jars.
        heap: memory of each process, in MiB.
        seconds: no process may take longer.
        program: the program `java`.
    """

    jars: Path
    heap: int
    seconds: float
    program: str = "java"

    def run(self, arguments: Sequence[str], check: Callable[[], None]) -> Said:
        """Run it to its end.

        Args:
            arguments: of the importer.
            check: called several times a second; what it raises stops the process.

        Raises:
            TookTooLong: see `seconds`.
            OSError: there is no program `java`.
        """
        with (
            tempfile.TemporaryDirectory(prefix="omero-import-") as folder,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            process = subprocess.Popen(
                [self.program, self._arguments(folder, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=folder,
                env=_environment(folder),
                start_new_session=True,
            )
            try:
                self._wait(process, check)
            finally:
                _end(process)
            return Said(_text(out), _text(err), process.returncode)

    def _arguments(self, folder: str, arguments: Sequence[str]) -> str:
        """All in a file, since a session of OMERO is among them."""
        words = [f"-Xmx{self.heap}m", f"-Djava.io.tmpdir={folder}", "-XX:-UsePerfData"]
        words += ["-Djava.awt.headless=true", f"-Duser.home={folder}"]
        settings = self.jars / "logback-cli.xml"
        if settings.is_file():
            words.append(f"-Dlogback.configurationFile={settings}")
        words += ["-cp", f"{self.jars}/*", PROGRAM, *arguments]
        return argument_file.write(Path(folder) / "arguments", words)

    def _wait(self, process: subprocess.Popen[bytes], check: Callable[[], None]) -> None:
        until = time.monotonic() + self.seconds
        while process.poll() is None:
            check()
            if time.monotonic() > until:
                raise TookTooLong
            with suppress(subprocess.TimeoutExpired):
                process.wait(_PAUSE_SECONDS)


def _environment(folder: str) -> dict[str, str]:
    kept = ("PATH", "JAVA_HOME", "LD_LIBRARY_PATH", "TZ")
    found = {name: value for name in kept if (value := os.environ.get(name))}
    # Java opens files by names in the encoding of the locale.
    return {**found, "HOME": folder, "LC_ALL": "C.UTF-8"}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop it with all that it started, if it has not ended."""
    for number, seconds in ((signal.SIGTERM, _GRACE_SECONDS), (signal.SIGKILL, None)):
        if process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read(_MOST_OUTPUT).decode(errors="replace")
