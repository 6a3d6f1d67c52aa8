"""The status is written only when it says something new."""

from __future__ import annotations

import asyncio
from typing import Any

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
    return asyncio.run(status.write(cluster, given, CONTENT))


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


def test_what_others_added_is_no_difference() -> None:
    """An apply cannot take it away, so it would be written in every pass."""
    condition = {**CONTENT["conditions"][0], "type": "Theirs"}
    more = {**CONTENT, "theirs": 1, "conditions": [condition, *CONTENT["conditions"]]}
    assert not write(Cluster(platform()), platform(status=more))


def test_changed_entry_of_a_list_is_written() -> None:
    changed = [{**CONTENT["conditions"][0], "status": "False"}]
    for conditions in (changed, []):
        given = platform(status={**CONTENT, "conditions": conditions})
        assert write(Cluster(platform()), given)
    more = {**CONTENT, "maintenance": [{"name": "vacuum"}]}
    assert write(Cluster(platform()), platform(status=more))


def test_platform_that_went_needs_no_status() -> None:
    assert not write(Cluster(), platform())


def test_unreachable_server_is_told() -> None:
    cluster = Cluster(platform())
    cluster.refusals["patch OmeroPlatform"] = 0
    with pytest.raises(TemporaryError):
        write(cluster, platform())


# --- a definition of an older version -------------------------------------------------------------

OLDER: dict[str, Any] = {
    "properties": {
        "status": {
            "properties": {
                "observedGeneration": {},
                "url": {},
                "conditions": {"items": {"properties": {"type": {}, "status": {}}}},
            }
        }
    }
}
KNOWN = {
    "observedGeneration": 1,
    "conditions": [{"type": "Ready", "status": "True"}],
    "url": "",
}


def test_fields_that_an_older_definition_lacks_are_left_out() -> None:
    """Server-side apply refuses a whole status for one field that the schema does not have."""
    cluster = Cluster(platform())
    cluster.definition = OLDER
    assert write(cluster, platform())
    assert (cluster.find(PLATFORM, NAME) or {})["status"] == KNOWN


def test_status_under_an_older_definition_is_not_written_again() -> None:
    cluster = Cluster(platform())
    cluster.definition = OLDER
    assert not write(cluster, platform(status=KNOWN))
    assert cluster.writes == []


def test_field_that_somebody_took_away_comes_back() -> None:
    cluster = Cluster(platform())
    cluster.definition = {"properties": {"status": {}}}
    without = {key: value for key, value in CONTENT.items() if key != "url"}
    assert write(cluster, platform(status=without))
    assert (cluster.find(PLATFORM, NAME) or {})["status"] == CONTENT
