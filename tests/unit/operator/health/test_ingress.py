"""IngressReady."""

from __future__ import annotations

import datetime

import pytest

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.health import ingress
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Certificate, Failure, Observed
from operator_builders import NAMES, NOW, component, context, observed, spec

PUBLISHED = spec(web={"ingress": {"host": "a.org"}})
CHILD = {"kind": "Ingress", "metadata": {"name": NAMES.web}}


def judge(given: PlatformSpec, view: Observed) -> ConditionValue:
    return ingress.judge(context(given), component("ingress"), view)


def test_site_without_ingress_is_no_fault() -> None:
    value = judge(spec(), observed())
    assert value == ConditionValue(
        "True",
        "NotConfigured",
        "spec.web.ingress is not set; reach OMERO.web through Service demo-web",
    )


def test_address_without_ingress_says_where_it_has_to_lead() -> None:
    value = judge(spec(web={"publicUrl": "https://a.org/lab"}), observed())
    assert value == ConditionValue(
        "True",
        "NotConfigured",
        "spec.web.ingress is not set; https://a.org/lab/ must lead to Service demo-web",
    )


def test_certificate_is_compared_with_the_host_of_the_address() -> None:
    web = {"publicUrl": "https://a.org", "ingress": {"tls": {"secretName": "mine"}}}
    value = judge(spec(web=web), observed(CHILD, certificate=certificate("b.org")))
    assert (value.status, value.reason) == ("False", "CertificateForOtherHost")


def test_ingress_that_is_not_there_yet() -> None:
    assert judge(PUBLISHED, observed()) == ConditionValue(
        "Unknown", "Creating", "Ingress demo-web is being created"
    )


def test_ingress_in_place() -> None:
    value = judge(PUBLISHED, observed(CHILD))
    assert value == ConditionValue("True", "Published", "Ingress demo-web exists")


def test_failure_speaks_first() -> None:
    failure = Failure("ingress", "HostInUse", "choose another")
    value = judge(PUBLISHED, observed(CHILD, failures=[failure]))
    assert value == ConditionValue("False", "HostInUse", "choose another")


HOUR = datetime.timedelta(hours=1)
IT_IS = datetime.datetime.fromisoformat(NOW)


def certificate(*names: str, begins: int = -1, ends: int = 1) -> Certificate:
    return Certificate(IT_IS + begins * HOUR, IT_IS + ends * HOUR, names)


VALID = "its certificate is valid until 2026-06-01T13:00:00Z"
CERTIFICATES: dict[str, tuple[Certificate, str, str]] = {
    "of many hosts": (certificate("b.org", "A.org"), "Published", VALID),
    "good": (certificate("a.org"), "Published", VALID),
    "just begun": (certificate("a.org", begins=0), "Published", VALID),
    "about to end": (
        certificate("a.org", ends=0),
        "Published",
        "its certificate is valid until 2026-06-01T12:00:00Z",
    ),
    "expired": (
        certificate("a.org", ends=-1),
        "CertificateExpired",
        "it expired at 2026-06-01T11:00:00Z",
    ),
    "of tomorrow": (
        certificate("a.org", begins=1, ends=2),
        "CertificateNotYetValid",
        "it is valid only from 2026-06-01T13:00:00Z",
    ),
    "of another host": (
        certificate("b.org", "*.a.org"),
        "CertificateForOtherHost",
        "it is for b.org, *.a.org, not for a.org",
    ),
    "without a name": (
        certificate(),
        "CertificateForOtherHost",
        "it is for no host, not for a.org",
    ),
    "none": (
        Certificate(error="tls.crt is not a certificate in PEM form"),
        "CertificateInvalid",
        "tls.crt is not a certificate in PEM form",
    ),
}


@pytest.mark.parametrize(
    ("found", "reason", "words"), CERTIFICATES.values(), ids=CERTIFICATES.keys()
)
def test_certificate(found: Certificate, reason: str, words: str) -> None:
    value = judge(PUBLISHED, observed(CHILD, certificate=found))
    good = ConditionValue("True", "Published", f"Ingress demo-web exists, {words}")
    bad = ConditionValue(
        "False",
        reason,
        f"Ingress demo-web exists, but browsers reject its certificate: {words}; put a valid one "
        "into the Secret that spec.web.ingress.tls.secretName names",
    )
    assert value == (good if reason == "Published" else bad)


@pytest.mark.parametrize(
    ("name", "host", "covered"),
    [
        ("*.a.org", "x.a.org", True),
        ("*.a.org", "y.x.a.org", False),
        ("*.a.org", "a.org", False),
        ("x*.a.org", "xy.a.org", False),
        ("*", "localhost", False),
    ],
)
def test_wildcard_is_one_whole_label(name: str, host: str, covered: bool) -> None:
    given = spec(web={"ingress": {"host": host}})
    value = judge(given, observed(CHILD, certificate=certificate(name)))
    assert (value.status == "True") == covered
