"""Schedules and time zones: the API server runs what the resource admits."""

from __future__ import annotations

import random
from typing import Any

import pytest

import cron_schedules
from omero_operator.api import cron, time_zones
from omero_operator.identity.kinds import CRON_JOB, PLATFORM
from operator_ring.kube import Kube, Refused
from operator_ring.releases import own_namespace

MADE_UP = 40
FRESH = 300


@pytest.fixture(scope="module")
def namespace(kube: Kube) -> str:
    """One for all: nothing is made in it."""
    return own_namespace(kube)


def refusal(kube: Kube, namespace: str, kind: Any, spec: dict[str, Any]) -> str:
    """What the API server has against an object, without making it; empty: nothing."""
    body = {
        "apiVersion": kind.api_version,
        "kind": kind.name,
        "metadata": {"name": "site"},
        "spec": spec,
    }
    try:
        kube.request("POST", kind.path(namespace) + "?dryRun=All", body)
    except Refused as refused:
        return refused.message
    return ""


def of_the_resource(kube: Kube, namespace: str, schedule: str) -> str:
    spec = {"maintenance": {"vacuum": {"schedule": schedule}}}
    return refusal(kube, namespace, PLATFORM, spec)


def of_the_cron_job(kube: Kube, namespace: str, schedule: str, time_zone: str = "UTC") -> str:
    pod = {"containers": [{"name": "x", "image": "x"}], "restartPolicy": "Never"}
    spec = {
        "schedule": schedule,
        "timeZone": time_zone,
        "jobTemplate": {"spec": {"template": {"spec": pod}}},
    }
    return refusal(kube, namespace, CRON_JOB, spec)


def readable(schedule: str) -> bool:
    try:
        cron.parse(schedule)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("schedule", cron_schedules.GOOD)
def test_a_schedule_that_people_write_is_admitted(
    kube: Kube, namespace: str, schedule: str
) -> None:
    assert of_the_resource(kube, namespace, schedule) == ""
    assert of_the_cron_job(kube, namespace, schedule) == ""


@pytest.mark.parametrize(("schedule", "words"), cron_schedules.BAD.items())
def test_the_resource_says_which_part_of_a_schedule_is_wrong(
    kube: Kube, namespace: str, schedule: str, words: str
) -> None:
    message = of_the_resource(kube, namespace, schedule)
    assert "spec.maintenance.vacuum.schedule" in message and words in message


@pytest.mark.parametrize(
    ("seed", "number"),
    [(11, MADE_UP), pytest.param(None, FRESH, marks=pytest.mark.nightly)],
    ids=["the same in each run", "fresh"],
)
def test_no_schedule_that_is_admitted_is_refused_as_a_cron_job(
    kube: Kube, namespace: str, seed: int | None, number: int
) -> None:
    chosen = random.randrange(2**32) if seed is None else seed
    told = f"schedules made up from the seed {chosen}"
    made_up = cron_schedules.made_up(number, chosen)
    schedules = [*cron_schedules.GOOD, *cron_schedules.BAD, *made_up]
    admitted = {text for text in schedules if not of_the_resource(kube, namespace, text)}
    assert {text for text in admitted if of_the_cron_job(kube, namespace, text)} == set(), told
    # What a program reads without a cluster is the same.
    assert {text for text in schedules if readable(text)} == admitted, told
    # The table made up has both kinds.
    assert len(set(cron_schedules.GOOD)) < len(admitted) < len(set(schedules)) / 2


def test_every_time_zone_that_is_passed_on_is_known_to_the_cron_jobs(
    kube: Kube, namespace: str
) -> None:
    names = time_zones.canonical_names()
    assert len(names) > 400
    refused = {name for name in names if of_the_cron_job(kube, namespace, "@daily", name)}
    assert refused == set()


@pytest.mark.parametrize("name", ["Local", "Factory", "localtime", "posix/UTC", "europe/zurich"])
def test_a_time_zone_of_the_machine_is_refused(kube: Kube, namespace: str, name: str) -> None:
    message = refusal(kube, namespace, PLATFORM, {"timeZone": name})
    assert "spec.timeZone" in message and "write an IANA time zone" in message
