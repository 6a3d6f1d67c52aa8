"""`ci/dev`: runs a whole site as local processes, to work on OMERO.web and plugins.

Changed Python code is reloaded: OMERO.web by gunicorn, the worker by a restart. Templates and
static files are read from their folders at each request.
"""

from __future__ import annotations

import argparse
import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Unpack

from local_site.answers import answers, listens
from local_site.programs import Account, postgres_account
from omero_ci import dev_site, environment, try_it
from omero_ci.console import say
from omero_ci.dev_lines import COLOURS, prefix, readable
from omero_ci.dev_site import Ports
from omero_ci.supervisor import Foreground
from tools.common.commands import output_of
from tools.common.errors import CommandError
from tools.common.wait import wait_until

READY_SECONDS = 60.0
WATCH_SECONDS = 0.5


def main(arguments: list[str]) -> int:
    """Start everything, show the logs until Ctrl-C, stop everything."""
    options = _options(arguments)
    environment.main([])
    if listens(options.port):
        raise CommandError(f"port {options.port} is used by another program: choose --port")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    site = DevSite(dev_site.ports(options.port), options.data)
    began = time.monotonic()
    try:
        site.start()
        _print_ready(site, time.monotonic() - began)
        site.watch()
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


class DevSite:
    """The processes, in the order in which they need each other."""

    def __init__(self, ports: Ports, data: str) -> None:
        """Nothing runs yet."""
        self.ports = ports
        self.data = data
        self._running: dict[str, Foreground] = {}

    def start(self) -> None:
        """Start them; returns when the login page is there."""
        dev_site.prepare_database()
        variables = dev_site.environment(self.ports)
        command = dev_site.postgres_command(self.ports)
        self._run("database", command, os.environ, **postgres_account())
        self._run("redis", dev_site.redis_command(self.ports), os.environ)
        self._run("server", dev_site.standin_command(self.ports, self.data), variables)
        self._until("database", lambda: listens(self.ports.database))
        self._until("redis", lambda: listens(self.ports.redis))
        self._run("web", dev_site.python("omero_web_container", "web"), variables)
        self._run_worker(variables)
        self._until("server", lambda: self._running["server"].has_printed("ready "))
        # The job-service account, as the bootstrap of a site makes it.
        output_of(dev_site.python("omero_web_container", "bootstrap"), environment=variables)
        self._until("worker", lambda: self._running["worker"].has_printed(" ready."))
        self._until("web", lambda: answers(f"http://127.0.0.1:{self.ports.web}/webclient/login/"))

    def watch(self) -> None:
        """Until Ctrl-C: restart the worker when code changes; end when something else ended."""
        seen = _code()
        while True:
            time.sleep(WATCH_SECONDS)
            for name, process in self._running.items():
                if process.ended is not None and name != "worker":
                    raise CommandError(
                        f"{name} ended with {process.ended}; see its log lines above"
                    )
            if (changed := _code()) != seen:
                seen = changed
                say("code changed: the worker restarts")
                self._running.pop("worker").stop()
                self._run_worker(dev_site.environment(self.ports))

    def stop(self) -> None:
        """Stop what was started, the last one first."""
        for name, process in reversed(self._running.items()):
            # PostgreSQL would first wait for all of its clients.
            process.stop(signal.SIGINT if name == "database" else signal.SIGTERM)

    def _run_worker(self, variables: Mapping[str, str]) -> None:
        command = dev_site.python("omero_web_container", "worker")
        # One for all jobs; a platform has four: see spec.worker.network, web.uploads and imaris.
        queues = {"WORKER_CONCURRENCY": "1", "WORKER_QUEUES": "default,network,imports,exports"}
        self._run("worker", command, {**variables, **queues})

    def _run(
        self,
        name: str,
        command: list[str],
        variables: Mapping[str, str],
        **account: Unpack[Account],
    ) -> None:
        before = prefix(name, COLOURS[len(self._running) % len(COLOURS)])
        process = Foreground(command, variables, prefix=before, shown=readable, **account)
        self._running[name] = process

    def _until(self, name: str, ready: Callable[[], bool]) -> None:
        wait_until(
            ready,
            READY_SECONDS,
            lambda why: f"{name} did not start: {why}; its log lines are above",
            failed=lambda: None if self._running[name].ended is None else "it has ended",
            pause=0.05,
        )


def _code() -> dict[Path, float]:
    """When each Python file was written."""
    found = {}
    for file in (file for folder in dev_site.watched() for file in folder.rglob("*.py")):
        with suppress(FileNotFoundError):
            found[file] = file.stat().st_mtime
    return found
