"""Events: one object per thing said, and never a reason for a pass to fail."""

from __future__ import annotations

import asyncio
import logging
import re

import pytest

from omero_operator.cluster import events
from omero_operator.identity.kinds import Manifest
from operator_builders import NAME, NAMESPACE, UID, Cluster, platform


def post(cluster: Cluster, message: str = "it works", reason: str = "Ready") -> None:
    asyncio.run(events.post(cluster, platform(), "Normal", reason, message))


def stored(cluster: Cluster) -> list[Manifest]:
    return [item for (kind, _, _), item in cluster.objects.items() if kind == "Event"]


def test_event_points_at_its_platform() -> None:
    cluster = Cluster()
    post(cluster)
    (event,) = stored(cluster)
    assert event["involvedObject"]["uid"] == UID
    assert event["involvedObject"]["kind"] == "OmeroPlatform"
    assert (event["type"], event["reason"], event["message"]) == ("Normal", "Ready", "it works")
    assert (event["metadata"]["namespace"], event["count"]) == (NAMESPACE, 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["firstTimestamp"])


def test_repeat_raises_a_counter() -> None:
    cluster = Cluster()
    for _ in range(3):
        post(cluster)
    (event,) = stored(cluster)
    assert event["count"] == 3


def test_other_words_are_another_event() -> None:
    cluster = Cluster()
    post(cluster)
    post(cluster, "it does not")
    post(cluster, reason="Other")
    assert len({event["metadata"]["name"] for event in stored(cluster)}) == 3
    assert all(event["metadata"]["name"].startswith(f"{NAME}.") for event in stored(cluster))


def test_long_message_is_cut_where_kubernetes_would_refuse_it() -> None:
    cluster = Cluster()
    post(cluster, "x" * 5000)
    assert len(stored(cluster)[0]["message"]) == 1024


@pytest.mark.parametrize("status", [0, 403, 404, 422, 503])
def test_refusal_is_logged_and_changes_nothing(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    cluster = Cluster()
    cluster.refusals["create Event"] = status
    with caplog.at_level(logging.WARNING):
        post(cluster)
    assert "event Ready of demo not posted" in caplog.text


def test_event_that_expired_meanwhile_is_let_go() -> None:
    cluster = Cluster()
    cluster.refusals["create Event"] = 409
    post(cluster)
    assert stored(cluster) == []
