"""IngressReady."""

from __future__ import annotations

from omero_operator.health.ingress import ingress
from omero_operator.health.verdict import Verdict
from omero_operator.state.observed import Failure
from operator_builders import NAMES, observed, spec

PUBLISHED = spec(web={"ingress": {"host": "a.org"}})
CHILD = {"kind": "Ingress", "metadata": {"name": NAMES.web}}


def test_site_without_ingress_is_no_fault() -> None:
    verdict = ingress(spec(), NAMES, observed())
    assert (verdict.status, verdict.reason) == ("True", "NotConfigured")
    assert "Service demo-web" in verdict.message


def test_ingress_that_is_not_there_yet() -> None:
    assert ingress(PUBLISHED, NAMES, observed()).status == "Unknown"


def test_ingress_in_place() -> None:
    verdict = ingress(PUBLISHED, NAMES, observed(CHILD))
    assert verdict == Verdict("True", "Published", "Ingress demo-web is in place")


def test_failure_speaks_first() -> None:
    failure = Failure("ingress", "HostInUse", "choose another")
    verdict = ingress(PUBLISHED, NAMES, observed(CHILD, failures=[failure]))
    assert verdict == Verdict("False", "HostInUse", "choose another")
