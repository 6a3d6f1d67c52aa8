"""Why a pod does not run: reason, object and cure."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.health.pods import trouble
from operator_builders import pod, waiting


def crashed(**terminated: Any) -> dict[str, Any]:
    return waiting("CrashLoopBackOff", lastState={"terminated": terminated} if terminated else {})


ROWS: dict[str, tuple[dict[str, Any], str, str]] = {
    "unschedulable": (
        {
            "conditions": [
                {
                    "type": "PodScheduled",
                    "status": "False",
                    "message": "0/3 nodes: Insufficient memory.",
                }
            ]
        },
        "Unschedulable",
        "pod pod-0 fits no node: 0/3 nodes: Insufficient memory. Add capacity, lower "
        "spec.*.resources, or check storage and spec.scheduling.",
    ),
    **{
        reason: (
            {"containerStatuses": [waiting(reason, "manifest unknown")]},
            "ImageCannotBePulled",
            "image 'example.org/x:1' of pod pod-0 cannot be pulled (manifest unknown); check its "
            "name in spec.images or the operator's chart, and spec.images.pullSecrets",
        )
        for reason in ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull")
    },
    "pull without details": (
        {"containerStatuses": [waiting("ErrImageNeverPull")]},
        "ImageCannotBePulled",
        "image 'example.org/x:1' of pod pod-0 cannot be pulled (ErrImageNeverPull); check its "
        "name in spec.images or the operator's chart, and spec.images.pullSecrets",
    ),
    **{
        reason: (
            {"containerStatuses": [waiting(reason, 'secret "ldap" not found')]},
            reason,
            'container main of pod-0: secret "ldap" not found',
        )
        for reason in ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")
    },
    "crash loop": (
        {"containerStatuses": [crashed(reason="Error", exitCode=1)]},
        "CrashLooping",
        "container main of pod pod-0 ends again and again (Error, code 1); read `kubectl logs "
        "pod-0 -c main --previous`",
    ),
    "crash loop with last words": (
        {"containerStatuses": [crashed(reason="Error", exitCode=3, message="a\nno database\n")]},
        "CrashLooping",
        "container main of pod pod-0 ends again and again (Error, code 3): no database; read "
        "`kubectl logs pod-0 -c main --previous`",
    ),
    "crash loop without a trace": (
        {"containerStatuses": [crashed()]},
        "CrashLooping",
        "container main of pod pod-0 ends again and again; read `kubectl logs pod-0 -c main "
        "--previous`",
    ),
    "out of memory": (
        {"containerStatuses": [crashed(reason="OOMKilled", exitCode=137, message="  ")]},
        "CrashLooping",
        "container main of pod pod-0 ends again and again (OOMKilled, code 137); read `kubectl "
        "logs pod-0 -c main --previous`",
    ),
    "init container": (
        {"initContainerStatuses": [waiting("ErrImagePull", "x", name="prepare-var")]},
        "ImageCannotBePulled",
        "image 'example.org/x:1' of pod pod-0 cannot be pulled (x); check its name in spec.images "
        "or the operator's chart, and spec.images.pullSecrets",
    ),
}


@pytest.mark.parametrize(("status", "reason", "message"), ROWS.values(), ids=ROWS.keys())
def test_trouble(status: dict[str, Any], reason: str, message: str) -> None:
    found = trouble([pod("web", **status)])
    assert found is not None
    assert (found.status, found.reason, found.message) == ("False", reason, message)


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"conditions": [{"type": "PodScheduled", "status": "True"}]},
        {"conditions": [{"type": "Ready", "status": "False"}]},
        {"containerStatuses": [waiting("ContainerCreating")]},
        {"containerStatuses": [waiting("PodInitializing")]},
        {"containerStatuses": [{"name": "main", "image": "x", "state": {"running": {}}}]},
        {"containerStatuses": [{"name": "main", "image": "x"}]},
    ],
    ids=["new", "scheduled", "unready", "creating", "initializing", "running", "no state"],
)
def test_ordinary_start_is_no_trouble(status: dict[str, Any]) -> None:
    assert trouble([pod("web", **status)]) is None


def test_no_pods_no_trouble() -> None:
    assert trouble([]) is None


def test_one_pod_in_trouble_among_good_ones_is_found() -> None:
    bad = pod("web", "b", containerStatuses=[waiting("ErrImagePull")])
    found = trouble([pod("web", "a"), bad])
    assert found is not None
    assert "pod b" in found.message
