"""What is read of the Ingress's certificate, and what of nonsense in its place."""

from __future__ import annotations

import base64
import datetime
from pathlib import Path
from typing import Any

import pytest

import tls_certificates
from omero_operator.cluster import certificates
from omero_operator.state.observed import Certificate
from operator_builders import context, secret, spec


@pytest.fixture
def pem(tmp_path: Path) -> tuple[bytes, bytes]:
    """A server's certificate with its authority's behind it, and the key."""
    authority, server = tls_certificates.make(tmp_path, "site.example.org")
    both = server.read_bytes()
    start = both.index(b"-----BEGIN EC PRIVATE KEY")
    return both[:start] + authority.read_bytes(), both[start:]


def test_dates_and_names(pem: tuple[bytes, bytes]) -> None:
    found = certificates.read(*pem)
    now = datetime.datetime.now(datetime.UTC)
    assert (found.error, found.names) == ("", ("site.example.org",))
    assert found.begins < now < found.ends


def test_key_of_another_certificate(pem: tuple[bytes, bytes], tmp_path: Path) -> None:
    _, other = tls_certificates.make(tmp_path)
    found = certificates.read(pem[0], other.read_bytes())
    assert found == Certificate(error="tls.key does not match tls.crt")


@pytest.mark.parametrize("nonsense", [b"x", b"\xff\x00", b"-----BEGIN CERTIFICATE-----\nAA==\n"])
def test_nonsense(pem: tuple[bytes, bytes], nonsense: bytes) -> None:
    chain, key = pem
    assert certificates.read(nonsense, key).error == "tls.crt is not a certificate in PEM form"
    assert certificates.read(chain, nonsense).error == (
        "tls.key is not a private key in PEM form, or has a password"
    )


BRINGS: dict[str, Any] = {"web": {"ingress": {"host": "a.org", "tls": {"secretName": "mine"}}}}


def test_only_what_the_ingress_refers_to_is_read(pem: tuple[bytes, bytes]) -> None:
    data = dict(
        zip(("tls.crt", "tls.key"), (base64.b64encode(p).decode() for p in pem), strict=True)
    )
    secrets = {"mine": secret("mine", data)}
    found = certificates.of_ingress(context(spec(**BRINGS)), secrets)
    assert found is not None
    assert found.names == ("site.example.org",)
    assert certificates.of_ingress(context(), secrets) is None
    assert certificates.of_ingress(context(spec(**BRINGS)), {}) is None
    assert certificates.of_ingress(context(spec(**BRINGS)), {"mine": secret("mine", {})}) is None
