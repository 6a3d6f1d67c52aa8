"""Both databases and Redis."""

from __future__ import annotations

import secrets
from contextlib import closing
from typing import Any, Final

import psycopg2
import redis
from redis.sentinel import MasterNotFoundError

from omero_plugin_common import database
from omero_plugin_common.database.pool import Address, Database
from omero_plugin_common.redis_client import CACHE_DATABASE, connection, told_by_sentinels
from omeroweb_admin_tools.addresses import Endpoint
from omeroweb_admin_tools.doctor import settings
from omeroweb_admin_tools.doctor.model import Found, failed, ok, skipped, warning
from omeroweb_admin_tools.doctor.settings import Account
from omeroweb_admin_tools.store import omero_schema

# Of Redis' memory: sessions are evicted when it is full, and jobs are refused.
_NEARLY_FULL: Final = 0.9
_KEY_SECONDS: Final = 60


def plugin_database_accepts_changes() -> Found:
    """Whether the plugin database can be logged in to, and accepts changes."""
    address = Address.from_environment()
    there = f"The plugin database {address.database} on {address.host}:{address.port}"
    base = Database(address, 1)
    try:
        database.check_writable(base)
    except psycopg2.Error as error:
        return _database_refuses(there, error)
    finally:
        base.close()
    return ok(f"{there} accepts changes")


def omero_database_answers(there: Endpoint, account: Account | None) -> Found:
    """Whether OMERO's own database can be logged in to and has OMERO's tables.

    Args:
        there: where it is.
        account: who reads in it.
    """
    if account is None:
        return skipped(
            "This pod has no account of OMERO's database: a managed one has a role for it with "
            "spec.monitoring.exporters. The check omero.database asks it through OMERO.server"
        )
    name = settings.omero_database_name()
    address = Address(there.host, there.port, name, account.name, account.password)
    words = f"OMERO's database {name} on {there}"
    try:
        with closing(address.connect()) as connected:
            schema = omero_schema.read(connected)
    except psycopg2.Error as error:
        return _database_refuses(words, error)
    if not schema.is_omeros:
        return failed(
            f"{words} has no table of OMERO",
            "It is empty or another database: see spec.database, and restore the backup before "
            "OMERO.server makes new tables",
        )
    if schema.read_only:
        return failed(
            f"{words} accepts no changes",
            "It is a standby, or default_transaction_read_only is set: see spec.database",
        )
    tables = f"OMERO's tables ({schema.version})" if schema.version else "OMERO's tables"
    return ok(f"{words} has {tables}, {schema.bytes / 2**20:.0f} MiB")


def redis_stores() -> Found:
    """Whether Redis stores a key and gives it back, and how full it is."""
    key = f"omeroweb_admin_tools:check:{secrets.token_hex(8)}"
    there = settings.redis()
    try:
        client = connection(CACHE_DATABASE, settings.seconds())
        client.set(key, b"1", ex=_KEY_SECONDS)
        stored = client.get(key)
        client.delete(key)
        memory: Any = client.info("memory")
    except redis.RedisError as error:
        return _redis_refuses(f"Redis on {there}", error)
    if stored != b"1":
        return failed(
            f"Redis on {there} lost a key at once",
            "It is full and evicts keys, or several servers answer to this name",
        )
    return _how_full(f"Redis on {there}", int(memory["used_memory"]), int(memory["maxmemory"]))


def _how_full(there: str, used: int, limit: int) -> Found:
    if limit and used > _NEARLY_FULL * limit:
        return warning(
            f"{there} uses {used / 2**20:.0f} of {limit / 2**20:.0f} MiB",
            "When it is full, users are logged out and jobs are refused: set spec.redis.maxMemory "
            "higher",
        )
    of = f" of {limit / 2**20:.0f}" if limit else ""
    return ok(f"{there} stores keys, and uses {used / 2**20:.0f}{of} MiB")


def _redis_refuses(there: str, error: redis.RedisError) -> Found:
    if isinstance(error, redis.AuthenticationError):
        return failed(
            f"{there} does not accept the password",
            "The Secret was changed and Redis or this pod was not restarted: restart both",
        )
    if isinstance(error, redis.OutOfMemoryError):
        return failed(
            f"{there} is full", "Set spec.redis.maxMemory higher, or look for keys that never end"
        )
    if isinstance(error, MasterNotFoundError):
        return failed(
            f"No Sentinel names a working master {told_by_sentinels(settings.seconds())}",
            "Compare spec.redis.external.sentinel with the Sentinels. Without a majority of them, "
            "or without a replica, there is no new master",
        )
    if isinstance(error, redis.TimeoutError):
        return failed(f"{there} does not answer in time", "See the CPU and the log of its pod")
    if isinstance(error, redis.ConnectionError):
        return failed(f"{there} cannot be reached", "See the checks of its name and of its port")
    return failed(f"{there} refuses: {type(error).__name__}", "See the log of its pod")


def _database_refuses(there: str, error: psycopg2.Error) -> Found:
    """What PostgreSQL says has the names of hosts and roles, never a password."""
    said = str(error).strip().splitlines() or [type(error).__name__]
    text = said[0]
    if "password authentication failed" in text or "no password" in text:
        return failed(
            f"{there} does not accept the account or its password",
            "The Secret and the role in the database differ: set the role's password to that of "
            "the Secret",
        )
    if "too many clients" in text or "remaining connection slots" in text:
        return failed(
            f"{there} has no free connection", "Look for idle connections, or allow more of them"
        )
    return failed(f"{there} cannot be used: {text}", "See the log of its pod")
