"""Starting the cluster's processes, each once, and finding them again."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.common.errors import Refusal
from tools.common.paths import write_whole

from .identity import (
    MARKER,
    Process,
    boot_id,
    kill_and_wait,
    marked_processes,
    start_ticks,
    stop,
)

_LOG_LIMIT = 20 * 1024 * 1024


class ProcessFolder:
    """The processes of one cluster, one record a part."""

    def __init__(self, folder: Path, logs: Path) -> None:
        """Name the folders.

        Args:
            folder: The cluster's folder; it is the value of the marker, too.
            logs: The folder for what the processes say.
        """
        self._marker = str(folder)
        self._records = folder / "processes"
        self._logs = logs

    def find(self, part: str) -> Process | None:
        """Return a part's process when it is running."""
        try:
            text = (self._records / f"{part}.json").read_text(encoding="utf-8")
            process = Process(**json.loads(text))
        except (OSError, ValueError, TypeError):
            return None
        return process if process.is_running else None

    def ensure(self, part: str, command: Sequence[str | Path], reads: Sequence[Path] = ()) -> bool:
        """Start a part unless it runs already, just as it should.

        Args:
            part: The part's name.
            command: Its program and arguments.
            reads: The files it reads at its start; when they change it is started anew.

        Returns:
            Whether it was started now.
        """
        words = [str(word) for word in command]
        wanted = _fingerprint(words, reads)
        running = self.find(part)
        if running is not None:
            if running.command == wanted:
                return False
            stop(running)
        self._stop_unrecorded(words[0])
        self._start(part, words, wanted)
        return True

    def _start(self, part: str, words: list[str], wanted: str) -> None:
        """Start a part in a session of its own and record it."""
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{part}.log"
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": self._marker,
            MARKER: self._marker,
            # Go's collector waits longer: a seventh of the processor time for some memory.
            "GOGC": "400",
        }
        with log.open("ab") as stream:
            try:
                child = subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=stream,
                    env=environment,
                    cwd="/",
                    start_new_session=True,
                )
            except OSError as error:
                raise Refusal(
                    f"{part} could not be started: {words[0]}: {error.strerror}; "
                    "run ci/tools/install"
                ) from error
        ticks = start_ticks(child.pid)
        # It outlives this run on purpose; Python would complain of a child left behind.
        child.returncode = 0
        if ticks is not None:
            process = Process(child.pid, ticks, boot_id(), wanted)
            write_whole(self._records / f"{part}.json", json.dumps(process.__dict__) + "\n")

    def _stop_unrecorded(self, program: str) -> None:
        """End a process that a killed run started but did not live to record."""
        recorded = {process.pid for _, process in self.running()}
        for pid in marked_processes(self._marker):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if pid not in recorded and words[0].decode(errors="replace") == program:
                kill_and_wait([pid])

    def running(self) -> Iterator[tuple[str, Process]]:
        """Yield the parts that run, with their processes."""
        for record in sorted(self._records.glob("*.json")):
            process = self.find(record.stem)
            if process is not None:
                yield record.stem, process

    def end_all(self) -> int:
        """Kill every process that carries the cluster's marker; return how many there were."""
        ended = 0
        while pids := list(marked_processes(self._marker)):
            ended += len(pids)
            kill_and_wait(pids)
        return ended

    def last_words(self, part: str) -> str:
        """Return the end of a part's log."""
        try:
            text = (self._logs / f"{part}.log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(f"    {line}" for line in text.splitlines()[-8:])


def _fingerprint(words: Sequence[str], reads: Sequence[Path]) -> str:
    """Return a text that changes with a command line, its program or a file it reads."""
    digest = hashlib.sha256("\0".join(words).encode())
    program = Path(words[0]).stat() if Path(words[0]).exists() else None
    digest.update(f"\0{program.st_size} {program.st_mtime_ns}".encode() if program else b"")
    for file in reads:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
