"""Password hashes: scrypt with a salt of their own. A password itself is never kept or logged."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Final

# 3 ms a login, and not the 43 of a usual cost: tests log in all the time, and a password that is
# worth more has no place in a stand-in.
_COST, _BLOCK, _PARALLEL = 2**10, 8, 1

# Kept instead of a hash: no password belongs to the account, or every one.
LOCKED: Final = ""
OPEN: Final = "open"


def hashed(password: str) -> str:
    """A hash to keep."""
    salt = os.urandom(16)
    return "$".join(
        (
            "scrypt",
            base64.b64encode(salt).decode(),
            base64.b64encode(_derive(password, salt)).decode(),
        )
    )


def quickly_hashed(password: str) -> str:
    """A hash of a password that is public anyway, as that of a demo's user."""
    salt = os.urandom(16)
    return f"sha256${base64.b64encode(salt).decode()}${_digest(password, salt)}"


def matches(password: str, kept: str) -> bool:
    """Whether the password belongs to a kept hash."""
    scheme, _, rest = kept.partition("$")
    salt, _, derived = rest.partition("$")
    if scheme == "sha256":
        return hmac.compare_digest(_digest(password, base64.b64decode(salt)), derived)
    if scheme == "md5":
        return hmac.compare_digest(_omero_digest(password), rest)
    if scheme != "scrypt" or not derived:
        return False
    return hmac.compare_digest(_derive(password, base64.b64decode(salt)), base64.b64decode(derived))


def _derive(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, dklen=32)


def _digest(password: str, salt: bytes) -> str:
    return hashlib.sha256(salt + password.encode()).hexdigest()


def _omero_digest(password: str) -> str:
    """The real server's oldest form, which `omero db script` writes."""
    digest = hashlib.md5(password.encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()
