"""The readiness probe that the operator gives PostgreSQL, on a real PostgreSQL."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import local_services
from omero_operator.desired import postgres as managed
from omero_operator.desired import postgres_data, postgres_settings
from omero_plugin_common.database.pool import Address
from operator_builders import EXTERNAL_DATABASE, context, spec
from plugin_site import read_only
from tools.common.wait import wait_until


class Pod:
    """A PostgreSQL and its probe."""

    def __init__(self, folder: Path) -> None:
        """Starts it."""
        self._folder, self._running = folder, ExitStack()
        self.settings = folder / "settings" / postgres_settings.FILE
        for each in (self.settings.parent, folder / "run"):
            each.mkdir(mode=0o755)
        self.set()
        self.service = self._running.enter_context(self._start())
        self.address = Address(
            "127.0.0.1", self.service.port, "omero", "omero", self.service.password
        )

    def restart(self) -> None:
        """With the same data."""
        self.stop()
        self._running.enter_context(self._start(self.service))

    def _start(self, again: local_services.Service | None = None) -> Any:
        return local_services.postgres(self._folder, again=again, settings=self.settings)

    def set(self, **parameters: str) -> None:
        """Its ConfigMap with parameters of the site, as the kubelet puts it into the pod."""
        given = spec(database={"parameters": parameters})
        (item,) = [
            each for each in managed.DATABASE.build(context(given)) if each["kind"] == "ConfigMap"
        ]
        self.settings.write_text(self._here(item["data"][postgres_settings.FILE]))

    def _here(self, text: str) -> str:
        """What is said of a pod, said of this process."""
        places = {
            f"{postgres_data.VOLUME}/{postgres_data.FOLDER}": self._folder / "pgdata",
            postgres_settings.FOLDER: self.settings.parent,
            postgres_settings.RUN: self._folder / "run",
        }
        for before, after in places.items():
            text = text.replace(before, str(after))
        return text

    def show(self, name: str) -> str:
        """A setting as new sessions have it."""
        [[value]] = self.rows(f"select current_setting('{name}')")
        return str(value)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a question of the superuser gives."""
        connection = self.address.connect()
        with connection.cursor() as cursor:
            cursor.execute(query)
            found: list[Any] = cursor.fetchall()
        connection.close()
        return [tuple(row.values()) for row in found]

    def stop(self) -> None:
        """End it."""
        self._running.close()

    def probe(self, kind: str = "StatefulSet") -> tuple[bool, str]:
        """Whether the probe is content, and what it says, which the condition quotes.

        That of one of others (`Deployment`) is asked at the address in its specification.
        """
        address = {**EXTERNAL_DATABASE["external"], "host": "127.0.0.1", "port": self.service.port}
        external = spec(database={**EXTERNAL_DATABASE, "external": address})
        ctx = context(external if kind == "Deployment" else None)
        workload = next(item for item in managed.DATABASE.build(ctx) if item["kind"] == kind)
        [container] = workload["spec"]["template"]["spec"]["containers"]
        command = [
            str(self.service.port) if word == str(managed.PORT) else self._here(word)
            for word in container["readinessProbe"]["exec"]["command"]
        ]
        programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        environment = {
            "PATH": f"{programs}:/usr/bin:/bin",
            "POSTGRES_USER": "omero",
            "POSTGRES_DB": "omero",
            # As a Secret made by hand has it.
            "POSTGRES_PASSWORD": f"{self.service.password}\n",
        }
        run = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert self.service.password not in run.stdout + run.stderr
        return run.returncode == 0, run.stderr

    def run(self, statement: str) -> None:
        """A statement of the superuser, on its own."""
        connection = self.address.connect()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()


@pytest.fixture
def pod() -> Iterator[Pod]:
    with local_services.folder_for_postgres() as folder:
        made = Pod(folder)
        yield made
        made.stop()


def test_a_postgresql_that_takes_no_changes_is_not_ready_and_says_why(pod: Pod) -> None:
    assert pod.probe() == (True, "")

    assert pod.probe("Deployment") == (True, "")

    read_only(pod.address, True)
    assert pod.probe("Deployment") == pod.probe()
    ready, said = pod.probe()
    assert not ready
    assert said.startswith(
        "TakesNoChanges: PostgreSQL is read-only or cannot write: it is read-only by "
        "default_transaction"
    )
    read_only(pod.address, False)
    assert pod.probe() == (True, "")

    # The probe writes to the disk, or it would not notice a full one.
    pod.run("alter role omero set temp_file_limit = '64kB'")
    ready, said = pod.probe()
    assert not ready
    assert "temporary file size exceeds" in said
    pod.run("alter role omero reset temp_file_limit")

    (Path(pod.service.log.parent) / "pgdata" / "standby.signal").touch()
    pod.restart()
    ready, said = pod.probe()
    assert (ready, said) == (
        False,
        "TakesNoChanges: PostgreSQL is read-only or cannot write: it is a standby\n",
    )

    pod.stop()
    ready, said = pod.probe("Deployment")
    assert not ready
    assert said.startswith(
        "ServerUnreachable: the probe cannot connect to PostgreSQL: psql: error:"
    )
    ready, said = pod.probe()
    assert not ready
    assert said.startswith(
        "the probe cannot connect to PostgreSQL: psql: error: connection to server"
    )


def test_a_changed_setting_is_read_while_postgresql_runs(pod: Pod) -> None:
    def becomes(name: str, value: str) -> None:
        wait_until(lambda: pod.show(name) == value, 20, lambda why: f"{pod.show(name)!r}: {why}")

    started = _started(pod)
    assert pod.probe() == (True, "")
    odd = 'it\'s \\ "%m" '
    pod.set(work_mem="8MB", log_line_prefix=odd)
    assert pod.probe() == (True, "")
    becomes("work_mem", "8MB")
    assert pod.show("log_line_prefix") == odd

    # What was said before goes when the site no longer says it.
    pod.set()
    assert pod.probe() == (True, "")
    becomes("work_mem", "4MB")

    pod.set(work_mem="s3cret")
    begins = "ParametersRejected: PostgreSQL rejects settings and continues with the earlier ones; "
    begins += "correct spec.database.parameters: "
    rejected = "work_mem (setting could not be applied)\n"
    assert pod.probe() == (False, begins + rejected), "no value, which may be a secret"
    pod.set(no_such_setting="1")
    rejected = "no_such_setting (unrecognized configuration parameter)\n"
    assert pod.probe() == (False, begins + rejected)
    assert pod.show("work_mem") == "4MB"

    pod.set(work_mem="16MB")
    assert pod.probe() == (True, "")
    becomes("work_mem", "16MB")
    assert _started(pod) == started


def _started(pod: Pod) -> str:
    """When PostgreSQL started."""
    [[text]] = pod.rows("select pg_postmaster_start_time()::text")
    return str(text)


def test_the_settings_that_need_a_start_are_those_of_postgresql(pod: Pod) -> None:
    contexts = dict(pod.rows("select name, context from pg_settings"))
    there = {name for name, kind in contexts.items() if kind == "postmaster"}
    assert there - postgres_settings.NEED_A_START == set()
    # Those of other versions are in the table, too.
    known = postgres_settings.NEED_A_START & contexts.keys()
    assert {name for name in known if contexts[name] not in ("postmaster", "internal")} == set()
