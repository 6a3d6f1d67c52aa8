"""django-redis with a Redis behind Sentinels, by the same client as everything else.

Its own factory takes the master's name from a URL, where capital letters are lost, and asks a
Sentinel that is down four times, with pauses.
"""

from __future__ import annotations

from typing import Any, Final

from django_redis.pool import ConnectionFactory

from omero_plugin_common.redis_client import CACHE_DATABASE, new_client

FACTORY: Final = f"{__name__}.SentinelFactory"
# django-redis has one pool for each of these; the address is the Sentinels'.
LOCATION: Final = f"redis://sentinels/{CACHE_DATABASE}"


class SentinelFactory(ConnectionFactory):  # type: ignore[misc]
    """Pools of connections to the master that Sentinels name."""

    def get_connection_pool(self, params: dict[str, Any]) -> Any:
        """A new pool; each of its connections asks for the master first."""
        given = {key: value for key, value in params.items() if key not in ("url", "password")}
        return new_client(CACHE_DATABASE, **given, **self.pool_cls_kwargs).connection_pool
