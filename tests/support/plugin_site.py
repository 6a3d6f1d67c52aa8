"""OMERO.web with the probing plugin, its database and a worker, and a browser's requests to it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

import local_services
import patience
from forked import Forked, import_once
from local_site import variables as site_variables
from omero_plugin_common.database.pool import Address
from omero_plugin_common.heartbeat import FILE
from tools.common.wait import wait_until

SUPPORT: Final = Path(__file__).resolve().parent
# What a worker begins with, and what the jobs and pages of our plugins use: of others, and nothing
# that reads variables when it is imported.
import_once(
    *("celery.bin.celery", "celery.concurrency.prefork", "kombu.transport.redis"),
    *("cryptography.fernet", "h5py", "httpx", "matplotlib.backends.backend_agg", "psycopg2.pool"),
    *("matplotlib.figure", "PIL.Image", "pydantic.main"),
    *("django.db.models", "django.forms", "django.core.handlers.wsgi", "gunicorn.app.wsgiapp"),
)
DROP_IN: Final = """config append -- omero.web.apps '"plugin_probe"'\n"""


def path_of_sources() -> str:
    """Our sources and the folder of the probing plugin, for PYTHONPATH."""
    return os.pathsep.join(str(each) for each in (*local_services.SOURCES, SUPPORT))


def database_variables(service: local_services.Service, folder: Path) -> dict[str, str]:
    """What the operator gives a pod for the plugin database."""
    secret = folder / "plugin-database-password"
    secret.write_text(service.password)
    return site_variables.plugin_database(service.port, "omero", "omero", secret)


def job_service_variables(folder: Path, standin: local_services.Service) -> dict[str, str]:
    """What jobs need to act for users, and the exporter; accounts are made as in a new site."""
    (folder / "bootstrap.json").write_text('{"groups": []}')
    (folder / "root").write_text(standin.password)
    (folder / "job").write_text("job-service-password")
    (folder / "monitoring").write_text("monitoring-password")
    made = {"OMERO_HOST": "127.0.0.1", "OMERO_PORT": str(standin.port)}
    made |= site_variables.job_service(folder / "job")
    made |= site_variables.monitoring(folder / "monitoring")
    more = site_variables.bootstrap(folder, folder / "root")
    local_services.bootstrap(folder, local_services.python_environment(**made, **more))
    return made


def redis_variables(service: local_services.Service, folder: Path) -> dict[str, str]:
    """What the operator gives a pod for Redis."""
    secret = folder / "redis-password"
    secret.write_text(service.password)
    return site_variables.redis_client(service.port, secret)


def until(
    true: Callable[[], object], seconds: float = 180, told: Callable[[], str] = lambda: ""
) -> None:
    """Wait for a condition: long, since a worker that starts on a busy machine takes a minute.

    Raises:
        CommandError: it did not come about; with what is told then.
    """
    # No seldomer: some wait for the middle of a job of two seconds.
    patience.wait(
        true, seconds, lambda why: f"it did not come about: {why}\n{told()}", longest=0.25
    )


def read_only(address: Address, on: bool) -> None:
    """As after a failover to a standby that stays one, or that becomes the primary again.

    Those who are connected are sent away, unless it takes changes again: then they stay as they
    are.
    """
    with closing(address.connect()) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("set default_transaction_read_only = off")
            name = address.database
            cursor.execute(f"alter database {name} set default_transaction_read_only = {on}")
            if on:
                wait_until(
                    lambda: _nobody_connects(cursor),
                    60,
                    lambda why: f"somebody connects to {name} without end: {why}",
                )
                cursor.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid()"
                )


def _nobody_connects(cursor: Any) -> bool:
    """Whether all who read the settings before they changed are in `pg_stat_activity`.

    PostgreSQL locks the database's row from before it reads the settings of a new connection until
    the connection is ready. Who locks it later reads the new ones.
    """
    cursor.execute(
        "select 1 from pg_locks join pg_database on objid = pg_database.oid "
        "where classid = 'pg_database'::regclass and datname = current_database() "
        "and pid <> pg_backend_pid()"
    )
    return cursor.fetchone() is None


class Worker:
    """A Celery worker with its children, that can be killed."""

    def __init__(
        self,
        variables: dict[str, str],
        log: Path,
        *,
        plugins: str = "plugin_probe",
        command: str = "worker",
    ) -> None:
        """Starts Celery; with no plugins named, by the command of the image, which finds them."""
        self.log = log
        FILE.unlink(missing_ok=True)
        if not plugins:
            # One for all jobs, unless a test asks which go where.
            queues = {"WORKER_QUEUES": "default,network,imports,exports", "WORKER_CONCURRENCY": "1"}
            variables = {**queues, **variables}
            environment = local_services.python_environment(**variables)
            self.process = local_services.of_the_image(command, log, environment)
            return
        more = {"PYTHONPATH": path_of_sources(), "PLUGIN_PACKAGES": plugins}
        words = ["-A", "omero_plugin_common.celery_app", "worker", "--without-gossip"]
        words += ["--without-mingle", "--without-heartbeat", "--concurrency", "1"]
        words += ["--loglevel", "INFO", "--queues", "default,network,imports,exports"]
        words += ["--hostname", f"{log.stem}@%h"]
        environment = local_services.python_environment(**{**variables, **more})
        self.process = Forked("celery", *words, environment=environment, log=log)

    def wait_until_ready(self) -> None:
        """It takes messages."""
        until(
            lambda: " ready." in self.said() or self.process.poll() is not None,
            told=lambda: self.said()[-3000:],
        )
        assert self.process.poll() is None, self.said()

    def said(self) -> str:
        """Its log."""
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """With -9, with all its children, at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    def stop(self) -> None:
        """As a pod is stopped."""
        self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            self.kill()


@contextmanager
def worker(variables: dict[str, str], log: Path) -> Iterator[Worker]:
    """A worker to the end of the block."""
    running = Worker(variables, log)
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.kill()


class Browser:
    """A user's requests: cookies, CSRF token, JSON."""

    def __init__(self, url: str) -> None:
        """Nobody is logged in."""
        # A connection per request, so that none is left when nobody says goodbye.
        alone = httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.Client(
            base_url=url,
            timeout=60,
            headers={"Referer": url},
            limits=alone,
            verify=local_services.NO_AUTHORITIES,
        )

    def log_in(self, user: str, password: str) -> Browser:
        """Through the login page."""
        self.client.get("/webclient/login/")
        form = {"username": user, "password": password, "server": "1"}
        form["csrfmiddlewaretoken"] = self.token
        answer = self.client.post("/webclient/login/", data=form)
        assert answer.status_code == 302, answer.text
        return self

    @property
    def token(self) -> str:
        """Of the CSRF cookie."""
        return str(self.client.cookies.get("csrftoken", ""))

    def get(self, path: str) -> httpx.Response:
        """Ask."""
        return self.client.get(path)

    def post(self, path: str, body: object = None) -> httpx.Response:
        """Send JSON as our pages do."""
        return self.client.post(path, json=body, headers={"X-CSRFToken": self.token})
