"""`kubectl omero status`: what a site is, what is wrong with it, what to do."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Iterator
from typing import Any

from kubectl_omero import wording
from kubectl_omero.errors import GOOD, NOT_GOOD
from kubectl_omero.kubectl import Kubectl
from kubectl_omero.platforms import Platform, find

# Events older than this say nothing of the present.
_RECENT = datetime.timedelta(hours=1)
_EVENTS = 10


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("name", nargs="?", default="", help="the platform; needed if several")
    parser.epilog = "exit codes: 0 the site is ready, 1 it is not, 2 it cannot be looked at"


def run(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """Print it."""
    platform = find(kubectl, arguments.name)
    now = datetime.datetime.now(datetime.UTC)
    for part in (
        _head(platform, now),
        _conditions(platform, now),
        _pods(kubectl.items("pods", f"--selector={platform.pods}"), now),
        _volumes(kubectl, platform),
        _warnings(kubectl.items("events", "--field-selector=type=Warning"), platform, now),
    ):
        sys.stdout.write("\n".join(part) + "\n\n")
    ready = platform.seen and platform.condition("Ready").good
    return GOOD if ready else NOT_GOOD


def _head(platform: Platform, now: datetime.datetime) -> Iterator[str]:
    ready = platform.condition("Ready")
    yield f"OmeroPlatform {platform.namespace}/{platform.name}"
    state = "ready" if ready.good else f"not ready: {ready.reason}"
    yield f"  State     {state}, since {wording.age(ready.since, now)}"
    if platform.paused:
        yield "  Paused    the operator changes nothing until `kubectl omero resume`"
    if not platform.seen:
        yield "  Spec      the operator has not read the latest change yet"
    yield f"  Address   {platform.status.get('url') or 'none: spec.web.ingress is not set'}"
    yield f"  Server    {platform.status.get('version') or 'not known yet'}"
    for volume in platform.status.get("dataVolumes", []):
        if volume.get("growth"):
            yield f"  Growing   {volume['claim']} {wording.plain(volume['growth'])}"
    secret = platform.status.get("rootCredentialsSecret")
    if secret:
        yield f"  Root      the password is in the Secret {secret}"


def _conditions(platform: Platform, now: datetime.datetime) -> list[str]:
    rows = [
        (
            " " if each.good else "!",
            each.type,
            each.status,
            wording.age(each.since, now),
            wording.plain(f"{each.reason}: {each.message}" if each.message else each.reason),
        )
        for each in platform.conditions()
    ]
    return wording.table(("", "CONDITION", "STATUS", "SINCE", "WHAT"), rows)


def _pods(pods: list[dict[str, Any]], now: datetime.datetime) -> list[str]:
    if not pods:
        return ["no pods"]
    rows = []
    for pod in sorted(pods, key=lambda each: str(each["metadata"]["name"])):
        state = pod.get("status", {})
        containers = state.get("containerStatuses", [])
        ready = sum(each["ready"] for each in containers)
        rows.append(
            (
                pod["metadata"]["name"],
                f"{ready}/{len(pod['spec']['containers'])}",
                str(sum(each["restartCount"] for each in containers)),
                wording.age(pod["metadata"].get("creationTimestamp", ""), now),
                wording.plain(_what(state)),
            )
        )
    return wording.table(("POD", "READY", "RESTARTS", "AGE", "STATE"), rows)


def _what(state: dict[str, Any]) -> str:
    """In words: what a pod waits for, or how its containers last ended."""
    said = [str(state.get("phase", "Unknown"))]
    for each in [*state.get("initContainerStatuses", []), *state.get("containerStatuses", [])]:
        waiting = each.get("state", {}).get("waiting", {}).get("reason")
        ended = each.get("lastState", {}).get("terminated", {})
        if waiting and waiting != "PodInitializing":
            said.append(f"{each['name']} waits: {waiting}")
        if ended:
            said.append(f"{each['name']} ended with {ended.get('exitCode')} {ended.get('reason')}")
    return ", ".join(said)


def _volumes(kubectl: Kubectl, platform: Platform) -> list[str]:
    selector = f"--selector=app.kubernetes.io/instance={platform.name}"
    rows = [
        (
            claim["metadata"]["name"],
            claim.get("status", {}).get("phase", "Unknown"),
            claim.get("status", {}).get("capacity", {}).get("storage", "-"),
            claim["spec"].get("storageClassName", "-"),
        )
        for claim in kubectl.items("persistentvolumeclaims", selector)
    ]
    return (
        wording.table(("VOLUME CLAIM", "STATE", "SIZE", "CLASS"), rows) if rows else ["no claims"]
    )


def _warnings(
    events: list[dict[str, Any]], platform: Platform, now: datetime.datetime
) -> list[str]:
    found = [
        (str(when), each)
        for each in events
        if (when := _last(each))
        and (each["involvedObject"].get("name") or "").startswith(platform.name)
        and now - datetime.datetime.fromisoformat(when.replace("Z", "+00:00")) <= _RECENT
    ]
    if not found:
        return ["no warnings in the last hour"]
    found.sort(key=lambda each: each[0], reverse=True)
    rows = [
        (
            wording.age(when, now),
            f"{each['involvedObject']['kind']}/{each['involvedObject']['name']}",
            wording.plain(f"{each.get('reason')}: {each.get('message')}"),
        )
        for when, each in found[:_EVENTS]
    ]
    return wording.table(("AGO", "WARNING OF", "WHAT"), rows)


def _last(event: dict[str, Any]) -> str:
    """When an Event was last seen; old and new ones have different fields."""
    series = event.get("series") or {}
    return str(
        series.get("lastObservedTime")
        or event.get("lastTimestamp")
        or event.get("eventTime")
        or event["metadata"].get("creationTimestamp")
        or ""
    )
