"""IngressReady of a site with routes: what the Gateways' controllers say."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.desired.gateway import build
from omero_operator.health import ingress
from omero_operator.state.condition import ConditionValue
from operator_builders import component, context, observed, spec

PARENTS = [{"name": "public", "namespace": "gateways"}, {"name": "lab"}]
CTX = context(spec(web={"publicUrl": "https://a.org", "gateway": {"parentRefs": PARENTS}}))


def answer(parent: dict[str, str], **conditions: str) -> dict[str, Any]:
    """The answer of a controller; it may leave out the namespace or not."""
    said = [
        {"type": kind, "status": status, "reason": "Because", "message": f"{kind} is {status}"}
        for kind, status in conditions.items()
    ]
    return {"parentRef": parent, "controllerName": "example.org/c", "conditions": said}


def judge(*answers: dict[str, Any]) -> ConditionValue:
    (route,) = build(CTX)
    view = observed({**route, "status": {"parents": list(answers)}} if answers else route)
    return ingress.judge(CTX, component("ingress"), view)


GOOD = (
    answer(PARENTS[0], Accepted="True", ResolvedRefs="True", PartiallyInvalid="False"),
    answer({**PARENTS[1], "namespace": "images"}, Accepted="True", Programmed="False"),
)


def test_attached() -> None:
    assert judge(*GOOD) == ConditionValue(
        "True",
        "Published",
        "HTTPRoute demo-web is attached to Gateway gateways/public, Gateway images/lab",
    )


def test_not_written_yet() -> None:
    value = ingress.judge(CTX, component("ingress"), observed())
    assert (value.status, value.reason) == ("Unknown", "Creating")


def test_nobody_has_answered() -> None:
    value = judge(GOOD[0])
    assert (value.status, value.reason) == ("False", "Waiting")
    assert "at Gateway images/lab; check that the Gateway exists" in value.message
    assert judge().reason == "Waiting"


@pytest.mark.parametrize(
    ("condition", "status"),
    [("Accepted", "False"), ("ResolvedRefs", "Unknown"), ("PartiallyInvalid", "True")],
)
def test_rejected_by_one_of_two(condition: str, status: str) -> None:
    value = judge(GOOD[1], answer(PARENTS[0], **{condition: status}))
    assert (value.status, value.reason) == ("False", f"{condition}Because")
    words = "Gateway gateways/public does not serve HTTPRoute demo-web"
    assert value.message == f"{words}: {condition} is {status}"


def test_answer_for_a_gateway_that_is_no_longer_asked_is_nothing() -> None:
    assert judge(*GOOD, answer({"name": "old"}, Accepted="False")).status == "True"


def test_ingress_and_route_are_both_told() -> None:
    web = {"publicUrl": "https://a.org", "gateway": {"parentRefs": PARENTS[:1]}, "ingress": {}}
    ctx = context(spec(web=web))
    (route,) = build(ctx)
    attached = {**route, "status": {"parents": [GOOD[0]]}}
    child = {"kind": "Ingress", "metadata": {"name": "demo-web"}}
    value = ingress.judge(ctx, component("ingress"), observed(child, attached))
    assert value.status == "True"
    assert value.message.startswith("Ingress demo-web exists; HTTPRoute demo-web is attached to")
    assert ingress.judge(ctx, component("ingress"), observed(attached)).reason == "Creating"
