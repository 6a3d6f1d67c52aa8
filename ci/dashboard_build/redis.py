"""`redis-metrics`: sessions, cache and queue of OMERO.web."""

from __future__ import annotations

from dashboard_build.logs import Wanted
from dashboard_build.pages import Page, Row
from dashboard_build.panels import Limits, Line, figure, graph, up
from dashboard_build.series import rate, site


def _of(metric: str, *matchers: str) -> str:
    return site(metric, 'component="redis"', *matchers)


_USED = f"{_of('redis_memory_used_bytes')} / ({_of('redis_memory_max_bytes')} > 0)"
_FULL = Limits(0.8, 0.95)
_HITS = rate(_of("redis_keyspace_hits_total"))
_MISSES = rate(_of("redis_keyspace_misses_total"))

_NOW = Row(
    "Now",
    [
        up("Redis", f"max({_of('redis_up')})"),
        figure("Active connections", f"sum({_of('redis_connected_clients')})"),
        figure("Memory", f"sum({_of('redis_memory_used_bytes')})", unit="bytes"),
        figure("Memory of its limit", f"max({_USED})", unit="percentunit", limits=_FULL),
        figure(
            "Transaction rate", f"sum({rate(_of('redis_commands_processed_total'))})", unit="ops"
        ),
        figure("Keys", f"sum({_of('redis_db_keys')})"),
        figure("Uptime", f"max({_of('redis_uptime_in_seconds')})", unit="s"),
    ],
)

_COURSE = Row(
    "Over time",
    [
        graph(
            "Connections",
            [
                Line(_of("redis_connected_clients"), "connected"),
                Line(_of("redis_blocked_clients"), "waiting"),
            ],
            about="Workers that wait for a job are among the waiting ones.",
        ),
        graph(
            "Memory",
            [
                Line(_of("redis_memory_used_bytes"), "used"),
                Line(_of("redis_memory_used_rss_bytes"), "used, as the system sees it"),
                Line(_of("redis_memory_max_bytes"), "limit"),
            ],
            unit="bytes",
        ),
        graph("Commands", [Line(rate(_of("redis_commands_processed_total")))], unit="ops"),
        graph(
            "Hit ratio",
            [Line(f"{_HITS} / ({_HITS} + {_MISSES} > 0)", "found")],
            unit="percentunit",
            highest=1,
        ),
        graph(
            "Keys that left",
            [
                Line(rate(_of("redis_evicted_keys_total")), "evicted"),
                Line(rate(_of("redis_expired_keys_total")), "expired"),
            ],
            unit="ops",
            about="Redis evicts when its memory is full: first sessions and cached pages.",
        ),
        graph(
            "Keys",
            [Line(f"sum by (db) ({_of('redis_db_keys')})", "{{db}}")],
            about="db1 has sessions and cache, db2 the queue.",
        ),
        graph(
            "Refused connections",
            [Line(rate(_of("redis_rejected_connections_total")))],
            unit="ops",
            span=24,
        ),
    ],
)

PAGE = Page(
    uid="redis-metrics",
    title="Redis",
    about="Sessions, cache and queue of OMERO.web.",
    rows=[_NOW, _COURSE],
    logs={"Redis": Wanted("redis")},
)
