"""`/healthz`: is it the web, its Redis, or OMERO.server?

| address | answers 200 | for |
| --- | --- | --- |
| `/healthz` | from when this pod has reached Redis | readiness, people |
| `/healthz?deep` | the same; OMERO.server is asked for a login, not its router alone | people |
| `/healthz/live` | while gunicorn runs; busy threads do not count | start-up, liveness |

An unreachable OMERO.server is told in the text and changes no status: a restart of the web would
not bring it back, and without ready pods users would see the ingress controller's error page.
Likewise a Redis that goes away later, or that is full: all pods have the same one. A pod that never
reached it has perhaps a wrong password, and takes no place of one that works.
The answer comes before Django, so neither a host name nor a session plays a part in it. In a pod,
`health_server` gives it; only where no front is, in `make dev`, does one of gunicorn's threads.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

import redis

from omero_plugin_common.redis_client import CACHE_DATABASE, connection
from omero_web_container.access_log import Application
from omero_web_container.health_server import PULSE
from omero_web_container.server_check import Remembered, login_answers, router_answers
from omero_web_container.sessions import key_prefix

PATH: Final = "/healthz"
_router = Remembered(router_answers)
_login = Remembered(login_answers)
# The same for all pods, so that it is one key; it ends, as all in this database do.
_PROBE: Final = f"{key_prefix()}:probe"
_PROBE_SECONDS: Final = 60
# To connect, and as long for the answer.
_REDIS_SECONDS: Final = 1.0
_has_reached_redis = threading.Event()


def redis_state() -> str:
    """How the Redis of sessions and cache is: `ok`, `takes no writes` or `unreachable`."""
    try:
        connection(CACHE_DATABASE, once_within=_REDIS_SECONDS).set(_PROBE, "", ex=_PROBE_SECONDS)
    except redis.ResponseError:
        return "takes no writes"
    except redis.RedisError:
        return "unreachable"
    return "ok"


def report(*, deep: bool) -> tuple[bool, dict[str, str]]:
    """Whether this pod can serve users, and how each part is.

    Args:
        deep: ask OMERO.server for a login, which takes it some work.
    """
    state = redis_state()
    if state != "unreachable":
        _has_reached_redis.set()
    server = (_login if deep else _router)()
    stuck = PULSE.stuck
    return _has_reached_redis.is_set() and not stuck, {
        "web": "stuck" if stuck else "ok",
        "redis": state,
        "server": "ok" if server else "unreachable",
    }


def with_healthz(application: Application) -> Application:
    """Answer the addresses above; everything else goes on."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "").rstrip("/")
        if path == PATH:
            good, parts = report(deep="deep" in environ.get("QUERY_STRING", "").split("&"))
        elif path == f"{PATH}/live":
            good = not PULSE.stuck
            parts = {"web": "ok" if good else "stuck"}
        else:
            return application(environ, start_response)
        body = json.dumps(parts).encode()
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ]
        start_response("200 OK" if good else "503 Service Unavailable", headers)
        return [body]

    return answer
