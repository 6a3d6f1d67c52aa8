"""Real servers as private processes of a test: PostgreSQL, Redis, the OMERO stand-in, OMERO.web.

Each listens on a free port of the loopback address, keeps its files in a folder of the test, and
ends with it. Programs come from Debian's packages and `.venv`; one that is missing is an error that
says so, never a skip.
"""

from __future__ import annotations

import os
import secrets
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import patience
from forked import Forked, import_once
from free_ports import free_port
from local_site import commands, postgres_data
from local_site import variables as site_variables
from local_site.answers import answers, listens
from local_site.programs import Account, postgres_account, postgres_programs, program
from tools.common.commands import tail
from tools.common.errors import CommandError
from tools.common.wait import wait_until

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCES: Final = (
    ROOT / "images/omero-web/src",
    ROOT / "common/src",
    ROOT / "standin/src",
)
START_SECONDS: Final = 60
# For clients of these servers, which speak no TLS: reading the machine's authorities takes 30 ms.
NO_AUTHORITIES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

# All that a stand-in is made of, in the order that works, and what the image's commands begin with.
import_once(
    "omero_standin.generated",
    "omero_standin.server",
    "omero_standin.container",
    "omero_standin.control",
    "omero_standin.data.demo",
    "omero_standin.data.load",
    "omero.config",
    "omero.plugins.prefs",
    "redis",
)


Process = subprocess.Popen[bytes] | Forked


@dataclass(frozen=True)
class Service:
    """A running server."""

    port: int
    password: str
    log: Path
    process: Process


@dataclass(frozen=True)
class Site:
    """OMERO.web with what it needs; `front` only where nginx is before it."""

    url: str
    standin: Service
    redis: Service
    web: Service
    environment: dict[str, str]
    front: Service | None = None


def python_environment(**more: str) -> dict[str, str]:
    """This process's environment with our sources on the path."""
    path = os.pathsep.join(str(each) for each in SOURCES)
    quiet = {"PYTHONPATH": path, "PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1"}
    return os.environ | quiet | more


@contextmanager
def redis(
    folder: Path, *, again: Service | None = None, certificate: Path | None = None
) -> Iterator[Service]:
    """Redis with a password, without persistence; `again` takes a stopped one's place, empty.

    With a certificate (a PEM file that has its key as well), it speaks TLS and nothing else.
    """
    port, password = _port_and_password(again)
    settings = folder / "redis.conf"
    settings.write_text(commands.redis_settings(port, password, certificate))
    command = commands.redis(settings, folder)
    log = folder / "redis.log"
    with running(partial(launch, command, log), log, lambda: listens(port)) as process:
        yield Service(port, password, log, process)


@contextmanager
def folder_for_postgres() -> Iterator[Path]:
    """A folder that the postgres user may enter.

    Not below pytest's own: each start of pytest closes that one to others again.
    """
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def postgres(
    folder: Path,
    *,
    user: str = "omero",
    database: str = "omero",
    again: Service | None = None,
    settings: Path | None = None,
) -> Iterator[Service]:
    """PostgreSQL with one database, asking for the password over TCP. Never as root.

    `again` takes a stopped one's place, with its data. `settings` is its configuration. The folder
    holds its Unix socket, too, which asks for no password: the scripts of its container use that.
    """
    port, password = _port_and_password(again)
    account = postgres_account()
    if account:
        os.chown(folder, account["user"], account["group"])
    data, log = folder / "pgdata", folder / "postgres.log"
    (folder / "postgres-password").write_text(password)
    if again is None:
        postgres_data.make(data, user, password, database=database)
    command = commands.postgres(data, port, sockets=folder, settings=settings)
    ready = [f"{postgres_programs()}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]

    def accepts() -> bool:
        return subprocess.run(ready, check=False).returncode == 0

    start = partial(launch, command, log, identity=account)
    with running(start, log, accepts, stop=signal.SIGINT) as process:
        yield Service(port, password, log, process)


@contextmanager
def standin(
    folder: Path, *arguments: str, forked: bool = True, **environment: str
) -> Iterator[Service]:
    """The OMERO stand-in; `port` is its TLS port, `password` root's.

    Unless it is `forked`, it is started as its users do, with all imports.
    """
    port, password = free_port(), secrets.token_hex(16)
    secret, log = folder / "root-password", folder / "standin.log"
    secret.write_text(password)
    # An earlier start in the same folder said that it was ready, too.
    log.write_text("")
    words = commands.standin(port, free_port(), secret, *arguments)

    def ready() -> bool:
        return any(line.startswith("ready ") for line in log.read_text().splitlines())

    def start() -> Process:
        whole = python_environment(**environment)
        if forked:
            return Forked("omero_standin", *words, environment=whole, log=log)
        return launch([sys.executable, "-m", "omero_standin", *words], log, environment=whole)

    with running(start, log, ready) as process:
        yield Service(port, password, log, process)


def control(standin: Service) -> str:
    """Where a stand-in that was started with `--control-port` is asked for counts and faults."""
    lines = standin.log.read_text().splitlines()
    (ready,) = (line for line in lines if line.startswith("ready "))
    return f"http://127.0.0.1:{ready.partition('control-port=')[2].split()[0]}"


@contextmanager
def standing_still(service: Service) -> Iterator[None]:
    """A server that has stopped, though the kernel accepts connections for it; then it goes on."""
    service.process.send_signal(signal.SIGSTOP)
    try:
        tasks = Path(f"/proc/{service.process.pid}/task")
        # The signal takes a moment to reach all threads.
        wait_until(lambda: all(map(_stopped, tasks.iterdir())), 10, str, pause=0.005)
        yield
    finally:
        service.process.send_signal(signal.SIGCONT)


def _stopped(task: Path) -> bool:
    """Whether a thread is stopped: its state follows its name in parentheses (proc(5))."""
    return (task / "stat").read_text().rpartition(")")[2].split()[0] == "T"


def of_the_image(command: str, log: Path, environment: dict[str, str]) -> Forked:
    """A command of the image omero-web, in a process of its own."""
    return Forked("omero_web_container", command, environment=environment, log=log)


def python(code: str, log: Path, environment: dict[str, str]) -> str:
    """What some Python prints, run to its end as a process like those of the image.

    Raises:
        CommandError: it failed; with what it printed.
    """
    if Forked("program_of_a_test", code, environment=environment, log=log).wait(60):
        raise CommandError(log.read_text())
    return log.read_text()


def bootstrap(folder: Path, environment: dict[str, str]) -> None:
    """Make groups and the job-service account, as in a new site."""
    log = folder / "bootstrap.log"
    if of_the_image("bootstrap", log, environment).wait(120):
        raise CommandError(f"the bootstrap failed:\n{log.read_text()}")


@contextmanager
def site(
    folder: Path, *, drop_in: str = "", data: str = "empty", **environment: str
) -> Iterator[Site]:
    """OMERO.web as its image starts it, on a stand-in (with this data) and a Redis of its own."""
    with ExitStack() as stack:
        omero = stack.enter_context(standin(folder, "--data", data, "--control-port", "0"))
        cache = stack.enter_context(redis(folder))
        for each in ("config", "static", "var"):
            (folder / each).mkdir()
        (folder / "config" / "90-platform.omero").write_text(drop_in)
        (folder / "secret-key").write_text(secrets.token_hex(32))
        (folder / "redis-password").write_text(cache.password)
        port = free_port()
        variables = {
            **site_variables.web(
                folder,
                listen=port,
                server=omero.port,
                redis=cache.port,
                secret_key_file=folder / "secret-key",
                redis_password_file=folder / "redis-password",
            ),
            "PLATFORM_NAME": "tests/site",
            "PLATFORM_SERVER_IMAGE": "localhost/omero-platform/omero-standin:test",
            **environment,
        }
        url, log = f"http://127.0.0.1:{port}", folder / "web.log"
        start = partial(of_the_image, "web", log, python_environment(**variables))
        process = stack.enter_context(running(start, log, lambda: answers(f"{url}/healthz")))
        yield Site(url, omero, cache, Service(port, "", log, process), variables)


@contextmanager
def web_beside(
    site: Site, folder: Path, *, ready: str = "/api/", **environment: str
) -> Iterator[Site]:
    """Another OMERO.web of a site, as a second replica or the next version of the image.

    It is there when the address `ready` answers.
    """
    port, log = free_port(), folder / "web.log"
    variables = site.environment | {"OMERO_WEB_LISTEN_PORT": str(port), "OMERODIR": str(folder)}
    variables |= environment
    url = f"http://127.0.0.1:{port}"
    start = partial(of_the_image, "web", log, python_environment(**variables))
    with running(start, log, lambda: answers(f"{url}{ready}")) as process:
        yield replace(site, url=url, web=Service(port, "", log, process), environment=variables)


@contextmanager
def front_of(
    site: Site, folder: Path, command: str = "web", ready_at: str = "/api/", **environment: str
) -> Iterator[Site]:
    """The pod of a site: OMERO.web with the nginx before it, as two containers of the image.

    Args:
        site: what it belongs to; its own OMERO.web goes on beside it.
        folder: for the files of both containers.
        command: of the container behind nginx.
        ready_at: an address that it answers with 200.
        **environment: variables of both.

    Yields:
        The site as the front shows it.
    """
    program("nginx")
    # The path of a socket has at most 107 letters.
    with ExitStack() as stack:
        shared = stack.enter_context(tempfile.TemporaryDirectory(prefix="front-"))
        port, log, gunicorn_log = free_port(), folder / "front.log", folder / "web.log"
        variables = site.environment | {
            "OMERODIR": str(folder),
            "OMERO_WEB_LISTEN_PORT": str(port),
            "OMERO_WEB_HEALTH_PORT": str(free_port()),
            "FRONT_FOLDER": shared,
            "FRONT_OWN_FOLDER": f"{shared}/own",
            **environment,
        }
        whole = python_environment(**variables)
        url = f"http://127.0.0.1:{port}"
        start = partial(of_the_image, "front", log, whole)
        nginx = stack.enter_context(running(start, log, lambda: listens(port)))
        start = partial(of_the_image, command, gunicorn_log, whole)
        ready = partial(answers, f"{url}{ready_at}")
        gunicorn = stack.enter_context(running(start, gunicorn_log, ready))
        yield replace(
            site,
            url=url,
            web=Service(port, "", gunicorn_log, gunicorn),
            front=Service(port, "", log, nginx),
            environment=variables,
        )


@contextmanager
def worker(folder: Path, environment: dict[str, str]) -> Iterator[Service]:
    """The Celery worker as its image starts it, ready when it takes jobs."""
    log = folder / "worker.log"
    log.write_text("")

    def ready() -> bool:
        return any(" ready." in line for line in log.read_text().splitlines())

    start = partial(of_the_image, "worker", log, environment)
    with running(start, log, ready) as process:
        yield Service(0, "", log, process)


def launch(
    command: list[str],
    log: Path,
    *,
    environment: dict[str, str] | None = None,
    identity: Account | None = None,
) -> Process:
    """Start a command, in a session of its own."""
    with log.open("ab") as output:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env=environment,
            cwd="/",
            start_new_session=True,
            **(identity or {}),
        )
    return process


@contextmanager
def running(
    start: Callable[[], Process],
    log: Path,
    ready: Callable[[], bool],
    *,
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[Process]:
    """A process from its first answer to the end of the block.

    Then it is told to stop, and waited for.
    """
    process = start()
    try:
        patience.wait(
            ready,
            START_SECONDS,
            lambda why: (
                f"what writes {log} did not come up: {why}\n"
                f"{tail(log.read_text(errors='replace'), 20)}"
            ),
            failed=lambda: None if process.poll() is None else "it has ended",
        )
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(stop)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _port_and_password(again: Service | None) -> tuple[int, str]:
    return (again.port, again.password) if again else (free_port(), secrets.token_hex(16))
