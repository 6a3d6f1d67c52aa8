"""Questions to Bio-Formats, and the process that answers them.

It starts with the first question, which takes some seconds, and stays until `stop`. Each question
has a connection of its own to a socket of that process, so a file that takes long to read does not
keep the others waiting. What goes over it is in `worker.py`.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

from omero_standin.bio_formats.installed import NeedsJava, jar, missing

log = logging.getLogger(__name__)
# No file may take longer; the process is ended then.
SECONDS: Final = 300
_LAST_LINES: Final = 3


class CannotRead(Exception):
    """Bio-Formats' own words about a file that it cannot read; `kind` is its exception's name."""

    def __init__(self, kind: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.kind = kind


class BioFormats:
    """One process with Bio-Formats. Safe for several threads."""

    def __init__(self, seconds: float = SECONDS) -> None:
        """Nothing is started yet; no answer may take more than `seconds`."""
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def describe(self, file: Path) -> dict[str, Any]:
        """What is in a file and those that belong to it.

        Returns:
            `format` (the name of the reader), `files`, `graphics` (whether it is a picture, not a
            measurement), `xml` (OME-XML), and `series`: for each its `type`, `sizes` (x, y, z, c,
            t) and `resolutions` (pairs of width and height, the largest first).

        Raises:
            CannotRead: it is no file that Bio-Formats can read, or it took too long.
            NeedsJava: Bio-Formats is not installed here.
        """
        answer, _ = self._ask({"do": "describe", "file": str(file)})
        return answer

    def measure(self, file: Path, series: int) -> tuple[list[float], list[float], str]:
        """The smallest and the largest value of each channel, and the SHA-1 of all values.

        It reads all planes, a part at a time. Raises as `describe` does.
        """
        answer, _ = self._ask({"do": "measure", "file": str(file), "series": series})
        return answer["smallest"], answer["largest"], answer["sha1"]

    def metadata(self, file: Path, series: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the format notes of the whole file, and of a series.

        Returns:
            Two tables: a key → the name of the value's type in Java, and the value. Raises as
            `describe` does.
        """
        answer, _ = self._ask({"do": "metadata", "file": str(file), "series": series})
        return answer["global"], answer["series"]

    def pixels(
        self,
        file: Path,
        series: int,
        resolution: int,
        zct: tuple[int, int, int],
        area: tuple[int, int, int, int],
    ) -> bytes:
        """The values of an area (x, y, width, height) of a plane, big-endian, row by row.

        Raises as `describe` does.
        """
        question = {
            "do": "pixels",
            "file": str(file),
            "series": series,
            "resolution": resolution,
            "zct": zct,
            "area": area,
        }
        return self._ask(question)[1]

    def stop(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    # --- inside

    def _ask(self, question: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        # Another question may have ended the process just now: a second try has a new one.
        for last in (False, True):
            process = self._running()
            try:
                return self._answer(question)
            except TimeoutError as error:
                self._ended(process)
                message = f"no answer after {self._seconds:g} s about {question['file']}"
                raise CannotRead("Timeout", message) from error
            except OSError as error:
                said = self._ended(process)
                if last:
                    message = f"Bio-Formats' process ended over {question['file']}: {said}"
                    raise CannotRead("Crash", message) from error
        raise AssertionError

    def _answer(self, question: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(self._seconds)
            line.connect(self._path("socket"))
            with line.makefile("rwb") as stream:
                stream.write(json.dumps(question).encode() + b"\n")
                stream.flush()
                head = stream.readline()
                if not head:
                    raise ConnectionResetError
                answer = json.loads(head)
                if "error" in answer:
                    raise CannotRead(answer["kind"], answer["error"])
                content = stream.read(answer["bytes"])
        if len(content) < answer["bytes"]:
            raise ConnectionResetError
        return answer, content

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._process is None:
                self._start()
            assert self._process is not None
            return self._process

    def _start(self) -> None:
        lacking = missing()
        if lacking is not None:
            raise NeedsJava(lacking)
        # Only this user may enter the folder, and so ask.
        self._folder = tempfile.TemporaryDirectory(prefix="omero-standin-java-")
        with socket.socket(socket.AF_UNIX) as listening, Path(self._path("log")).open("wb") as out:
            listening.bind(self._path("socket"))
            listening.listen(128)
            number = listening.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "omero_standin.bio_formats.worker", str(number), str(jar())],
                # It ends when this pipe does, so also when this process is killed.
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                pass_fds=[number],
                cwd="/",
                # Java opens files by names in the encoding of the locale, and a container has none.
                env=os.environ
                | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8"},
            )
        log.info("Bio-Formats starts as process %s", self._process.pid)

    def _path(self, name: str) -> str:
        folder = self._folder
        if folder is None:
            raise ConnectionResetError
        return f"{folder.name}/{name}"

    def _ended(self, process: subprocess.Popen[bytes]) -> str:
        """End this process unless another has its place by now; the last that it said."""
        with self._lock:
            if self._process is not process:
                return "it was ended"
            lines = Path(self._path("log")).read_text(errors="replace").splitlines()
            self._end()
        log.warning("Bio-Formats' process has ended; it last said: %s", lines[-_LAST_LINES:])
        return " / ".join(lines[-_LAST_LINES:]) or "it said nothing"

    def _end(self) -> None:
        process, folder = self._process, self._folder
        self._process = self._folder = None
        if process is not None:
            process.kill()
            process.wait()
            assert process.stdin is not None
            process.stdin.close()
        if folder is not None:
            folder.cleanup()
