"""The figures that the page of resources shows: a fixed list of questions to Prometheus.

A request chooses a time range of a list, and nothing else. Namespace and name of the site are
literals: PromQL reads a text in double quotes as Go does
(https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from omeroweb_admin_tools.planning.logs.model import Site
from omeroweb_admin_tools.planning.quoting import pattern, quoted

Unit = Literal["percent", "bytes", "bytes/s", "cores", "per second", "seconds", "number"]
# Seconds that can be chosen: in words, and as Grafana writes them. A chart has 120 points.
RANGES: Final[Mapping[int, tuple[str, str]]] = {
    3600: ("hour", "now-1h"),
    21_600: ("6 hours", "now-6h"),
    86_400: ("day", "now-24h"),
    604_800: ("7 days", "now-7d"),
}
_POINTS: Final = 120
# Of a chart, the largest ones.
MOST_SERIES: Final = 8


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart.

    Attributes:
        key: for programs.
        group: under which heading it is.
        title: what it shows.
        unit: of its numbers.
        query: in PromQL; `{site}` stands for the labels of the site's own figures, `{namespace}`
            for its namespace, `{pods}` for a pattern of its pods' names.
        label: whose values are the names of the lines; empty for one line.
    """

    key: str
    group: str
    title: str
    unit: Unit
    query: str
    label: str = ""


_ROOT: Final = 'mountpoint="/",fstype!~"tmpfs|rootfs"'
FIGURES: Final = (
    Figure(
        "node-cpu",
        "Nodes",
        "CPU",
        "percent",
        '100 * (1 - avg by (node) (rate(node_cpu_seconds_total{{mode="idle"}}[5m])))',
        "node",
    ),
    Figure(
        "node-memory",
        "Nodes",
        "Memory",
        "percent",
        "100 * (1 - sum by (node) (node_memory_MemAvailable_bytes)"
        " / sum by (node) (node_memory_MemTotal_bytes))",
        "node",
    ),
    Figure(
        "node-disk",
        "Nodes",
        "Disk of the system",
        "percent",
        f"100 * (1 - min by (node) (node_filesystem_avail_bytes{{{{{_ROOT}}}}}"
        f" / node_filesystem_size_bytes{{{{{_ROOT}}}}}))",
        "node",
    ),
    Figure(
        "node-received",
        "Nodes",
        "Received",
        "bytes/s",
        'sum by (node) (rate(node_network_receive_bytes_total{{device!="lo"}}[5m]))',
        "node",
    ),
    Figure(
        "node-sent",
        "Nodes",
        "Sent",
        "bytes/s",
        'sum by (node) (rate(node_network_transmit_bytes_total{{device!="lo"}}[5m]))',
        "node",
    ),
    Figure(
        "pod-cpu",
        "Pods",
        "CPU",
        "cores",
        "sum by (pod) (rate(container_cpu_usage_seconds_total"
        '{{namespace={namespace},pod=~{pods},container!=""}}[5m]))',
        "pod",
    ),
    Figure(
        "pod-memory",
        "Pods",
        "Memory",
        "bytes",
        "sum by (pod) (container_memory_working_set_bytes"
        '{{namespace={namespace},pod=~{pods},container!=""}})',
        "pod",
    ),
    Figure(
        "database-connections",
        "Databases",
        "Connections",
        "number",
        "sum by (component) (pg_stat_database_numbackends{{{site}}})",
        "component",
    ),
    Figure(
        "database-size",
        "Databases",
        "Size",
        "bytes",
        "sum by (component) (pg_database_size_bytes{{{site}}})",
        "component",
    ),
    Figure(
        "database-commits",
        "Databases",
        "Transactions",
        "per second",
        "sum by (component) (rate(pg_stat_database_xact_commit{{{site}}}[5m]))",
        "component",
    ),
    Figure(
        "redis-memory",
        "Redis",
        "Memory",
        "bytes",
        "sum(redis_memory_used_bytes{{{site}}})",
    ),
    Figure(
        "redis-clients",
        "Redis",
        "Connections",
        "number",
        "sum(redis_connected_clients{{{site}}})",
    ),
    Figure(
        "web-requests",
        "OMERO.web",
        "Requests",
        "per second",
        "sum by (code) (rate(omero_web_requests_total{{{site}}}[5m]))",
        "code",
    ),
    Figure(
        "web-seconds",
        "OMERO.web",
        "95 % of requests are answered within",
        "seconds",
        "histogram_quantile(0.95, sum by (le) "
        "(rate(omero_web_request_seconds_bucket{{{site}}}[5m])))",
    ),
    Figure(
        "queue-length",
        "Jobs",
        "Waiting",
        "number",
        "sum by (queue) (omero_queue_length{{{site}}})",
        "queue",
    ),
    Figure(
        "sessions",
        "OMERO.web",
        "Sessions",
        "number",
        "max(omero_web_sessions{{{site}}})",
    ),
)
# Bytes in the volumes of the site, by claim; the kubelet measures them.
VOLUME_USED: Final = (
    "max by (persistentvolumeclaim) (kubelet_volume_stats_used_bytes{{namespace={namespace}}})"
)
VOLUME_SIZE: Final = (
    "max by (persistentvolumeclaim) (kubelet_volume_stats_capacity_bytes{{namespace={namespace}}})"
)


# What the names of pods go on with after that of the site: not those of a site `demo-2` of `demo`.
_WORKLOADS: Final = (
    "server|db|plugin-db|redis|web|worker|uploads|exports|export-worker|exporter|"
    "bootstrap|vacuum|reindex|backup|restore"
)


def promql(query: str, site: Site) -> str:
    """A query of this module about a site.

    Args:
        query: with its placeholders.
        site: whose figures.
    """
    namespace = quoted(site.namespace)
    return query.format(
        namespace=namespace,
        site=f"namespace={namespace},instance={quoted(site.instance)}",
        pods=quoted(f"{pattern(site.instance)}-({_WORKLOADS})-.*"),
    )


def step(seconds: int) -> int:
    """Seconds between two points of a chart."""
    return max(15, seconds // _POINTS)


def lines(figure: Figure, result: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a chart, the largest last value first.

    Args:
        figure: what was asked.
        result: of a range query: `[{"metric", "values": [[moment, text], …]}, …]`.

    Raises:
        ValueError: the answer is not like that.
    """
    found = []
    for each in result:
        try:
            metric, values = each["metric"], each["values"]
            points = [(float(moment), _number(text)) for moment, text in values]
        except (KeyError, TypeError, ValueError):
            raise ValueError("it is no list of figures") from None
        # A quotient by nothing is no number.
        points = [(moment, value) for moment, value in points if value is not None]
        if points:
            found.append({"name": str(metric.get(figure.label) or ""), "points": points})
    return sorted(found, key=lambda line: -line["points"][-1][1])


def by_label(label: str, result: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The values of an instant query by one of their labels.

    Raises:
        ValueError: the answer is not like that.
    """
    try:
        pairs = [(str(each["metric"].get(label)), _number(each["value"][1])) for each in result]
    except (KeyError, TypeError, IndexError, AttributeError):
        raise ValueError("it is no list of figures") from None
    return {name: value for name, value in pairs if value is not None}


def _number(text: Any) -> float | None:
    value = float(text)
    return value if abs(value) < float("inf") else None
