"""Connections to the platform's Redis, one pool per process and database."""

from __future__ import annotations

import os
import ssl
from functools import cache
from typing import Any, Final
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from omero_plugin_common.env_utils import (
    EnvironmentProblem,
    get_bool_env,
    get_env,
    get_int_env,
    get_optional_env,
    get_secret_env,
)
from omero_plugin_common.platform_fields import field_of
from omero_plugin_common.redis_sentinel import Sentinels

# Sessions, cache and counters: every key expires, and Redis may evict it.
CACHE_DATABASE: Final = 1
# Celery's messages and results.
QUEUE_DATABASE: Final = 2
_CONNECT_SECONDS: Final = 2.0
_ANSWER_SECONDS: Final = 5.0


def redis_address(database: int) -> str:
    """The address of one of the platform's Redis databases, without the password.

    Raises:
        EnvironmentProblem: REDIS_HOST, REDIS_PORT or REDIS_TLS cannot be used.
    """
    scheme = "rediss" if get_bool_env("REDIS_TLS", False) else "redis"
    host = get_env("REDIS_HOST")
    port = get_int_env("REDIS_PORT", 6379, low=1, high=65535)
    return f"{scheme}://{host}:{port}/{database}"


def redis_url(database: int) -> str:
    """The same with the password.

    Raises:
        EnvironmentProblem: as `redis_address`, or REDIS_PASSWORD_FILE cannot be used.
    """
    return redis_address(database).replace("://", f"://:{_quoted_password()}@", 1)


def sentinel_urls(found: Sentinels, database: int) -> str:
    """What kombu and Celery call the address of a Redis behind Sentinels, with its password.

    Raises:
        EnvironmentProblem: REDIS_PASSWORD_FILE cannot be used.
    """
    password = _quoted_password()
    return ";".join(
        f"sentinel://:{password}@{host}:{port}/{database}" for host, port in found.addresses
    )


def _quoted_password() -> str:
    return quote(get_secret_env("REDIS_PASSWORD_FILE"), safe="")


def check_environment() -> None:
    """Read all that a client of Redis needs, so that a program can end with one clear message.

    Raises:
        EnvironmentProblem: a variable is missing or wrong; the message names it.
    """
    if Sentinels.from_environment() is None:
        redis_address(CACHE_DATABASE)
    get_secret_env("REDIS_PASSWORD_FILE")
    tls_settings()


def tls_settings() -> dict[str, Any]:
    """What a client needs for TLS beside the address; nothing without TLS.

    The server's certificate and its name are always checked: against the authorities in
    REDIS_CA_FILE, where it is set, and those of the image.

    Raises:
        EnvironmentProblem: REDIS_CA_FILE holds no certificates.
    """
    if not get_bool_env("REDIS_TLS", False):
        return {}
    settings: dict[str, Any] = {"ssl_cert_reqs": ssl.CERT_REQUIRED}
    if authorities := get_optional_env("REDIS_CA_FILE"):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(authorities)
        except OSError as error:
            raise EnvironmentProblem(
                f"REDIS_CA_FILE: {authorities} cannot be read as certificates in PEM form "
                f"({error}); it comes from {field_of('REDIS_CA_FILE')}"
            ) from error
        settings["ssl_ca_certs"] = authorities
    return settings


def told_by_sentinels(seconds: float) -> str:
    """The master's name, and what each Sentinel says of it; empty without Sentinels.

    Args:
        seconds: For the answer of one Sentinel.

    Raises:
        EnvironmentProblem: as `check_environment`.
    """
    found = Sentinels.from_environment()
    return f"{found.master}: {found.told(seconds, tls_settings())}" if found else ""


def connection(database: int, once_within: float | None = None) -> redis.Redis:
    """A client of one of the databases; a restarted Redis is connected to anew.

    Args:
        database: Its number.
        once_within: For who has no time to try again: seconds to connect, and as many for the
            answer.
    """
    return _client(os.getpid(), database, once_within)


@cache
def _client(_process: int, database: int, once_within: float | None) -> redis.Redis:
    """Sockets are not shared with a parent process, so each process has its own client."""
    once = {} if once_within is None else {"retry": Retry(NoBackoff(), 0)}
    return new_client(
        database,
        socket_connect_timeout=once_within or _CONNECT_SECONDS,
        socket_timeout=once_within or _ANSWER_SECONDS,
        # A connection that died while it lay in the pool is replaced instead of used.
        health_check_interval=15,
        **once,
    )


def new_client(database: int, *, socket_connect_timeout: float, **settings: Any) -> redis.Redis:
    """A client with a pool of its own: of the server, or of the master that Sentinels name.

    Args:
        database: Its number.
        socket_connect_timeout: Seconds; also for each question to a Sentinel.
        **settings: Of each connection.

    Raises:
        EnvironmentProblem: as `check_environment`.
    """
    tls, settings = tls_settings(), {"socket_connect_timeout": socket_connect_timeout, **settings}
    if (found := Sentinels.from_environment()) is None:
        return redis.Redis.from_url(redis_url(database), **tls, **settings)
    password = get_secret_env("REDIS_PASSWORD_FILE")
    return found.client(database, password, tls, socket_connect_timeout, **settings)
