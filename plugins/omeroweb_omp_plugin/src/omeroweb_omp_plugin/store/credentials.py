"""Users' keys for AI providers: encrypted at rest, and read for one purpose, the next request.

`declare_column` lets a rotation of the site's keys find them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from omero_plugin_common import database, secret_box

secret_box.declare_column("omp_ai_credentials", "id", "api_key")


@dataclass(frozen=True, slots=True)
class Credential:
    """That there is a key; never the key."""

    provider: str
    address: str
    updated: datetime
    last_used: datetime | None


def saved(user_id: int) -> dict[str, Credential]:
    """The user's credentials by provider."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select provider, address, updated, last_used from omp_ai_credentials "
            "where user_id = %s",
            (user_id,),
        )
        return {row["provider"]: Credential(**row) for row in cursor.fetchall()}


def save(user_id: int, provider: str, address: str, key: str) -> None:
    """Keep a key, in the place of an earlier one.

    Args:
        user_id: whose.
        provider: its name on this site.
        address: where the provider is now; the key is for this address only.
        key: the key.
    """
    token = secret_box.default().encrypt(key)
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omp_ai_credentials (user_id, provider, address, api_key) "
            "values (%s, %s, %s, %s) on conflict (user_id, provider) do update set "
            "address = excluded.address, api_key = excluded.api_key, updated = now(), "
            "last_used = null",
            (user_id, provider, address, token),
        )


def key_to_use(user_id: int, provider: str, address: str) -> str | None:
    """The key, for a request that is made now; nothing when there is none for this address.

    Raises:
        CannotDecrypt: it was encrypted with a key that the site no longer has.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "update omp_ai_credentials set last_used = now() "
            "where user_id = %s and provider = %s and address = %s returning api_key",
            (user_id, provider, address),
        )
        row = cursor.fetchone()
    return None if row is None else secret_box.default().decrypt(row["api_key"])
