"""Jobs over many objects with a real PostgreSQL: steps, locks, reports; OMERO is pretended."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import local_services
from omero_plugin_common import database as plugin_database
from omero_plugin_common import permissions
from omero_plugin_common.database import Database
from omero_plugin_common.jobs import JobContext, job
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.jobs.registry import kind_of
from omero_plugin_common.jobs.runner import run
from omero_plugin_common.jobs.store import JobStore, Owner
from omero_plugin_common.jobs.timing import Timing
from omero_plugin_common.permissions import Access
from omero_plugin_common.steps import Line, Step, report_store, run_steps
from omero_plugin_common.steps.locks import ANNOTATIONS, group_locks
from plugin_site import database_variables
from view_requests import Gateway, answered, request

COLUMNS = ("dataset_id", "dataset_name", "outcome", "tags_added", "tags_removed", "message")


@dataclass(frozen=True)
class Thing:
    id: int
    name: str


THINGS = [Thing(n, f"=thing {n}") for n in range(1, 6)]


@job("steps.tag", unit="datasets", report=COLUMNS)
def tag(context: JobContext) -> dict[str, Any]:
    return run_steps(context, None, THINGS, WORK[-1], kind="Dataset", size=2)


@job("steps.silent")
def silent(_context: JobContext) -> None:
    """Has no report."""


def good(step: Step[Thing]) -> list[Line]:
    lines = [Line(each.id, each.name, "written", added=1) for each in step.objects]
    step.plan(lines)
    step.progress(0)
    return lines


WORK: list[Any] = [good]


@pytest.fixture
def store(
    database: Database,
    postgres: local_services.Service,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[JobStore]:
    for name, value in database_variables(postgres, tmp_path).items():
        monkeypatch.setenv(name, value)
    plugin_database.default.cache_clear()
    monkeypatch.setattr(
        permissions,
        "access",
        lambda _conn, kind, ids: {
            id_: Access(id_, 7, 3, frozenset({"annotate"})) for id_ in ids if kind == "Dataset"
        },
    )
    yield JobStore(database, Timing())
    plugin_database.default().close()
    plugin_database.default.cache_clear()


def made(store: JobStore, kind: str = "steps.tag") -> Job:
    return store.create(kind_of(kind), Owner(7, "ada", 3), {})


def finished(store: JobStore, one: Job) -> Job:
    run(one.id, store)
    done = store.get(one.id)
    assert done is not None
    return done


def work(monkeypatch: pytest.MonkeyPatch, step: Any) -> None:
    monkeypatch.setattr(f"{__name__}.WORK", [step])


def test_all_objects_are_worked_on_and_reported(store: JobStore) -> None:
    done = finished(store, made(store))
    assert (done.state, done.done, done.total) == ("done", 5, 5)
    assert done.result == {"datasets": 5, "written": 5}
    assert done.message == "5 written"
    lines = [Line(each.id, each.name, "written", added=1) for each in THINGS]
    assert list(report_store.lines(done.id)) == lines


def test_a_worker_that_dies_is_followed_by_one_that_goes_on(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dies(BaseException):
        pass

    def dying(step: Step[Thing]) -> list[Line]:
        lines = good(step)
        if step.objects[0].id == 3:
            raise Dies
        return lines

    one = made(store)
    work(monkeypatch, dying)
    with pytest.raises(Dies):
        run(one.id, store)
    with store.database.transaction() as cursor:
        cursor.execute(
            "update omero_plugin_jobs set state = 'queued', lease_until = null, token = token + 1"
        )
    seen: list[int] = []

    def nothing_left(step: Step[Thing]) -> list[Line]:
        seen.extend(each.id for each in step.objects)
        return [Line(each.id, each.name, "unchanged") for each in step.objects]

    work(monkeypatch, nothing_left)
    done = finished(store, one)
    assert seen == [3, 4, 5]
    # The step that died had planned to write, and nothing was left to do: so it had written.
    assert done.result == {"datasets": 5, "written": 4, "unchanged": 1}
    outcomes = [line.outcome for line in report_store.lines(one.id)]
    assert outcomes == ["written"] * 4 + ["unchanged"]
    with store.database.transaction() as cursor:
        cursor.execute("select count(*) as plans from omero_plugin_job_plans")
        assert cursor.fetchone() == {"plans": 0}


def test_a_job_that_could_do_nothing_has_failed(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(
        monkeypatch,
        lambda step: [Line(e.id, e.name, "error", message="not yours") for e in step.objects],
    )
    done = finished(store, made(store))
    assert (done.state, done.error_code) == ("failed", "all_failed")
    assert done.error_text == "Nothing could be done to any of the 5 datasets. not yours"
    texts = [line["text"] for line in store.log_after(done.id, 0)]
    assert texts == [f"Dataset {each.id}, {each.name}: not yours" for each in THINGS]


def test_only_one_step_at_a_time_changes_the_annotations_of_a_group(store: JobStore) -> None:
    inside, asked = threading.Event(), threading.Event()
    order: list[str] = []

    def second() -> None:
        inside.wait(10)
        with group_locks([4, 3], asked.set):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with group_locks([3, 3], lambda: None):
        # Another kind of thing in the same group, and the same in another group, are free.
        with group_locks([3], pytest.fail, ANNOTATIONS + 1), group_locks([5], pytest.fail):
            pass
        inside.set()
        assert asked.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_who_waits_for_a_lock_can_be_stopped(store: JobStore) -> None:
    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    with group_locks([3], lambda: None), pytest.raises(Stopped), group_locks([3], stop):
        pytest.fail("two hold the same lock")


def report(store: JobStore, one: Job, user: Gateway) -> Any:
    from omero_plugin_common import job_views

    asked = request("GET", address=f"/jobs/{one.id}/report.csv")
    return job_views.job_report(asked, conn=user, job_id=one.id)


@pytest.mark.usefixtures("django")
def test_a_report_is_csv_for_the_jobs_user_alone(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from omero_plugin_common import job_views

    monkeypatch.setattr(job_views, "job_store", lambda: store)
    one = finished(store, made(store))
    answer = report(store, one, Gateway("ada"))
    lines = answer.content.decode().splitlines()
    assert lines[0] == "\ufeff" + ",".join(COLUMNS)
    assert lines[1:] == [f"{each.id},'{each.name},written,1,0," for each in THINGS]
    assert answer["Content-Disposition"] == f'attachment; filename="report-{one.id}.csv"'
    status, body = answered(report(store, one, Gateway("grace", user_id=8)))
    assert (status, body["code"]) == (404, "not_found")
    status, body = answered(report(store, made(store, "steps.silent"), Gateway("ada")))
    assert (status, body["error"]) == (404, "Jobs of this kind have no report")
