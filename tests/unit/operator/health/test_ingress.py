"""IngressReady."""

from __future__ import annotations

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.health import ingress
from omero_operator.health.condition import ConditionValue
from omero_operator.state.observed import Failure, Observed
from operator_builders import NAMES, component, context, observed, spec

PUBLISHED = spec(web={"ingress": {"host": "a.org"}})
CHILD = {"kind": "Ingress", "metadata": {"name": NAMES.web}}


def judge(given: PlatformSpec, view: Observed) -> ConditionValue:
    return ingress.judge(context(given), component("ingress"), view)


def test_site_without_ingress_is_no_fault() -> None:
    value = judge(spec(), observed())
    assert (value.status, value.reason) == ("True", "NotConfigured")
    assert "Service demo-web" in value.message


def test_ingress_that_is_not_there_yet() -> None:
    assert judge(PUBLISHED, observed()).status == "Unknown"


def test_ingress_in_place() -> None:
    value = judge(PUBLISHED, observed(CHILD))
    assert value == ConditionValue("True", "Published", "Ingress demo-web is in place")


def test_failure_speaks_first() -> None:
    failure = Failure("ingress", "HostInUse", "choose another")
    value = judge(PUBLISHED, observed(CHILD, failures=[failure]))
    assert value == ConditionValue("False", "HostInUse", "choose another")
