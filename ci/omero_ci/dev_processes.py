"""Processes of `ci/dev`: a coloured name before each line they print, and a certain end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import IO, Final

from omero_ci.console import say

COLOURS: Final = ("36", "33", "32", "35", "34", "31")
STOP_SECONDS: Final = 15


class Process:
    """A program with a log of its own among the others."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        colour: str,
        user: Mapping[str, int] | None = None,
        stop: signal.Signals = signal.SIGTERM,
    ) -> None:
        """Start it.

        Args:
            name: what stands before its lines.
            command: program and arguments; no secret is among them.
            environment: all its variables.
            colour: of the name, as a number of ANSI's.
            user: `user` and `group` ids to run as; this process's own when not given.
            stop: the signal that ends it in an orderly way.
        """
        self.name = name
        self.started_with: Final = tuple(command)
        self._stop = stop
        self._said: list[str] = []
        self._heard = threading.Condition()
        self._process: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]
            list(command),
            env=dict(environment),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C reaches `ci/dev` alone, which then stops its processes in order.
            start_new_session=True,
            **(user or {}),
        )
        self._prefix = _prefix(name, colour)
        output = self._process.stdout
        assert output is not None  # noqa: S101 - we asked for a pipe
        self._reader = threading.Thread(target=self._read, args=(output,), daemon=True)
        self._reader.start()

    @property
    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._process.poll()

    def wait_for(self, words: str, seconds: float) -> bool:
        """Whether it has printed a line with these words; waits until then, or until it ended."""
        with self._heard:
            self._heard.wait_for(
                lambda: self.ended is not None or any(words in line for line in self._said),
                seconds,
            )
            return any(words in line for line in self._said)

    def stop(self) -> None:
        """End it, and everything it started, for certain."""
        if self.ended is None:
            self._process.send_signal(self._stop)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                say(f"{self._prefix}does not end by itself: killed")
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._reader.join(2)

    def _read(self, output: IO[str]) -> None:
        for line in output:
            text = line.rstrip("\n")
            with self._heard:
                # Only the first lines: they tell that it is ready.
                if len(self._said) < 100:
                    self._said.append(text)
                self._heard.notify_all()
            for part in readable(text).splitlines() or [""]:
                say(f"{self._prefix}{part}")
        with self._heard:
            self._heard.notify_all()


def readable(line: str) -> str:
    """A line of JSON as a person reads it; any other line as it is."""
    if not line.startswith("{"):
        return line
    try:
        record = json.loads(line)
    except ValueError:
        return line
    if not isinstance(record, dict) or "message" not in record:
        return line
    who = f" ({record['user']})" if record.get("user") else ""
    took = f" {record['ms']} ms" if "ms" in record else ""
    text = f"{record.get('level', ''):<7} {record['message']}{took}{who}"
    return f"{text}\n{record['exception']}" if record.get("exception") else text


def _prefix(name: str, colour: str) -> str:
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        return f"\033[{colour}m{name:<9}|\033[0m "
    return f"{name:<9}| "
