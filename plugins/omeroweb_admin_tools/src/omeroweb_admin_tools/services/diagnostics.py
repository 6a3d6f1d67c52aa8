"""Runs of checks, started from the page: each check is done by a pod that can do it.

A run is `{"id", "started", "ended" or null, "by", "checks": [{"check", "proves", "place",
"seconds"}, …], "results": [{"check", "place", "outcome", "words", "advice", "seconds"}, …],
"totals", "not_stored"}`. While it is under way it is in Redis, and then in the plugin database.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import kombu.exceptions
import psycopg2
import redis

from omero_plugin_common.broker import app
from omero_plugin_common.env_utils import EnvironmentProblem
from omero_plugin_common.errors import BadRequest, NotFound, Unavailable
from omeroweb_admin_tools.doctor import catalogue
from omeroweb_admin_tools.doctor.model import Check, Outcome
from omeroweb_admin_tools.doctor.places import PLACES, WEB, Place, at, place_of
from omeroweb_admin_tools.doctor.run import run as run_checks
from omeroweb_admin_tools.services import run_report
from omeroweb_admin_tools.store import running_checks, runs

LOGGER: Final = logging.getLogger(__name__)
TASK: Final = "omeroweb_admin_tools.check"
# A worker that is idle takes a message at once; one that is busy may not in this time.
_TAKEN_SECONDS: Final = 30.0
# For the result of the last check on its way.
_SPARE_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.5
_HISTORY: Final = 50
# The scripts of the Docker edition.
_SCRIPTS: Final = {
    "omero_server_core": ["omero", "web"],
    "omero_database": ["omero-database", "omero.database"],
    "plugin_database": ["plugin-database"],
    "platform_end_to_end": [],
}
_AWAY: Final = (psycopg2.Error, Unavailable, EnvironmentProblem)


def known() -> dict[str, Any]:
    """All checks, and where each is done."""
    return {
        "checks": [_described(each) for each in catalogue.checks()],
        "places": [
            {"key": each.key, "title": each.title, "why": each.why} for each in PLACES.values()
        ],
    }


def start(by: str, wanted: Sequence[str]) -> dict[str, Any]:
    """Begin a run, or show the one that is under way: there is one at a time.

    Args:
        by: who wants it.
        wanted: names of checks, or what they begin with; all checks without one.

    Raises:
        BadRequest: there is no such check.
    """
    checks = _chosen(wanted)
    id_ = uuid4()
    run = {
        "id": str(id_),
        "started": _now(),
        "ended": None,
        "by": by,
        "checks": [_described(each) for each in checks],
        "not_stored": "",
    }
    current = running_checks.begin(id_, run)
    if current == id_:
        threading.Thread(
            target=_conduct, args=(id_, run, checks), name=f"run {id_}", daemon=True
        ).start()
    return {"request_id": str(current), "joined": current != id_}


def state(id_: UUID) -> dict[str, Any]:
    """A run, as far as it is.

    Raises:
        NotFound: there is none of this id.
    """
    found = running_checks.load(id_)
    if found is not None:
        run, added = found
        return _whole(run, added)
    stored = runs.load(id_)
    if stored is None:
        raise NotFound("There is no such run; the newest 200 are stored")
    return stored


def history() -> list[dict[str, Any]]:
    """The newest runs that have ended, without their results."""
    return runs.newest(_HISTORY)


def report(id_: UUID, kind: str) -> str:
    """A run as a file.

    Args:
        id_: of the run.
        kind: `json` or `txt`.

    Raises:
        NotFound: there is no such run, or no such file.
    """
    if kind not in run_report.KINDS:
        raise NotFound("A report is a file report.txt or report.json")
    return run_report.KINDS[kind](state(id_))


def check_here(id_: UUID, place: str, wanted: Sequence[str]) -> None:
    """Do the checks of a place in this process, and add each result to the run.

    Args:
        id_: of the run.
        place: its key.
        wanted: names of the checks.
    """
    running_checks.add(id_, {"place": place, "began": True})
    checks = [each for each in catalogue.checks() if each.name in set(wanted)]
    for result in run_checks(checks):
        running_checks.add(id_, result.as_json() | {"place": place})


def _chosen(wanted: Sequence[str]) -> list[Check]:
    names: list[str] = []
    for each in wanted:
        if each in _SCRIPTS and not _SCRIPTS[each]:
            names = []
            break
        names += _SCRIPTS.get(each, [each])
    try:
        return catalogue.chosen(catalogue.checks(), names)
    except LookupError as error:
        raise BadRequest(
            f"There is no check {str(error.args[0])[:50]!r}", code="no_such_check"
        ) from None


def _described(check: Check) -> dict[str, Any]:
    return {
        "check": check.name,
        "proves": check.proves,
        "place": place_of(check.name).key,
        "seconds": check.seconds,
    }


def _conduct(id_: UUID, run: dict[str, Any], checks: Sequence[Check]) -> None:
    """All of a run, in a thread of the pod that was asked for it."""
    try:
        waits = [
            threading.Thread(target=_elsewhere, args=(id_, place, here), daemon=True)
            for place in PLACES.values()
            if place is not WEB and (here := at(place, checks))
        ]
        for each in waits:
            each.start()
        check_here(id_, WEB.key, [each.name for each in at(WEB, checks)])
        for each in waits:
            each.join()
        _finish(id_, run)
    except redis.RedisError as error:
        LOGGER.warning("the run %s of checks ended without Redis: %s", id_, error)


def _finish(id_: UUID, run: dict[str, Any]) -> None:
    found = running_checks.load(id_)
    run["ended"] = _now()
    try:
        runs.store(_whole(run, found[1] if found else []))
    except _AWAY as error:
        LOGGER.warning("the run %s of checks cannot be stored: %s", id_, error)
        run["not_stored"] = (
            "This run is not in the history, since the plugin database cannot be used. Its report "
            "can be downloaded for six hours"
        )
    running_checks.write(id_, run)
    running_checks.end(id_)


def _elsewhere(id_: UUID, place: Place, checks: Sequence[Check]) -> None:
    """Let another pod do its checks, and say of each that gave no result why."""
    try:
        _send(id_, place, checks)
        for check, words in _missing(id_, place, checks):
            running_checks.add(id_, _failed(check, place, words))
    except (redis.RedisError, kombu.exceptions.OperationalError) as error:
        LOGGER.warning("checks of %s cannot be sent: %s", place.key, error)
        _say_of_all(id_, place, checks, "The queue in Redis cannot be used")


def _say_of_all(id_: UUID, place: Place, checks: Sequence[Check], words: str) -> None:
    try:
        for each in checks:
            running_checks.add(id_, _failed(each, place, words))
    except redis.RedisError:
        # Nor can the page be shown.
        return


def _send(id_: UUID, place: Place, checks: Sequence[Check]) -> None:
    names = [each.name for each in checks]
    app().send_task(
        TASK,
        args=[str(id_), place.key, names],
        queue=place.queue,
        expires=_TAKEN_SECONDS,
        retry=False,
        ignore_result=True,
    )


def _missing(id_: UUID, place: Place, checks: Sequence[Check]) -> Iterator[tuple[Check, str]]:
    """Wait for the results of a place; then those that did not come, and why."""
    began = False
    longest = max(each.seconds for each in checks)
    end = time.monotonic() + _TAKEN_SECONDS
    names = {each.name: each for each in checks}
    while names and time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)
        found = running_checks.load(id_)
        for each in found[1] if found else []:
            if each.get("place") != place.key:
                continue
            names.pop(str(each.get("check")), None)
            if each.get("began") and not began:
                began = True
                end = time.monotonic() + longest + _SPARE_SECONDS
    words = (
        f"{place.title} began, and gave no result within {longest + _SPARE_SECONDS:g} s"
        if began
        else f"{place.title} did not take this check within {_TAKEN_SECONDS:g} s"
    )
    yield from ((each, words[0].upper() + words[1:]) for each in names.values())


def _failed(check: Check, place: Place, words: str) -> dict[str, Any]:
    return {
        "check": check.name,
        "proves": check.proves,
        "place": place.key,
        "outcome": str(Outcome.FAILED),
        "words": words,
        "advice": "See the pods of this worker, their readiness and their log: none runs, or all "
        "of them are busy with jobs",
        "seconds": 0.0,
    }


def _whole(run: dict[str, Any], added: Sequence[dict[str, Any]]) -> dict[str, Any]:
    results: dict[str, dict[str, Any]] = {}
    for each in added:
        if "check" in each:
            results.setdefault(each["check"], each)
    outcomes = [each["outcome"] for each in results.values()]
    totals = {str(outcome): outcomes.count(str(outcome)) for outcome in reversed(Outcome)}
    return {**run, "results": list(results.values()), "totals": totals}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
