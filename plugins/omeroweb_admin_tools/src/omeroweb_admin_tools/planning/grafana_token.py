"""The token by which Grafana knows who somebody is.

What Grafana does with it: https://grafana.com/docs/grafana/latest/setup-grafana/configure-access/configure-authentication/jwt/
It is ECDSA on P-256 without `kid`, since Grafana has one key, in a file.
"""

from __future__ import annotations

from typing import Any, Final

import jwt

AUDIENCE: Final = "omero-grafana"
ROLE: Final = "Viewer"
# Grafana lets a minute more pass.
SECONDS: Final = 60
_ALGORITHM: Final = "ES256"


def token(key: str, issuer: str, user: str, now: int) -> str:
    """A token for an administrator of OMERO.

    Args:
        key: private, as PEM.
        issuer: which site, as NAMESPACE/NAME.
        user: name by which the administrator logs in to OMERO.
        now: seconds since 1970.

    Raises:
        ValueError: that is no such key; the message does not have it.
    """
    claims: dict[str, Any] = {
        "iss": issuer,
        "aud": AUDIENCE,
        # Grafana's own accounts have no colon: nobody becomes its `admin` by that name.
        "sub": f"omero:{user}",
        "name": user,
        "role": ROLE,
        "iat": now,
        "exp": now + SECONDS,
    }
    try:
        return jwt.encode(claims, key, algorithm=_ALGORITHM)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        # The library takes a public key for a private one, too.
        raise ValueError("it is no private key for ECDSA on P-256") from None
