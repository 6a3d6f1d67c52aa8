"""Workers that die, jobs that are cancelled, two jobs at once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from omero_plugin_common.jobs import context, turns
from omero_plugin_common.jobs.upkeep import give_back_all
from omero_plugin_common.steps import report_store, run
from omeroweb_omp_plugin.omero_api import remove as removing
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.planning import signed
from omeroweb_omp_plugin.services import apply_plans, change_images
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.job_parameters import WriteJob
from omeroweb_omp_plugin.store.hash_keys import site_keys
from omp_lab import Lab

NAMES = ParserSettings("separators", "_", ("Line", "Number", "Stain"))


class Dies(BaseException):
    """A worker that is killed: nothing catches it."""


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of two images, so that six images are three."""
    monkeypatch.setattr(run, "STEP", 2)


def job(lab: Lab, images: list[int], mode: Any = "replace_own") -> Any:
    ada = int(lab.user("ada").getUserId())
    made = previewing.make_preview(ada, lab.select("ada", images), NAMES, {}, mode)
    return lab.start("ada", "notes", "omp.write", WriteJob(preview=made.id))


def dying(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, at: int, *, after: bool
) -> Callable[[], None]:
    """The worker dies at the n-th call of a function, before or after it did its work."""
    real, calls = getattr(module, name), 0

    def killed(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at and not after:
            raise Dies
        result = real(*arguments)
        if calls == at:
            raise Dies
        return result

    monkeypatch.setattr(module, name, killed)
    return lambda: monkeypatch.setattr(module, name, real)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("module", "name"),
    [(change_images, "write_sets"), (change_images, "remove"), (report_store, "save")],
    ids=["write", "remove", "report"],
)
@pytest.mark.parametrize("mode", ["add", "replace_own", "replace_all"])
def test_a_killed_worker_leaves_nothing_twice_and_nothing_out(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, mode: str, after: bool
) -> None:
    if mode == "add" and name == "remove":
        module, name = apply_plans, "signed_set"
    images = lab.images("notes")
    for image in images:
        lab.annotate("ada", [image], {"typed": "by hand"})
        old = signed((("Line", "old"),), image, "names", site_keys())
        if mode != "add":
            lab.annotate("ada", [image], dict(old.pairs), note=old.description)
    one = job(lab, images, mode)
    restore = dying(monkeypatch, module, name, 2, after=after)
    lab.finish(one, dying=Dies)
    # At no time is an image without a set.
    assert all(lab.pairs(image) for image in images)
    restore()
    lab.revive(one)
    done = lab.finish(one)
    assert done.state == "done", done.error_text
    assert done.done == 6
    for number, image in enumerate(images, start=1):
        typed = [] if mode == "replace_all" else [{"typed": "by hand"}]
        wanted = {"Line": "HeLa", "Number": f"{number:02}", "Stain": "DAPI"}
        assert lab.pairs(image) == [*typed, wanted]
    # The report is the job's: what the killed worker had done counts as well.
    outcome = "written" if mode == "add" else "replaced"
    assert done.result == {"images": 6, outcome: 6}
    lines = sorted(report_store.lines(one.id), key=lambda line: line.id)
    removed = {"add": 0, "replace_own": 1, "replace_all": 2}[mode]
    assert [(each.id, each.outcome, each.added, each.removed) for each in lines] == [
        (image, outcome, 3, removed) for image in images
    ]


def test_a_cancelled_job_stops_between_two_steps(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    images = lab.images("notes")
    one = job(lab, images)
    real = report_store.save

    def cancel(*arguments: Any) -> None:
        real(*arguments)
        lab.store().request_cancel(one.id)

    monkeypatch.setattr(report_store, "save", cancel)
    done = lab.finish(one)
    assert (done.state, done.done) == ("cancelled", 2)
    assert [bool(lab.pairs(image)) for image in images] == [True, True, *[False] * 4]


def test_a_step_that_has_begun_is_done_whole_when_the_job_is_cancelled(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The moment in which an image has both its old sets and its new one."""
    images = lab.images("notes")
    lab.annotate("ada", images, {"typed": "by hand"})
    one = job(lab, images, "replace_all")
    real = change_images.write_sets

    def cancel(*arguments: Any) -> Any:
        lab.store().request_cancel(one.id)
        # The worker knows it at once, as it would after a heartbeat.
        monkeypatch.setattr(context, "_WRITE_SECONDS", 0)
        return real(*arguments)

    monkeypatch.setattr(change_images, "write_sets", cancel)
    done = lab.finish(one)
    assert (done.state, done.done, done.message) == ("cancelled", 2, "2 replaced")
    first = {"Line": "HeLa", "Number": "01", "Stain": "DAPI"}
    written = [[first], [first | {"Number": "02"}]]
    assert [lab.pairs(image) for image in images] == [*written, *[[{"typed": "by hand"}]] * 4]
    lines = list(report_store.lines(one.id))
    assert [(each.id, each.outcome) for each in lines] == [(id_, "replaced") for id_ in images[:2]]


def test_what_a_lost_worker_had_begun_is_in_the_report(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = lab.images("notes")
    one = job(lab, images)
    dying(monkeypatch, change_images, "write_sets", 2, after=True)
    lab.finish(one, dying=Dies)
    lab.store().request_cancel(one.id)
    [lost] = give_back_all(lab.store(), socket.gethostname())
    assert (lost.id, lost.state) == (one.id, "cancelled")
    outcomes = [each.outcome for each in report_store.lines(one.id)]
    assert outcomes == ["written"] * 2 + ["begun"] * 2


def test_two_jobs_on_the_same_images_write_each_set_once(lab: Lab) -> None:
    images = lab.images("notes")
    both = [job(lab, images, "add") for _ in range(2)]
    threads = [threading.Thread(target=lab.finish, args=(one,)) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # The one that waited for the other gave its place back, and is called.
    for waiting, _ in turns.next_ones(lab.store()):
        lab.finish(next(one for one in both if one.id == waiting))
    assert all(len(lab.pairs(image)) == 1 for image in images)
    states = [lab.store().get(one.id).state for one in both]  # type: ignore[union-attr]
    assert states == ["done", "done"]


def test_a_server_that_is_away_is_tried_again(lab: Lab) -> None:
    images = lab.images("notes")
    one = job(lab, images)
    lab.order(
        call="IUpdate.saveAndReturnIds", kind="refused", error="ConcurrencyException", times=1
    )
    assert lab.finish(one).state == "queued"
    lab.revive(one)
    assert lab.finish(one).state == "done"
    assert all(len(lab.pairs(image)) == 1 for image in images)


# What ome.services.util.ServiceHandler of OMERO.server makes of a database that restarts.
ADMIN_SHUTDOWN = (
    " Wrapped Exception: (org.springframework.orm.hibernate3.HibernateJdbcException):\n"
    "JDBC exception on Hibernate data access: SQLException for SQL [select nextval('seq_link')]; "
    "SQL state [57P01]; error code [0]; could not get next sequence value; nested exception is "
    "org.hibernate.exception.GenericJDBCException: could not get next sequence value"
)
CONNECTION_LOST = (
    " Wrapped Exception: (org.springframework.dao.DataAccessResourceFailureException):\n"
    "could not execute query; nested exception is "
    "org.hibernate.exception.JDBCConnectionException: could not execute query"
)
DISK_FULL = ADMIN_SHUTDOWN.replace("57P01", "53100")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        ("IUpdate.saveAndReturnIds", "InternalException", ADMIN_SHUTDOWN),
        ("IUpdate.saveAndReturnIds", "InternalException", CONNECTION_LOST),
        ("IUpdate.saveAndReturnIds", "InternalException", DISK_FULL),
        ("IQuery.projection", "DatabaseBusyException", "cannot create transaction"),
        ("Command.Delete2", "InternalException", CONNECTION_LOST),
    ],
    ids=["stopped", "lost", "full", "busy", "in a command"],
)
def test_a_restart_of_omeros_database_is_waited_for(
    lab: Lab, call: str, error: str, message: str
) -> None:
    images = lab.images("notes")
    for image in images:
        lab.annotate("ada", [image], {"typed": "by hand"})
    one = job(lab, images, "replace_all")
    lab.order(call=call, kind="refused", error=error, message=message, times=2)
    for attempt in (1, 2):
        waits = lab.finish(one)
        assert (waits.state, waits.attempt) == ("queued", attempt)
        told = waits.as_json()
        assert told["message"] == "OMERO.server cannot use its database at the moment"
        assert told["nextAttempt"] > told["created"]
        lab.revive(one)
    done = lab.finish(one)
    assert (done.state, done.result) == ("done", {"images": 6, "replaced": 6})
    wanted = {"Line": "HeLa", "Stain": "DAPI"}
    assert [lab.pairs(image) for image in images] == [
        [wanted | {"Number": f"{number:02}"}] for number in range(1, 7)
    ]


@pytest.mark.parametrize(
    ("error", "code"),
    [("InternalException", "internal"), ("SecurityViolation", "all_failed")],
)
def test_what_will_not_pass_fails_at_once(lab: Lab, error: str, code: str) -> None:
    images = lab.images("notes")
    one = job(lab, images, "add")
    lab.order(
        call="IUpdate.saveAndReturnIds",
        kind="refused",
        error=error,
        message=" Wrapped Exception: (java.lang.NullPointerException):\nnull",
        times=20,
    )
    failed = lab.finish(one)
    lab.forget_faults()
    assert (failed.state, failed.error_code, failed.attempt) == ("failed", code, 1)


def test_a_refused_removal_is_an_error_of_its_image(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = lab.images("notes")[:2]
    for image in images:
        lab.annotate("ada", [image], {"typed": "by hand"})
    real = removing.commands.run

    def refused(conn: Any, request: Any, *rest: Any) -> Any:
        [ids] = request.targetObjects.values()
        if len(ids) > 1 or ids == [lab.sets(images)[images[0]][0].annotation]:
            raise removing.commands.CommandFailed("not this one")
        return real(conn, request, *rest)

    monkeypatch.setattr(removing.commands, "run", refused)
    done = lab.finish(job(lab, images, "replace_all"))
    assert done.result == {"images": 2, "error": 1, "replaced": 1}
    assert len(lab.pairs(images[0])) == 2
