"""The status is written only when it says something new."""

from __future__ import annotations

import asyncio

import pytest

from omero_operator.api.v1alpha1.status import Condition, PlatformStatus
from omero_operator.cluster import status
from omero_operator.cluster.errors import TemporaryError
from omero_operator.identity.kinds import PLATFORM
from operator_builders import NAME, Cluster, platform

STATUS = PlatformStatus(
    observed_generation=1,
    conditions=[Condition(type="Ready", status="True", reason="Ready", last_transition_time="t")],
)
CONTENT = STATUS.model_dump(by_alias=True, mode="json")


def write(cluster: Cluster, given: dict[str, object]) -> bool:
    return asyncio.run(status.write(cluster, given, STATUS))


def test_first_status_is_written() -> None:
    cluster = Cluster(platform())
    assert write(cluster, platform())
    found = cluster.find(PLATFORM, NAME)
    assert found is not None
    assert found["status"] == CONTENT
    assert cluster.writes == [f"patch OmeroPlatform/{NAME}/status"]


def test_same_status_is_not_written_again() -> None:
    cluster = Cluster(platform())
    assert not write(cluster, platform(status=CONTENT))
    assert cluster.writes == []


def test_other_status_is_written() -> None:
    assert write(Cluster(platform()), platform(status={**CONTENT, "url": "http://old/"}))


def test_platform_that_went_needs_no_status() -> None:
    assert not write(Cluster(), platform())


def test_unreachable_server_is_told() -> None:
    cluster = Cluster(platform())
    cluster.refusals["patch OmeroPlatform"] = 0
    with pytest.raises(TemporaryError):
        write(cluster, platform())
