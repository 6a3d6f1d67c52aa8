"""`ci/dev`: runs a whole site as local processes, to work on OMERO.web and plugins.

Changed Python code is reloaded: OMERO.web by gunicorn, the worker by a restart. Templates and
static files are read from their folders at each request.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from local_site.programs import NotInstalled, postgres_account
from omero_ci import dev_site, environment, try_it
from omero_ci.console import say
from omero_ci.dev_lines import COLOURS, prefix, readable
from omero_ci.dev_site import Ports
from omero_ci.supervisor import Foreground
from tools.common.errors import CommandError
from tools.common.wait import wait_until

READY_SECONDS = 60.0
WATCH_SECONDS = 0.5


def main(arguments: list[str]) -> int:
    """Start everything, show the logs until Ctrl-C, stop everything."""
    options = _options(arguments)
    environment.main([])
    if _taken(options.port):
        raise CommandError(f"port {options.port} is used by another program: choose --port")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    site = DevSite(Ports(options.port), options.data)
    began = time.monotonic()
    try:
        site.start()
        _print_ready(site, time.monotonic() - began)
        site.watch()
    except NotInstalled as problem:
        raise CommandError(str(problem)) from None
    except KeyboardInterrupt:
        say("\nstopping ...")
    finally:
        # A second Ctrl-C would leave some of them running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        site.stop()
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ci/dev", description=__doc__)
    parser.add_argument("--port", type=int, default=4080, help="port of OMERO.web")
    parser.add_argument(
        "--data", default="demo", help="data of the stand-in: `demo`, `empty`, or a file"
    )
    return parser.parse_args(arguments)


def _print_ready(site: DevSite, seconds: float) -> None:
    root = f"root, password {dev_site.ROOT_PASSWORD}"
    log_in, lines = root, ""
    if site.data == "demo":
        scientist, others = try_it.SCIENTIST, ", ".join(try_it.OTHERS)
        log_in = f"{scientist}, password {scientist}-demo"
        lines = f"            or {root}; or {others}, password NAME-demo\n{try_it.LINES}\n"
    say(f"""
ready in {seconds:.1f} s

Open        http://127.0.0.1:{site.ports.web}/
Log in as   {log_in}
{lines}Settings    {dev_site.STATE / "config"}/*.omero, read at the start
Health      http://127.0.0.1:{site.ports.web}/healthz?deep
Stop        Ctrl-C; the data stays in {dev_site.STATE}
""")


@dataclass(frozen=True)
class Part:
    """A process of the site.

    Attributes:
        name: stands before its lines.
        process: itself.
        ends_with: the signal that ends it in an orderly way.
    """

    name: str
    process: Foreground
    ends_with: signal.Signals

    def stop(self) -> None:
        """End it, and everything it started."""
        self.process.stop(self.ends_with)


class DevSite:
    """The processes, in the order in which they need each other."""

    def __init__(self, ports: Ports, data: str) -> None:
        """Nothing runs yet."""
        self.ports = ports
        self.data = data
        self._processes: list[Part] = []

    def start(self) -> None:
        """Start them; returns when the login page is there."""
        dev_site.prepare_database()
        variables = dev_site.environment(self.ports)
        database = self._run(
            "database",
            dev_site.postgres_command(self.ports),
            os.environ,
            user=postgres_account(),
            stop=signal.SIGINT,
        )
        redis = self._run("redis", dev_site.redis_command(self.ports), os.environ)
        command = dev_site.standin_command(self.ports, self.data)
        server = self._run("server", command, variables)
        self._until(database, lambda: _taken(self.ports.database))
        self._until(redis, lambda: _taken(self.ports.redis))
        web = self._run("web", dev_site.python("omero_web_container", "web"), variables)
        worker = self._run_worker(variables)
        self._until(server, lambda: server.process.has_printed("ready "))
        self._run_bootstrap(variables)
        self._until(worker, lambda: worker.process.has_printed(" ready."))
        self._until(web, lambda: _answers(f"http://127.0.0.1:{self.ports.web}/webclient/login/"))

    def watch(self) -> None:
        """Until Ctrl-C: restart the worker when code changes; end when something else ended."""
        seen = _newest_change()
        while True:
            time.sleep(WATCH_SECONDS)
            for process in self._processes:
                ended = process.process.ended
                if ended is not None and process.name != "worker":
                    raise CommandError(
                        f"{process.name} ended with {ended}; see its log lines above"
                    )
            changed = _newest_change()
            if changed != seen:
                seen = changed
                say("code changed: the worker restarts")
                self._take("worker").stop()
                self._run_worker(dev_site.environment(self.ports))

    def stop(self) -> None:
        """Stop what was started, the last one first."""
        for process in reversed(self._processes):
            process.stop()

    def _run_worker(self, variables: Mapping[str, str]) -> Part:
        command = dev_site.python("omero_web_container", "worker")
        return self._run("worker", command, {**variables, "WORKER_CONCURRENCY": "1"})

    def _run_bootstrap(self, variables: Mapping[str, str]) -> None:
        """The job-service account, as the bootstrap of a site makes it."""
        command = dev_site.python("omero_web_container", "bootstrap")
        done = subprocess.run(command, env=dict(variables), capture_output=True, text=True)
        if done.returncode:
            raise CommandError(f"the bootstrap failed:\n{done.stdout}{done.stderr}")

    def _run(
        self,
        name: str,
        command: list[str],
        variables: Mapping[str, str],
        *,
        user: Mapping[str, int] = MappingProxyType({}),
        stop: signal.Signals = signal.SIGTERM,
    ) -> Part:
        colour = COLOURS[len(self._processes) % len(COLOURS)]
        before = prefix(name, colour)
        process = Foreground(
            command,
            variables,
            prefix=before,
            shown=readable,
            user=user.get("user"),
            group=user.get("group"),
        )
        self._processes.append(Part(name, process, stop))
        return self._processes[-1]

    def _take(self, name: str) -> Part:
        process = next(each for each in self._processes if each.name == name)
        self._processes.remove(process)
        return process

    def _until(self, part: Part, ready: Callable[[], bool]) -> None:
        wait_until(
            ready,
            READY_SECONDS,
            lambda why: f"{part.name} did not start: {why}; its log lines are above",
            failed=lambda: None if part.process.ended is None else "it has ended",
            pause=0.05,
        )


def _newest_change() -> tuple[float, int]:
    """When the newest Python file was written, and how many there are."""
    files = [file for folder in dev_site.watched() for file in folder.rglob("*.py")]
    return max((_written(file) for file in files), default=0.0), len(files)


def _written(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - a loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
