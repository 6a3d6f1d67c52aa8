"""The previous version of the plugin and this one on the same tables, while pods are replaced."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from uuid import UUID

import pytest

from omero_plugin_common.database import Database, migrate
from omero_plugin_common.database import migrations as migrating
from omero_plugin_common.database.packed import pack
from omero_plugin_common.steps import Line, report_store
from omero_plugin_common.steps.report import as_begun

PACKAGES = ("omero_plugin_common", "omeroweb_omp_plugin")
WRITTEN = (7, "a.tif", "written", 3, 0, "")
# What the previous version does with its tables.
SAVE = (
    "insert into {} (job, step, lines) values (%s, %s, %s) "
    "on conflict (job, step) do update set lines = excluded.lines"
)


def as_before(base: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of the previous version: one migration of the library, three of the plugin."""
    with base.transaction() as cursor:
        cursor.execute("drop schema public cascade; create schema public")
    real = migrating.migrations_of
    counts = {"omero_plugin_common": 1, "omeroweb_omp_plugin": 3}
    with monkeypatch.context() as patched:
        patched.setattr(migrating, "migrations_of", lambda name: real(name)[: counts[name]])
        assert migrate(base, PACKAGES) == 4


def a_job(base: Database) -> UUID:
    made = uuid.uuid4()
    with base.transaction() as cursor:
        cursor.execute(
            "insert into omero_plugin_jobs (id, plugin, kind, user_id, user_name, group_id, "
            "parameters, max_attempts) values (%s, 'omp', 'omp.write', 7, 'ada', 3, '{}', 1)",
            (made,),
        )
    return made


def save(base: Database, table: str, job: UUID, step: int, lines: Iterable[object]) -> None:
    with base.transaction() as cursor:
        cursor.execute(SAVE.format(table), (job, step, pack(list(lines))))


def test_reports_of_before_are_there_and_the_previous_version_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_before(database, monkeypatch)
    job = a_job(database)
    save(database, "omp_job_reports", job, 0, [WRITTEN])
    save(database, "omp_job_planned", job, 1, [WRITTEN])

    migrate(database, PACKAGES)
    assert list(report_store.lines(job)) == [Line(*WRITTEN), as_begun(Line(*WRITTEN))]
    assert report_store.before(job, 1) == {7: Line(*WRITTEN)}

    # A worker of the previous version ends its step, and begins it again.
    for _ in range(2):
        save(database, "omp_job_reports", job, 1, [(8, *WRITTEN[1:])])
    with database.transaction() as cursor:
        cursor.execute("delete from omp_job_planned where job = %s and step = 1", (job,))
    assert [line.id for line in report_store.lines(job)] == [7, 8]
    # And this version ends it as well.
    report_store.save(job, 1, [Line(9, "c.tif", "written")])
    with database.transaction() as cursor:
        cursor.execute("select count(*) as reports from omp_job_reports")
        assert cursor.fetchone() == {"reports": 2}
        cursor.execute("delete from omero_plugin_jobs where id = %s", (job,))
        cursor.execute("select count(*) as reports from omp_job_reports")
        assert cursor.fetchone() == {"reports": 0}
