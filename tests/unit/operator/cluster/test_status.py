"""The status is written only when it says something new."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from omero_operator.api import crd
from omero_operator.api.v1alpha1.backup import BackupStatus
from omero_operator.api.v1alpha1.release import Operation, Release
from omero_operator.api.v1alpha1.status import (
    Condition,
    DataVolume,
    Endpoints,
    MaintenanceRun,
    PlatformStatus,
)
from omero_operator.api.v1alpha1.written_status import as_written
from omero_operator.cluster import status
from omero_operator.cluster.errors import TemporaryError
from omero_operator.identity.kinds import PLATFORM, Manifest
from operator_builders import NAME, Cluster, platform

STATUS = PlatformStatus(
    observed_generation=1,
    conditions=[Condition(type="Ready", status="True", reason="Ready", last_transition_time="t")],
    url="https://a.org/",
    release=Release(version="0.1.0", images={"web": "w", "server": "s"}),
    data_volumes=[DataVolume(component="server", claim="demo-server")],
)
WHOLE = STATUS.model_dump(by_alias=True, mode="json")
CONTENT = as_written(WHOLE)


def write(cluster: Cluster, given: dict[str, object], content: Any = WHOLE) -> bool:
    return asyncio.run(status.write(cluster, given, content))


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
    "url": "https://a.org/",
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


# --- values that end ------------------------------------------------------------------------------


def written(cluster: Cluster) -> Manifest:
    found: Manifest = (cluster.find(PLATFORM, NAME) or {})["status"]
    return found


FAILED = {**WHOLE, "operation": {"id": "1", "to": "0.2.0", "outcome": "Refused", "failure": "x"}}
RETRIED = {**WHOLE, "operation": Operation(id="2", target="0.2.0").model_dump(by_alias=True)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FAILED, RETRIED),
        (FAILED, WHOLE),
        ({**WHOLE, "backup": {"message": "no space", "kept": 0}}, WHOLE),
        ({**WHOLE, "release": {**WHOLE["release"], "claims": {"a": "b"}}}, WHOLE),
        ({**WHOLE, "foreignFields": [{"object": "o", "field": "f", "manager": "m"}]}, WHOLE),
        (
            {**WHOLE, "dataVolumes": [{**CONTENT["dataVolumes"][0], "growth": "waits"}]},
            WHOLE,
        ),
    ],
    ids=["field", "block", "block with a zero", "entry of a map", "list", "field of an item"],
)
@pytest.mark.parametrize("other", [False, True], ids=["own", "restored by a tool"])
@pytest.mark.parametrize("definition", ["served", "hidden"])
def test_value_that_ends_is_taken_away(
    before: Manifest, after: Manifest, other: bool, definition: str
) -> None:
    """Whoever wrote it beside the operator: the operator would read it as its own memory."""
    before = as_written(before)
    # An apply takes away what its manager applied, and nothing else.
    cluster = Cluster(platform(status=before) if other else platform())
    if definition == "hidden":
        cluster.definition = None
    if not other:
        assert write(cluster, platform(), before)
    assert write(cluster, cluster.find(PLATFORM, NAME) or {}, after)
    assert written(cluster) == as_written(after)
    cluster.writes.clear()
    assert not write(cluster, cluster.find(PLATFORM, NAME) or {}, after)
    assert cluster.writes == []


def test_one_write_is_enough_where_nobody_else_wrote() -> None:
    cluster = Cluster(platform())
    write(cluster, platform(), FAILED)
    write(cluster, cluster.find(PLATFORM, NAME) or {}, RETRIED)
    assert cluster.writes == [f"patch OmeroPlatform/{NAME}/status"] * 2


def test_empty_values_that_an_older_operator_wrote_go_with_one_write() -> None:
    cluster = Cluster(platform())
    asyncio.run(cluster.apply(PLATFORM, {**platform(), "status": WHOLE}, subresource="status"))
    assert written(cluster) == WHOLE != CONTENT
    cluster.writes.clear()
    for _ in range(2):
        write(cluster, cluster.find(PLATFORM, NAME) or {})
    assert cluster.writes == [f"patch OmeroPlatform/{NAME}/status"]
    assert written(cluster) == CONTENT


def test_empty_values_that_nobody_owns_go_as_well() -> None:
    """The API server stores what it filled in under an older definition."""
    cluster = Cluster(platform(status=WHOLE))
    assert write(cluster, platform(status=WHOLE))
    assert written(cluster) == CONTENT


def test_values_that_the_definition_fills_in_are_no_difference() -> None:
    """They come back at every read, so each pass would write."""
    cluster = Cluster(platform())
    cluster.definition = {"properties": {"status": crd.model_schema(PlatformStatus)}}
    assert not write(cluster, platform(status=WHOLE))
    cluster.definition = None
    assert not write(cluster, platform(status=WHOLE))


def test_observed_generation_and_conditions_stay_whole() -> None:
    found = as_written(WHOLE)
    assert found["conditions"] == WHOLE["conditions"]
    assert found["conditions"][0]["message"] == ""
    assert as_written(PlatformStatus().model_dump(by_alias=True)) == {"observedGeneration": -1}


def test_what_has_no_value_is_absent() -> None:
    given = STATUS.model_copy(
        update={
            "endpoints": Endpoints(web="demo-web"),
            "maintenance": [MaintenanceRun(name="vacuum", schedule="@daily")],
            "backup": BackupStatus(schedule="@daily", since="t"),
        }
    )
    found = as_written(given.model_dump(by_alias=True, mode="json"))
    assert {key: value for key, value in found.items() if key != "conditions"} == {
        "observedGeneration": 1,
        "url": "https://a.org/",
        "endpoints": {"web": "demo-web"},
        "release": {"version": "0.1.0", "images": {"web": "w", "server": "s"}, "behind": False},
        "dataVolumes": [{"component": "server", "claim": "demo-server"}],
        "maintenance": [{"name": "vacuum", "schedule": "@daily"}],
        # None is kept, none was made: that is told.
        "backup": {
            **dict.fromkeys(("bytes", "files", "missing", "differing", "kept"), 0),
            "encrypted": False,
            "schedule": "@daily",
            "since": "t",
        },
    }
    assert as_written(found) == found
    assert PlatformStatus.model_validate(found) == given
