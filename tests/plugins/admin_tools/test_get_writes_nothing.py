"""No GET changes anything: not in the plugin database, not in OMERO, not in the queue."""

from __future__ import annotations

import re
from typing import Any, Final

import httpx
import redis
from psycopg2 import sql

import local_services
from admin_tools_routes import PLUGIN, routes
from omero_plugin_common.redis_client import CACHE_DATABASE, QUEUE_DATABASE
from plugin_site import Browser, until
from whole_site import WholeSite

# What a count or a server without an answer leaves for some minutes, and the browser's own session.
CACHES: Final = re.compile(rb"omeroweb_admin_tools:(usage|unavailable)|.*session.*")
# OMERO.web's: a session ends later with each request of its browser.
SESSIONS: Final = "omero_web_sessions"
# 410 is of the proxies of the Docker edition.
ANSWERS: Final = (200, 204, 400, 410, 503)
# Words of the names of OMERO's calls that change something.
WRITES: Final = re.compile(
    r"\.(save|create|delete|change|set|add|remove|write|update|upload|submit|import|sudo|run)", re.I
)
# Of a connection: it begins, and asks for a service.
CONNECTING: Final = re.compile(r"Router\.createSession|ServiceFactory\.(set|get|create|detach|add)")


def state(whole: WholeSite) -> dict[str, Any]:
    """What is stored, by table and by key."""
    queue = {f"queue {key!r}": value for key, value in keys(whole, QUEUE_DATABASE).items()}
    cache = {f"cache {key!r}": value for key, value in keys(whole, CACHE_DATABASE).items()}
    return {**rows(whole), **queue, **cache}


def rows(whole: WholeSite) -> dict[str, list[str]]:
    """Every row of every table of the plugin database."""
    found = {}
    with whole.base.transaction() as cursor:
        cursor.execute(
            "select table_name from information_schema.tables where table_schema = 'public'"
        )
        names = [row["table_name"] for row in cursor.fetchall() if row["table_name"] != SESSIONS]
        for name in names:
            query = sql.SQL("select {table}::text as row from {table}")
            cursor.execute(query.format(table=sql.Identifier(name)))
            found[name] = sorted(row["row"] for row in cursor.fetchall())
    return found


def keys(whole: WholeSite, database: int) -> dict[bytes, Any]:
    """The keys of Redis with what they hold."""
    server = redis.Redis(
        port=whole.site.redis.port, password=whole.site.redis.password, db=database
    )
    found = {key: server.dump(key) for key in server.scan_iter() if not CACHES.match(key)}
    server.close()
    return found


def test_no_get_changes_anything(whole: WholeSite, no_worker: None, root: Browser) -> None:
    run = root.post(f"{PLUGIN}server-database-testing/run/", {"scripts": ["redis.keys"]}).json()
    address = f"{PLUGIN}server-database-testing/runs/{run['request_id']}/"
    until(lambda: root.get(address).json()["ended"])
    asked = [each for method, each in routes(run["request_id"]) if method == "GET"]
    assert f"{address}report.txt" in asked
    # With every parameter that there is.
    query = "?fresh=1&counted=1&before=999999&seconds=3600&source=web&moment=1&lookback=60&limit=5"
    asked += [f"{each}{query}" for each in asked]
    before = state(whole)
    assert {"omero_plugin_quotas", "admin_tools_usage_days"} <= before.keys()
    with httpx.Client(
        base_url=local_services.control(whole.site.standin), verify=local_services.NO_AUTHORITIES
    ) as control:
        control.delete("/counts")
        for each in asked:
            assert root.get(each).status_code in ANSWERS, each
            assert root.client.head(each).status_code in ANSWERS, each
        calls = control.get("/counts").json()
    after = state(whole)
    changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    assert changed == [], {name: (before.get(name), after.get(name)) for name in changed}
    assert "IQuery.projection" in calls
    writes = [name for name in calls if WRITES.search(name) and not CONNECTING.match(name)]
    assert writes == []
