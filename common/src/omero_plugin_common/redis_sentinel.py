"""Redis behind Sentinels: they say which server is the master now, and clients ask them again.

Each new connection asks the Sentinels for the master's address, so a client follows a failover
when its old connection breaks, or when the old master, now a replica, rejects a write.
https://redis.io/docs/latest/develop/reference/sentinel-clients/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from omero_plugin_common.env_utils import (
    EnvironmentProblem,
    get_env,
    get_optional_env,
    get_secret_env,
)
from omero_plugin_common.platform_fields import field_of

_LIST: Final = "REDIS_SENTINELS"
_MASTER: Final = "REDIS_MASTER_NAME"
_PASSWORD_FILE: Final = "REDIS_SENTINEL_PASSWORD_FILE"  # noqa: S105 - a variable
_LAST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Sentinels:
    """The Sentinels of one Redis.

    Attributes:
        master: The name that they have for it.
        addresses: Host and port of each.
        password: Of the Sentinels themselves; empty where they need none.
    """

    master: str
    addresses: tuple[tuple[str, int], ...]
    password: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls) -> Sentinels | None:
        """Those of `REDIS_SENTINELS`; None where Redis has a fixed address.

        Raises:
            EnvironmentProblem: one is no host and port, or their master or password is missing.
        """
        text = get_optional_env(_LIST)
        if text is None:
            return None
        password = get_secret_env(_PASSWORD_FILE) if get_optional_env(_PASSWORD_FILE) else ""
        return cls(get_env(_MASTER), tuple(map(_address, text.split(","))), password)

    def __str__(self) -> str:
        """For messages: the master, and who is asked for it."""
        return f"{self.master} of {', '.join(f'{host}:{port}' for host, port in self.addresses)}"

    def settings(self, seconds: float, tls: Mapping[str, Any]) -> dict[str, Any]:
        """How a Sentinel is connected to.

        Args:
            seconds: to connect, and as many for the answer. One that fails is not asked twice: the
                next one is.
            tls: what a client needs for TLS; empty without it.
        """
        return {
            "password": self.password or None,
            "socket_connect_timeout": seconds,
            "socket_timeout": seconds,
            "retry": Retry(NoBackoff(), 0),
            **_encrypted(tls),
        }

    def told(self, seconds: float, tls: Mapping[str, Any]) -> str:
        """What each Sentinel says of the master, for people who look for the reason.

        Args:
            seconds: For one Sentinel.
            tls: As in `settings`.
        """
        settings = self.settings(seconds, tls)
        return "; ".join(
            f"{host}:{port} {self._told_by(redis.Redis(host, port, **settings))}"
            for host, port in self.addresses
        )

    def _told_by(self, sentinel: redis.Redis) -> str:
        try:
            with sentinel:
                known: Any = sentinel.sentinel_masters()
        except redis.RedisError as error:
            return f"fails: {error}"
        if (state := known.get(self.master)) is None:
            names = ", ".join(sorted(known)) or "none"
            return f"has no master of this name, but {names}"
        down = state["is_sdown"] or state["is_odown"]
        return f"names {state['ip']}:{state['port']}, which {'is down' if down else 'works'}"

    def client(
        self,
        database: int,
        password: str,
        tls: Mapping[str, Any],
        seconds: float,
        **settings: Any,
    ) -> redis.Redis:
        """A client of the master, with a pool of its own.

        Args:
            database: Its number.
            password: Of the servers.
            tls: As in `settings`; servers and Sentinels speak TLS, or none of them does.
            seconds: For one Sentinel.
            **settings: Of each connection to a server.
        """
        asked = Sentinel(  # type: ignore[no-untyped-call]
            self.addresses, sentinel_kwargs=self.settings(seconds, tls)
        )
        made: redis.Redis = asked.master_for(  # type: ignore[no-untyped-call]
            self.master, db=database, password=password, **_encrypted(tls), **settings
        )
        return made


def _encrypted(tls: Mapping[str, Any]) -> dict[str, Any]:
    return {"ssl": True, **tls} if tls else {}


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.strip().rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= _LAST_PORT:
        raise EnvironmentProblem(
            f"{_LIST}: {text.strip()!r} is not a host and a port, such as sentinel:26379; it comes "
            f"from {field_of(_LIST)}"
        )
    return host, int(port)
