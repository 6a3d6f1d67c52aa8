"""Jobs over many objects with a real PostgreSQL: steps, locks, reports; OMERO is pretended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import local_services
from omero_plugin_common import database as plugin_database
from omero_plugin_common import permissions
from omero_plugin_common.database import Database
from omero_plugin_common.jobs import JobContext, context, job, launch, turns
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.jobs.registry import kind_of
from omero_plugin_common.jobs.runner import run
from omero_plugin_common.jobs.store import JobStore, Owner
from omero_plugin_common.jobs.timing import Timing
from omero_plugin_common.permissions import Access
from omero_plugin_common.rate_limit import RateLimiter
from omero_plugin_common.steps import Change, Line, Step, report_store, run_steps, undo_store
from omero_plugin_common.steps.locks import ANNOTATIONS, Locked, group_locks
from omero_plugin_common.steps.undo import UNKNOWN
from plugin_site import database_variables
from view_requests import Gateway, answered, request

COLUMNS = ("dataset_id", "dataset_name", "outcome", "tags_added", "tags_removed", "message")


@dataclass(frozen=True)
class Thing:
    id: int
    name: str
    kind: str = "Dataset"


# What OMERO is asked through; here nobody calls it.
GATEWAY = object()
THINGS = [Thing(n, f"=thing {n}") for n in range(1, 6)]
OTHERS = [Thing(n, f"B{n}", "Well") for n in (1, 2)]


@job("steps.tag", unit="datasets", report=COLUMNS, undo="steps.undo")
def tag(context: JobContext) -> dict[str, Any]:
    return run_steps(context, GATEWAY, THINGS, WORK[-1], kind="Dataset", size=2)


@job("steps.other", unit="datasets", report=COLUMNS)
def other(context: JobContext) -> dict[str, Any]:
    return run_steps(context, GATEWAY, THINGS, WORK[-1], kind="Dataset", lock=ANNOTATIONS + 1)


@job("steps.kinds", unit="datasets", report=(*COLUMNS, "kind"))
def kinds(context: JobContext) -> dict[str, Any]:
    return run_steps(context, GATEWAY, [*THINGS, *OTHERS], WORK[-1], kind=None, size=2)


@job("steps.undo", unit="datasets", report=COLUMNS)
def untag(_context: JobContext) -> None:
    """What it does is not what these tests are about."""


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

    def access(conn: Any, kind: str, ids: list[int]) -> dict[int, Access]:
        assert conn is GATEWAY
        allowed = ids if kind == "Dataset" else []
        return {id_: Access(id_, 7, 3, frozenset({"annotate"})) for id_ in allowed}

    monkeypatch.setattr(permissions, "access", access)
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
    lines = [Line(each.id, each.name, "written", added=1, kind="Dataset") for each in THINGS]
    assert list(report_store.lines(done.id)) == lines


def test_a_step_has_objects_of_one_kind(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[tuple[str, int, int]] = []

    def noted(step: Step[Thing]) -> list[Line]:
        steps.append((step.kind, step.start, len(step.objects)))
        # What is undone is found by the object's id, which is not its kind's alone.
        step.plan([], [Change(each.id, [step.kind]) for each in step.objects])
        return good(step)

    work(monkeypatch, noted)
    done = finished(store, made(store, "steps.kinds"))
    assert done.result == {"datasets": 5, "wells": 2, "written": 7}
    assert (done.done, done.total) == (5, 5)
    assert steps == [("Dataset", 0, 2), ("Dataset", 2, 2), ("Dataset", 4, 1), ("Well", 5, 2)]
    kinds = [(line.kind, line.id) for line in report_store.lines(done.id)]
    assert kinds == [*(("Dataset", n) for n in range(1, 6)), ("Well", 1), ("Well", 2)]
    assert undo_store.load(done.id, 5, 2)[1].added == ["Well"]
    assert undo_store.load(done.id, 0, 2)[1].added == ["Dataset"]


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


def test_a_step_says_how_far_it_is(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "_WRITE_SECONDS", 0)
    seen: list[int] = []

    def tells(step: Step[Thing]) -> list[Line]:
        lines = good(step)
        step.progress(1)
        now = store.get(one.id)
        assert now is not None
        seen.append(now.done)
        return lines

    work(monkeypatch, tells)
    one = made(store)
    assert finished(store, one).state == "done"
    assert seen == [1, 3, 5]


def test_a_job_whose_last_step_was_stored_says_what_it_did(store: JobStore) -> None:
    """Its worker died before the end, and the database was away since."""
    one = made(store)
    with store.database.transaction() as cursor:
        cursor.execute(
            "update omero_plugin_jobs set message = 'The plugin database does not answer', "
            """checkpoint = '{"next": 5, "outcomes": {"written": 5}}'"""
        )
    done = finished(store, one)
    assert (done.state, done.done, done.message) == ("done", 5, "5 written")
    assert done.result == {"datasets": 5, "written": 5}


@pytest.mark.parametrize("begun", [False, True], ids=["before", "begun"])
def test_a_cancel_stops_a_step_that_has_not_begun(
    store: JobStore, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    monkeypatch.setattr(context, "_WRITE_SECONDS", 0)
    whole: list[int] = []

    def cancelled(step: Step[Thing]) -> list[Line]:
        if begun:
            lines = good(step)
        store.request_cancel(one.id)
        step.progress(0)
        whole.extend(each.id for each in step.objects)
        return lines

    work(monkeypatch, cancelled)
    one = made(store)
    done = finished(store, one)
    seen, message = ([1, 2], "2 written") if begun else ([], "")
    assert (done.state, done.done, done.message, whole) == ("cancelled", len(seen), message, seen)
    assert [(line.id, line.outcome) for line in report_store.lines(one.id)] == [
        (id_, "written") for id_ in seen
    ]


def test_a_worker_that_was_replaced_ends_the_step_that_it_has_begun(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "_WRITE_SECONDS", 0)

    def replaced(step: Step[Thing]) -> list[Line]:
        lines = good(step)
        with store.database.transaction() as cursor:
            cursor.execute("update omero_plugin_jobs set token = token + 1")
        step.progress(1)
        return lines

    work(monkeypatch, replaced)
    one = made(store)
    assert run(one.id, store) is None
    assert [line.id for line in report_store.lines(one.id)] == [1, 2]


def test_a_step_ends_when_its_locks_are_lost(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_locks(step: Step[Thing]) -> list[Line]:
        lines = good(step)
        with store.database.transaction() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
            )
        step.progress(1)
        pytest.fail("it went on")
        return lines

    work(monkeypatch, without_locks)
    waits = finished(store, made(store))
    assert (waits.state, waits.message) == ("queued", "The plugin database does not answer")
    assert {line.outcome for line in report_store.lines(waits.id)} == {"begun"}


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


def test_the_log_names_five_errors_of_a_step(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report has all of them."""
    monkeypatch.setattr(f"{__name__}.THINGS", [Thing(n, f"thing {n}") for n in range(1, 8)])
    work(monkeypatch, lambda step: [Line(e.id, e.name, "error") for e in step.objects])
    done = finished(store, made(store, "steps.other"))
    texts = [line["text"] for line in store.log_after(done.id, 0)]
    assert texts == [f"Dataset {n}, thing {n}: " for n in range(1, 6)]
    assert len(list(report_store.lines(done.id))) == 7


@pytest.mark.parametrize(
    ("failing", "message"), [(1, "1 error, 4 written"), (2, "2 errors, 3 written")]
)
def test_what_went_wrong_is_counted_beside_what_did_not(
    store: JobStore, monkeypatch: pytest.MonkeyPatch, failing: int, message: str
) -> None:
    def some_fail(step: Step[Thing]) -> list[Line]:
        lines = good(step)
        return [replace(each, outcome="error") if each.id <= failing else each for each in lines]

    work(monkeypatch, some_fail)
    done = finished(store, made(store))
    assert (done.state, done.message) == ("done", message)
    assert done.result == {"datasets": 5, "written": 5 - failing, "error": failing}


def test_a_job_holds_the_lock_of_what_it_changes(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(step: Step[Thing]) -> list[Line]:
        with group_locks(step.groups().values()):
            pass
        with pytest.raises(Locked), group_locks(step.groups().values(), ANNOTATIONS + 1):
            pytest.fail("two hold the same lock")
        return good(step)

    work(monkeypatch, look)
    assert finished(store, made(store, "steps.other")).state == "done"


def test_the_locks_of_a_group_are_held_by_one(store: JobStore) -> None:
    with group_locks([3, 3]):
        # Another kind of thing in the same group, and the same in another group, are free.
        with group_locks([3], ANNOTATIONS + 1), group_locks([5]):
            pass
        with pytest.raises(Locked), group_locks([4, 3]):
            pytest.fail("two hold the same lock")
    with group_locks([4, 3]):
        pass


def test_a_worker_that_was_given_up_is_waited_for(store: JobStore) -> None:
    """Its lease has ended, its step has not: no attempt is lost, and nobody's place is taken."""
    one = made(store)
    with group_locks([3]):
        waits = finished(store, one)
        assert (waits.state, waits.attempt, waits.worker) == ("queued", 0, "")
        assert waits.message == "Waits for another job in the same group of OMERO to end its step"
        assert waits.run_after > waits.created + timedelta(seconds=4)
        assert turns.next_ones(store) == []
    with store.database.transaction() as cursor:
        cursor.execute("update omero_plugin_jobs set run_after = now()")
    assert turns.next_ones(store) == [(one.id, "default")]
    assert finished(store, one).state == "done"


def test_what_undoing_needs_is_stored_before_and_after_each_change(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stores(step: Step[Thing]) -> list[Line]:
        lines = [Line(each.id, each.name, "written", added=1) for each in step.objects]
        step.plan(lines, [Change(e.id, [["tag", e.id]], [["old", "'x"]]) for e in step.objects])
        step.added({each.id: [(["tag", each.id], 100 + each.id)] for each in step.objects[:1]})
        return lines

    work(monkeypatch, stores)
    one = finished(store, made(store))
    for at, ids in ((0, [1, 2]), (1, [1, 2]), (2, [3, 4]), (4, [5])):
        assert list(undo_store.load(one.id, at, 1)) == ids
    assert list(undo_store.load(one.id, 0, 5)) == [1, 2, 3, 4, 5]
    assert undo_store.load(one.id, 0, 1) == {
        1: Change(1, [["tag", 1]], [["old", "'x"]], [101]),
        2: Change(2, [["tag", 2]], [["old", "'x"]], [UNKNOWN]),
    }
    # Step by step, which is how all of a job is undone.
    whole = list(undo_store.all_of(one.id))
    assert [(each.id, each.added) for each in whole] == [(n, [["tag", n]]) for n in range(1, 6)]
    assert undo_store.is_stored(one.id)
    with store.database.transaction() as cursor:
        cursor.execute("delete from omero_plugin_jobs where id = %s", (one.id,))
    assert not undo_store.is_stored(one.id)


@pytest.mark.usefixtures("django")
def test_a_job_that_has_ended_is_undone_by_its_user_alone(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from omero_plugin_common import job_views

    monkeypatch.setattr(job_views, "job_store", lambda: store)
    monkeypatch.setattr(launch, "job_store", lambda: store)
    monkeypatch.setattr(launch, "send", lambda *_: None)
    monkeypatch.setattr(RateLimiter, "check", lambda *_: None)
    monkeypatch.setattr(job_views, "reverse", lambda name, args: f"{name} {args[0]}")

    def asked(one: Job, user: Gateway) -> tuple[int, Any]:
        address = f"/jobs/{one.id}/undo/"
        asks = request("POST", address=address)
        return answered(job_views.undo_job(asks, conn=user, job_id=one.id))

    ada = Gateway("ada")
    one = made(store)
    status, body = asked(one, ada)
    assert (status, body["code"]) == (409, "job_not_ended")
    assert job_views.job_as_json(one)["undo"] is None
    done = finished(store, one)
    status, body = asked(done, ada)
    assert (status, body["code"]) == (409, "nothing_to_undo")
    undo_store.plan(done.id, 0, [Change(1, [], [["old"]])])
    assert job_views.job_as_json(done)["undo"] == f"omero_plugin_common_job_undo {one.id}"
    assert asked(done, Gateway("grace", user_id=8))[0] == 404
    assert asked(finished(store, made(store, "steps.silent")), ada)[0] == 404
    status, body = asked(done, ada)
    assert (status, body["kind"], body["state"]) == (200, "steps.undo", "queued")
    started = store.get(UUID(body["id"]))
    assert started is not None
    assert (started.parameters, started.group_id) == ({"job": str(one.id)}, one.group_id)


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
