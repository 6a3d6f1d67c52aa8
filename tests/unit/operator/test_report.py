"""Which changes of conditions are worth telling people."""

from __future__ import annotations

import pytest

from omero_operator.api.v1alpha1.status import Condition
from omero_operator.report import worth_telling
from operator_builders import NOW


def condition(kind: str, status: str, reason: str) -> Condition:
    return Condition.model_validate(
        {
            "type": kind,
            "status": status,
            "reason": reason,
            "message": "words",
            "lastTransitionTime": NOW,
        }
    )


@pytest.mark.parametrize(
    ("kind", "before", "status", "reason", "told"),
    [
        ("Ready", "False", "True", "Ready", [("Normal", "words")]),
        ("Ready", "", "True", "Ready", [("Normal", "words")]),
        ("Ready", "True", "False", "CrashLooping", [("Warning", "words")]),
        ("Ready", "", "False", "StartingDatabase", []),
        ("Ready", "False", "False", "StartingServer", []),
        ("WebReady", "True", "False", "CrashLooping", [("Warning", "WebReady: words")]),
        ("WebReady", "False", "False", "ImageCannotBePulled", [("Warning", "WebReady: words")]),
        ("WebReady", "", "False", "Waiting", []),
        ("WebReady", "True", "False", "Progressing", []),
        ("WebReady", "", "Unknown", "Creating", []),
        ("WebReady", "False", "True", "AllReplicasReady", []),
        ("SpecValid", "True", "False", "SpecInvalid", [("Warning", "SpecValid: words")]),
        (
            "MaintenanceHealthy",
            "True",
            "False",
            "LastRunFailed",
            [("Warning", "MaintenanceHealthy: words")],
        ),
        ("Paused", "False", "True", "PausedByAnnotation", [("Normal", "Paused: words")]),
        ("Paused", "", "False", "NotPaused", []),
        ("Ready", "True", "False", "Hibernated", [("Normal", "words")]),
        ("WebReady", "True", "False", "Hibernated", []),
        ("Stalled", "", "False", "NotStalled", []),
        ("Stalled", "False", "True", "VolumeLost", []),
    ],
    ids=[
        "site works",
        "site works at first sight",
        "site fails",
        "site begins",
        "site goes on starting",
        "component fails",
        "other fault",
        "component waits",
        "component rolls",
        "component is made",
        "component works",
        "bad specification",
        "bad maintenance",
        "pause begins",
        "no pause",
        "site sleeps",
        "component sleeps",
        "nothing is stalled",
        "stalled, as another condition says",
    ],
)
def test_change(
    kind: str, before: str, status: str, reason: str, told: list[tuple[str, str]]
) -> None:
    found = worth_telling(condition(kind, status, reason), {"status": before, "reason": "Old"})
    assert found == told
