"""The process that is asked about files: started by the first question, restarted when it ends.

Its memory is limited by Java's heap. A file that makes it run out of memory or time, or crash, is
answered as `unchecked`, and the next one gets a new process.
"""

from __future__ import annotations

import json
import logging
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

from omero_plugin_common.errors import Unavailable
from omeroweb_upload import configuration
from omeroweb_upload.bio_formats.answers import Description, Unread
from omeroweb_upload.bio_formats.installed import jar, missing

LOGGER: Final = logging.getLogger(__name__)
_PROGRAM: Final = Path(__file__).with_name("program.py")
# The list of planes of a very large file on a slow volume is read within a minute.
FILE_SECONDS: Final = 300.0
# Java has to be up by then.
_START_SECONDS: Final = 60.0
_PART: Final = 65_536
_LAST_BYTES: Final = 400


class _Ended(Exception):
    """The process ended before it answered."""


class BioFormats:
    """One process with Bio-Formats; questions of several threads wait for each other.

    Args:
        heap: memory of Java, in MiB.
        seconds: no file may take longer.
    """

    def __init__(self, heap: int, seconds: float) -> None:
        self._heap, self._seconds = heap, seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._rest = b""

    def describe(self, files: Iterable[str]) -> Iterator[Description | Unread]:
        """What each of some files is.

        Args:
            files: absolute paths, none twice; the next one is taken when the answer before was
                used. What is in their folders may change between two calls, but not during one.

        Raises:
            Unavailable: Bio-Formats is not installed here, or does not start.
        """
        fresh = True
        for file in files:
            with self._lock:
                answer = self._describe({"file": file, "fresh": fresh})
            fresh = False
            yield answer

    def stop(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def _describe(self, question: dict[str, Any]) -> Description | Unread:
        file = str(question["file"])
        try:
            answer = self._answer(question)
        except TimeoutError:
            self._end()
            return Unread(
                file, "unchecked", f"Bio-Formats had not read it after {self._seconds:g} seconds"
            )
        except _Ended:
            return Unread(file, "unchecked", "Bio-Formats' process ended while it read the file")
        if "problem" in answer:
            return Unread(file, answer["problem"], answer["reason"])
        others = [each for each in answer["files"] if not _same(each, file)]
        return Description(
            file=file,
            files=(file, *dict.fromkeys(others)),
            format=answer["format"],
            reader=answer["reader"],
            images=answer["images"],
            plate=answer["plate"],
        )

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """The answer to a question; from a second process when the first one ends."""
        for last in (False, True):
            try:
                if self._process is None:
                    self._start()
                return self._ask(question, self._seconds)
            except (_Ended, BrokenPipeError):
                LOGGER.warning("Bio-Formats' process ended; it last said: %s", self._last_words())
                self._end()
                if last:
                    raise _Ended from None
        raise AssertionError

    def _start(self) -> None:
        self._end()
        if lacking := missing():
            raise Unavailable(
                f"Bio-Formats cannot be asked what the files are: {lacking}",
                code="no_bio_formats",
            )
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - for as long as the process is
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(_PROGRAM), str(jar()), str(self._heap)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd="/",
            # Java opens files by names in the encoding of the locale.
            env=_environment(),
        )
        try:
            self._read(_START_SECONDS)
        except (_Ended, TimeoutError):
            said = self._last_words()
            self._end()
            LOGGER.warning("Bio-Formats did not start; it said: %s", said)
            raise Unavailable(
                "Bio-Formats does not start; the log of the import worker says why",
                code="no_bio_formats",
                retry_after=30,
            ) from None

    def _ask(self, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        process = self._process
        if process is None or process.stdin is None:
            raise _Ended
        process.stdin.write(json.dumps(question).encode() + b"\n")
        process.stdin.flush()
        return self._read(seconds)

    def _read(self, seconds: float) -> dict[str, Any]:
        """The next line of its output."""
        process, until = self._process, time.monotonic() + seconds
        if process is None or process.stdout is None:
            raise _Ended
        number = process.stdout.fileno()
        while b"\n" not in self._rest:
            ready, _, _ = select.select([number], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise TimeoutError
            part = os.read(number, _PART)
            if not part:
                raise _Ended
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _last_words(self) -> str:
        if self._log is None:
            return ""
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - _LAST_BYTES))
        return self._log.read().decode(errors="replace")

    def _end(self) -> None:
        process, log = self._process, self._log
        self._process = self._log = None
        self._rest = b""
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()
        if log is not None:
            log.close()


@cache
def shared() -> BioFormats:
    """The one process of this worker.

    Raises:
        EnvironmentProblem: the settings cannot be used.
    """
    return BioFormats(configuration.java_heap(), FILE_SECONDS)


def _environment() -> dict[str, str]:
    kept = ("PATH", "JAVA_HOME", "LD_LIBRARY_PATH", "TMPDIR", "TZ")
    found = {name: value for name in kept if (value := os.environ.get(name))}
    packages = os.pathsep.join(filter(None, sys.path))
    return {**found, "LC_ALL": "C.UTF-8", "PYTHONPATH": packages, "HOME": tempfile.gettempdir()}


def _same(one: str, other: str) -> bool:
    return Path(one).resolve() == Path(other).resolve()
