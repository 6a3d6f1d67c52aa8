"""What the status says of a volume that shall grow."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.health import volume_growth


def claim(asked: str, has: str = "", **conditions: str) -> dict[str, Any]:
    found = [
        {"type": kind, "status": "True", "message": message} for kind, message in conditions.items()
    ]
    status = {"phase": "Bound", "capacity": {"storage": has}} if has else {"phase": "Pending"}
    return {
        "spec": {"resources": {"requests": {"storage": asked}}},
        "status": {**status, "conditions": found},
    }


@pytest.mark.parametrize(
    "settled", [claim("10Gi", "10Gi"), claim("10240Mi", "10Gi"), claim("5Gi", "10Gi")]
)
def test_one_that_has_what_it_asks_for(settled: dict[str, Any]) -> None:
    assert volume_growth.words(settled) == ""
    assert volume_growth.size(settled) == "10Gi"


def test_one_that_is_not_bound_grows_not() -> None:
    assert volume_growth.words(claim("10Gi")) == volume_growth.size(claim("10Gi")) == ""


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ({}, "has not begun"),
        ({"Resizing": ""}, "the storage driver enlarges the volume"),
        ({"FileSystemResizePending": "Waiting for user to (re-)start a pod"}, "delete the pod"),
        ({"Resizing": "", "ControllerResizeError": "quota of the array"}, "quota of the array"),
    ],
)
def test_how_far_it_is(conditions: dict[str, str], words: str) -> None:
    said = volume_growth.words(claim("20Gi", "10Gi", **conditions))
    assert said.startswith("from 10Gi to 20Gi: ")
    assert words in said
