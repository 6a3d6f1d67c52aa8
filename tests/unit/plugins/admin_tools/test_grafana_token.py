"""Grafana believes a token of the site's key for a minute or two, and no other."""

from __future__ import annotations

import time
from typing import Final

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from grafana_double import GrafanaDouble, settings
from omeroweb_admin_tools.planning.grafana_token import AUDIENCE, ROLE, SECONDS, token

SITE: Final = "microscopy/omero"


def pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def public(key: PrivateKeyTypes) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


KEY: Final = ec.generate_private_key(ec.SECP256R1())
GRAFANA: Final = GrafanaDouble(public(KEY))


@pytest.mark.parametrize("user", ["root", "admin", "Åsa Ünlü", 'a"b\n\\', "x@example.org", "猫"])
def test_who_it_is_for_how_long_and_what_for(user: str) -> None:
    now = int(time.time())
    claims = GRAFANA.claims(token(pem(KEY), SITE, user, now))
    assert claims == {
        "iss": SITE,
        "aud": AUDIENCE,
        "sub": f"omero:{user}",
        "name": user,
        "role": ROLE,
        "iat": now,
        "exp": now + 60,
    }
    assert (ROLE, SECONDS) == ("Viewer", 60)


def test_it_is_nothing_that_the_chart_lets_pass_by_an_address_or_an_email() -> None:
    given = settings()
    assert given["GF_AUTH_JWT_URL_LOGIN"] == "false"
    assert "GF_AUTH_JWT_EMAIL_CLAIM" not in given
    assert given["GF_AUTH_JWT_ROLE_ATTRIBUTE_STRICT"] == "true"
    assert "GF_AUTH_JWT_ALLOW_ASSIGN_GRAFANA_ADMIN" not in given


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"exp": 0}, jwt.ExpiredSignatureError),
        ({"aud": "somebody-else"}, jwt.InvalidAudienceError),
        ({"iss": "microscopy/other"}, jwt.InvalidIssuerError),
        ({"role": "Admin"}, LookupError),
        ({"exp": None}, jwt.PyJWTError),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, dict) else "",
)
def test_what_grafana_does_not_believe(change: dict[str, object], error: type[Exception]) -> None:
    now = int(time.time())
    claims = jwt.decode(token(pem(KEY), SITE, "root", now), options={"verify_signature": False})
    changed = {name: value for name, value in (claims | change).items() if value is not None}
    with pytest.raises(error):
        GRAFANA.claims(jwt.encode(changed, pem(KEY), algorithm="ES256"))


def test_it_ends_and_no_other_key_makes_one() -> None:
    old = int(time.time()) - SECONDS - 61
    with pytest.raises(jwt.ExpiredSignatureError):
        GRAFANA.claims(token(pem(KEY), SITE, "root", old))
    other = pem(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(jwt.InvalidSignatureError):
        GRAFANA.claims(token(other, SITE, "root", int(time.time())))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "no key",
        public(KEY),
        pem(rsa.generate_private_key(65537, 2048)),
        pem(ec.generate_private_key(ec.SECP384R1())),
    ],
    ids=["nothing", "no key", "public", "RSA", "P-384"],
)
def test_a_key_of_another_kind_is_said_and_not_shown(key: str) -> None:
    with pytest.raises(ValueError, match="it is no private key for ECDSA on P-256") as caught:
        token(key, SITE, "root", 1)
    assert caught.value.__suppress_context__
