"""ServerReady says how long the certificate of port 4064 is valid."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from omero_operator.health import server_certificate
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Certificate
from operator_builders import observed

NOW = datetime.datetime(2026, 11, 30, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
READY = ConditionValue("True", "AllReplicasReady", "1 of 1 replicas are ready")


@pytest.mark.parametrize(
    ("certificate", "reason", "words"),
    [
        (None, "AllReplicasReady", "are ready"),
        (Certificate(NOW - DAY, NOW + DAY), "AllReplicasReady", "valid until 2026-12-01T12:00:00Z"),
        (Certificate(NOW - 2 * DAY, NOW - DAY), "CertificateExpired", "expired at 2026-11-29"),
        (Certificate(NOW + DAY, NOW + 2 * DAY), "CertificateNotYetValid", "valid from 2026-12-01"),
        (Certificate(error="tls.key does not match tls.crt"), "CertificateInvalid", "not match"),
    ],
)
def test_the_end_of_a_certificate(certificate: Certificate | None, reason: str, words: str) -> None:
    view = replace(observed(), now=NOW, server_certificate=certificate)
    value = server_certificate.judge(READY, view)
    assert (value.status, value.reason, words in value.message) == ("True", reason, True)
