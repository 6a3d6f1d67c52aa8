"""What conditions say of workloads with an autoscaler."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.health import workload
from omero_operator.identity.kinds import DEPLOYMENT
from omero_operator.identity.labels import SCALED_BY
from omero_operator.state.condition import ConditionValue
from operator_builders import component, context, observed, spec
from operator_builders import workload as shown

CTX = context(spec(worker={"replicas": 0, "autoscaling": {"minReplicas": 0}}))


def deployment(replicas: int, *, scaled: bool = True) -> dict[str, Any]:
    item = shown(DEPLOYMENT, "demo-worker", replicas)
    if scaled:
        item["metadata"]["annotations"] = {SCALED_BY: "ScaledObject"}
    return item


def scaler(kind: str, condition: str, status: str) -> dict[str, Any]:
    said = {"type": condition, "status": status, "message": "no metrics"}
    return {"kind": kind, "metadata": {"name": "demo-worker"}, "status": {"conditions": [said]}}


def judge(*children: dict[str, Any]) -> ConditionValue:
    return workload.judge(CTX, component("worker"), observed(*children))


def test_workers_that_nobody_needs_are_in_order() -> None:
    value = judge(deployment(0))
    assert (value.status, value.reason) == ("True", "ScaledToZero")
    assert judge(deployment(0, scaled=False)).reason == "Waiting"
    assert judge(deployment(3)).reason == "AllReplicasReady"


@pytest.mark.parametrize("replicas", [0, 3])
@pytest.mark.parametrize(
    ("kind", "condition"), [("ScaledObject", "Ready"), ("HorizontalPodAutoscaler", "ScalingActive")]
)
def test_autoscaler_that_does_not_work_is_told(kind: str, condition: str, replicas: int) -> None:
    value = judge(deployment(replicas), scaler(kind, condition, "False"))
    assert value.status == "True"
    assert value.message.endswith(f"; {kind} demo-worker does not work: no metrics")
    quiet = judge(deployment(replicas), scaler(kind, condition, "True"))
    assert "does not work" not in quiet.message
