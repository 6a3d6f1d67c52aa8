"""QuotasRespected and the record of the last report."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omero_operator.desired.plan import desired
from omero_operator.health import quota_runs, quotas
from omero_operator.identity.kinds import Manifest
from omero_operator.state.condition import ConditionValue
from operator_builders import NAMES, component, container, context, job, observed, pod, spec

# The clock of these tests is at 2026-06-01T12:00:00Z.
NOW, LONG_PAST = "2026-06-01T11:45:00Z", "2026-06-01T02:00:00Z"
FULLEST = [
    {"id": 5, "name": "Liver", "used": 99, "limit": 99},
    {"id": 6, "name": "", "used": 90, "limit": 100},
    {"id": 7, "name": "Brain", "used": 1, "limit": 100},
]
GOOD: Manifest = {
    "limits": True,
    "counted": "2026-06-01T11:41:00Z",
    "groups": 14,
    "nearlyFull": 1,
    "full": 1,
    "fullest": FULLEST,
}
FREE = {**GOOD, "nearlyFull": 0, "full": 0, "fullest": FULLEST[2:]}


def run(outcome: str, created: str = NOW) -> Manifest:
    return job("one", outcome, owner=NAMES.quotas, created=created)


def said(message: Manifest | str) -> Manifest:
    text = message if isinstance(message, str) else json.dumps(message)
    state = {"terminated": {"exitCode": 0, "message": text}}
    found = pod("quotas", "one-x", containerStatuses=[container(state=state)])
    found["metadata"]["labels"]["batch.kubernetes.io/job-name"] = "one"
    return found


def site(*runs: Manifest, pods: tuple[Manifest, ...] = (), **fields: Any) -> tuple[Any, Any]:
    status = fields.pop("status", {})
    tools = {"enabled": fields.pop("enabled", True)}
    ctx = context(spec(web={"plugins": {"adminTools": tools}}, **fields))
    return ctx, observed(runs=runs, pods=pods, status=status)


def judge(*runs: Manifest, pods: tuple[Manifest, ...] = (), **fields: Any) -> ConditionValue:
    ctx, view = site(*runs, pods=pods, **fields)
    return quotas.judge(ctx, component("quotas"), view)


def record(*runs: Manifest, pods: tuple[Manifest, ...] = (), **fields: Any) -> Manifest:
    found = quota_runs.record(*site(*runs, pods=pods, **fields))
    return found.model_dump(by_alias=True)


def test_a_report_is_in_the_status_and_stays_when_its_pod_is_gone() -> None:
    found = record(run("Complete"), pods=(said(GOOD),))
    assert {**found, "since": ""} == {
        **GOOD,
        "lastRun": NOW,
        "lastResult": "Succeeded",
        "lastSuccess": NOW,
        "message": "",
        "schedule": "*/15 * * * *",
        "since": "",
    }
    assert record(status={"quotas": found}) == found
    assert record(run("Complete"), status={"quotas": found}) == found


def test_full_groups_are_named_with_what_to_do() -> None:
    value = judge(run("Complete"), pods=(said(GOOD),))
    assert (value.status, value.reason) == ("False", "GroupsFull")
    assert value.message == (
        "1 full and 1 nearly full of 14 groups with a quota, counted at 2026-06-01T11:41:00Z: "
        "Liver 100 %, 6 90 %; uploads into a full group are rejected until it deletes something or "
        "an administrator of OMERO raises its quota"
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({**GOOD, "full": 0, "fullest": FULLEST[1:]}, ("True", "GroupsNearlyFull")),
        (FREE, ("True", "Respected")),
        ({**FREE, "limits": False, "groups": 0, "counted": ""}, ("True", "NoQuotas")),
        ({**FREE, "counted": ""}, ("Unknown", "NotCounted")),
        ({**FREE, "counted": LONG_PAST}, ("Unknown", "CountOld")),
    ],
    ids=["nearly full", "free", "no quotas", "not counted", "counted long ago"],
)
def test_what_a_report_means(words: Manifest, expected: tuple[str, str]) -> None:
    value = judge(run("Complete"), pods=(said(words),))
    assert (value.status, value.reason) == expected


def test_figures_from_before_a_failure_are_not_taken_for_new_ones() -> None:
    before = record(run("Complete", LONG_PAST), pods=(said(FREE),))
    failed = (run("Failed"),), (said({"error": "the plugin database is away"}),)
    found = record(*failed[0], pods=failed[1], status={"quotas": before})
    assert (found["lastSuccess"], found["counted"]) == (LONG_PAST, FREE["counted"])
    value = judge(*failed[0], pods=failed[1], status={"quotas": before})
    assert (value.status, value.reason) == ("Unknown", "ReportFailed")
    assert "the plugin database is away; make one now: kubectl create job" in value.message
    # The next good one says no more of it.
    again = record(run("Complete", "2026-06-01T11:50:00Z"), pods=(said(FREE),),
                   status={"quotas": found})  # fmt: skip
    assert (again["lastResult"], again["message"]) == ("Succeeded", "")


def test_reports_that_do_not_come_are_overdue() -> None:
    before = record(run("Complete", LONG_PAST), pods=(said(FREE),))
    assert judge(status={"quotas": {**before, "since": LONG_PAST}}).reason == "ReportOverdue"
    # A new schedule counts from when it holds; so does a new site.
    assert judge(status={"quotas": {**before, "since": NOW}}).reason != "ReportOverdue"
    assert judge().reason == "NoReportYet"


@pytest.mark.parametrize(
    "words",
    [
        "usage: omero-web-container web | uploads",
        "[]",
        {},
        {**GOOD, "counted": "yesterday"},
        {**GOOD, "counted": "2026-06-01T11:41:00"},
        {**GOOD, "full": -1},
        {**GOOD, "fullest": FULLEST * 4},
        {**GOOD, "fullest": [{**FULLEST[0], "limit": 2**63}]},
        {**GOOD, "fullest": [{**FULLEST[0], "limit": 0}]},
        {**GOOD, "fullest": [{**FULLEST[0], "name": "x" * 256}]},
    ],
    ids=str,
)
def test_words_that_are_no_report_change_no_figure(words: Manifest | str) -> None:
    before = record(run("Complete", LONG_PAST), pods=(said(FREE),))
    found = record(run("Complete"), pods=(said(words),), status={"quotas": before})
    assert {key: found[key] for key in FREE} == FREE
    assert (found["lastResult"], found["lastSuccess"]) != ("Succeeded", NOW)


def test_a_site_without_admin_tools_has_neither_report_nor_figures() -> None:
    before = record(run("Complete"), pods=(said(GOOD),))
    assert record(enabled=False, status={"quotas": before})["schedule"] == ""
    ctx, _ = site(enabled=False)
    assert not [each for each in desired(ctx) if each["metadata"]["name"] == NAMES.quotas]


def test_no_report_is_made_while_a_site_sleeps_or_is_upgraded() -> None:
    assert judge(hibernated=True).reason == "Hibernated"
    for ctx in (site(hibernated=True)[0], site()[0].having(stopped=frozenset({"maintenance"}))):
        (made,) = (m for m in desired(ctx) if m["kind"] == "CronJob" and "quotas" in str(m))
        assert made["spec"]["suspend"]
