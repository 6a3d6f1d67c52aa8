"""The one place where processes are started, found again and ended, on psutil.

`Services` stay after the command that started them, each started once: the parts of a cluster.
`Foreground` processes end with their command, which prints what they print: `ci/test`, `ci/dev`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import psutil

from omero_ci.console import duration, say
from tools.common.commands import tail
from tools.common.errors import CommandError
from tools.common.fingerprint import fingerprint, version_of_file
from tools.common.wait import wait_until

# The variables of a service; what it starts has them too.
MARKER: Final = "OMERO_PLATFORM_CLUSTER"
NAME: Final = "OMERO_PLATFORM_SERVICE"
FINGERPRINT: Final = "OMERO_PLATFORM_STARTED_WITH"
LOG_LIMIT: Final = 20 * 1024 * 1024
# What an interrupted pytest gets to stop the servers and clusters of its fixtures.
SECONDS_TO_TIDY_UP: Final = 120


def is_running(process: psutil.Process) -> bool:
    """Tell whether this very process is there, no other one with its number, and no zombie."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill(processes: Iterable[psutil.Process]) -> None:
    """Kill processes and wait until the kernel has let go of them.

    Raises:
        CommandError: Some are still there after 20 seconds.
    """
    killed = list(processes)
    for process in killed:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    wait_until(
        lambda: not any(map(is_running, killed)),
        20,
        lambda why: (
            f"processes {[each.pid for each in killed]} were killed and have not ended: {why}"
        ),
        pause=0.02,
    )


def stop(
    process: psutil.Process, number: signal.Signals = signal.SIGTERM, seconds: float = 15
) -> bool:
    """Ask a process to end; kill it, and all that it started, when it has not after some seconds.

    Returns:
        Whether it ended by itself.
    """
    with suppress(psutil.NoSuchProcess):
        started = process.children(recursive=True)
        process.send_signal(number)
        try:
            wait_until(lambda: not is_running(process), seconds, str, pause=0.05)
        except CommandError:
            kill([process, *started])
            return False
    return True


class Services:
    """Processes that stay after the command that started them, each with a name.

    What they are is kept where nothing else can have it, in their own variables: the folder that
    they belong to, their name, and the fingerprint of what they were started with.
    """

    def __init__(self, folder: Path, logs: Path) -> None:
        """Name the folders.

        Args:
            folder: The folder that the services belong to.
            logs: The folder for what the services print.
        """
        self._folder = str(folder)
        self._logs = logs

    def find(self, name: str) -> psutil.Process | None:
        """Return a service's process when it is running."""
        return self.running().get(name)

    def running(self) -> dict[str, psutil.Process]:
        """Return the services that run, by their names."""
        found = {}
        for process in self.marked():
            with suppress(psutil.Error, OSError):
                # What a service starts has its variables, too, but no session of its own.
                if os.getsid(process.pid) == process.pid:
                    # One of an earlier version has no name.
                    found[process.environ().get(NAME, "")] = process
        return found

    def ensure(self, name: str, command: Sequence[str | Path], reads: Sequence[Path] = ()) -> bool:
        """Start a service unless it runs already, just as it should.

        Args:
            name: The service's name.
            command: Its program and arguments.
            reads: The files it reads at its start; when they change it is started anew.

        Returns:
            Whether it was started now.
        """
        words = [str(word) for word in command]
        program = Path(words[0])
        wanted = fingerprint(
            reads, [*words, *([version_of_file(program)] if program.exists() else [])]
        )
        found = self.find(name)
        if found is not None:
            if found.environ()[FINGERPRINT] == wanted:
                return False
            stop(found)
        self._start(name, words, wanted)
        return True

    def _start(self, name: str, words: list[str], wanted: str) -> None:
        """Start a service in a session of its own."""
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{name}.log"
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": self._folder,
            MARKER: self._folder,
            NAME: name,
            FINGERPRINT: wanted,
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
                raise CommandError(
                    f"{name} could not be started: {words[0]}: {error.strerror}; "
                    "run `ci/tools/install`"
                ) from error
        # Linux shows the variables of a program a moment after it has started.
        wait_until(
            lambda: child.poll() is not None or self.find(name),
            20,
            lambda why: f"{name} was started and is not to be seen: {why}",
            pause=0.02,
        )
        # It outlives this run on purpose; Python would complain of a child left behind.
        child.returncode = 0

    def marked(self) -> Iterator[psutil.Process]:
        """Yield the services and all that they started and that still has their variables."""
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.environ().get(MARKER) == self._folder and is_running(process):
                    yield process

    def kill_all(self) -> None:
        """Kill the services and all that they started."""
        while found := list(self.marked()):
            kill(found)

    def log_tail(self, name: str) -> str:
        """Return the end of a service's log."""
        try:
            text = (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return tail(text, 8)


class Foreground:
    """A process of a command: it ends with the command, which prints its lines."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        prefix: str = "",
        shown: Callable[[str], str] = str,
        folder: Path = Path("/"),
        apart: bool = True,
        user: int | None = None,
        group: int | None = None,
    ) -> None:
        """Start it.

        Args:
            command: Program and arguments; no secret is among them.
            environment: All its variables.
            prefix: Stands before each of its lines; without one it has our terminal.
            shown: Makes of a line what is printed.
            folder: Where it runs.
            apart: Whether it gets a session of its own: then Ctrl-C reaches us alone, and it is
                ended with all that it started. Only a process in our session may read from our
                terminal, as a debugger does.
            user: The number of the user to run as; our own by default.
            group: Likewise.
        """
        self.command: Final = tuple(command)
        self._prefix, self._shown, self.apart = prefix, shown, apart
        self._first_lines: list[str] = []
        self.process = psutil.Popen(
            list(command),
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL if prefix else None,
            stdout=subprocess.PIPE if prefix else None,
            stderr=subprocess.STDOUT if prefix else None,
            text=True,
            errors="replace",
            start_new_session=apart,
            user=user,
            group=group,
        )
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        if prefix:
            self._reader.start()

    @property
    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        code: int | None = self.process.poll()
        return code

    def has_printed(self, words: str) -> bool:
        """Whether one of its first hundred lines has these words."""
        return any(words in line for line in self._first_lines)

    def wait(self) -> int:
        """Wait until it has ended and all its lines are printed; its exit code."""
        code: int = self.process.wait()
        self._join()
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to it, and to all of its session where it has one of its own."""
        with suppress(ProcessLookupError, psutil.NoSuchProcess):
            if self.ended is None and self.apart:
                os.killpg(self.process.pid, number)
            elif self.ended is None:
                self.process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 15) -> None:
        """Ask it to end; kill it, and all that it started, when it has not after some seconds."""
        if not stop(self.process, number, seconds):
            say(f"{self._prefix}did not stop by itself: killed")
        self.wait()

    def _join(self) -> None:
        # What it started may keep its output open for longer.
        if self._reader.is_alive():
            self._reader.join(2)

    def _read(self, output: IO[str]) -> None:
        with output:
            for line in output:
                text = line.rstrip("\n")
                # The first lines tell that it is ready.
                if len(self._first_lines) < 100:
                    self._first_lines.append(text)
                for part in self._shown(text).splitlines() or [""]:
                    say(f"{self._prefix}{part.rstrip()}")


class Stopped(Exception):
    """Nothing more is started: the run is at its end."""


class Group:
    """Runs foreground processes of several threads to their ends, until it is told to stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[Foreground] = []
        self._stopped = False

    def run(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        seconds: float,
        prefix: str = "",
    ) -> int:
        """Run a command to its end.

        Args:
            command: Program and arguments.
            folder: Where.
            environment: All its variables.
            seconds: What takes longer hangs and is ended, unless a person sits at the terminal.
            prefix: Stands before each line that it prints; without one it has our terminal.

        Returns:
            Its exit code.

        Raises:
            Stopped: It was not started any more.
        """
        # Linux gives a session as much of the processors as the servers of other rings' tests.
        apart = bool(prefix) or not sys.stdin.isatty()
        with self._lock:
            if self._stopped:
                raise Stopped
            process = Foreground(command, environment, prefix=prefix, folder=folder, apart=apart)
            self._running.append(process)

        def end() -> None:
            say(f"{prefix}has not ended after {duration(seconds)}: stopping it")
            _interrupt(process)

        limit = threading.Timer(seconds, end)
        limit.daemon = True
        if apart:
            limit.start()
        code = process.wait()
        limit.cancel()
        return code

    def stop(self, *, tell: bool) -> None:
        """Start nothing more; what runs may tidy up, and is killed if that takes too long.

        Args:
            tell: Whether also what shares our terminal is interrupted; after Ctrl-C it knows.
        """
        with self._lock:
            self._stopped = True
        for process in self._running:
            _interrupt(process, tell=tell)


def _interrupt(process: Foreground, *, tell: bool = True) -> None:
    if tell or process.apart:
        process.send_signal(signal.SIGINT)
    killer = threading.Timer(SECONDS_TO_TIDY_UP, process.send_signal, [signal.SIGKILL])
    killer.daemon = True
    killer.start()
