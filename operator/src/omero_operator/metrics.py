"""Prometheus metrics of the operator, served on /metrics."""

from prometheus_client import Counter, Gauge, Histogram

API_CALLS = Counter(
    "omero_operator_api_calls_total",
    "Requests to the Kubernetes API; code 0 means no answer.",
    ["verb", "kind", "code"],
)
API_SECONDS = Histogram(
    "omero_operator_api_call_seconds",
    "Time until the Kubernetes API answered.",
    ["verb"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
)
PASSES = Counter(
    "omero_operator_passes_total",
    "Reconcile passes by result: done, temporary, error, gone (no platform), interrupted.",
    ["result"],
)
PASS_SECONDS = Histogram(
    "omero_operator_pass_seconds",
    "Duration of a reconcile pass.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
QUEUE_DEPTH = Gauge("omero_operator_queue_depth", "Platforms that wait for a pass.")
NEXT_ATTEMPT = Gauge(
    "omero_operator_next_attempt_seconds",
    "Seconds until a platform whose last pass failed is tried again.",
    ["namespace", "platform"],
)
LAST_SUCCESS = Gauge(
    "omero_operator_last_success_timestamp_seconds",
    "When the last complete pass of a platform ended, in seconds since 1970.",
    ["namespace", "platform"],
)
REPAIRS = Counter(
    "omero_operator_repairs_total",
    "Children of a platform, by kind, that others had changed and the operator put back.",
    ["namespace", "platform", "kind"],
)
LEADER = Gauge("omero_operator_leader", "1 on the replica that writes, 0 on the others.")
WATCH_LAG = Gauge(
    "omero_operator_watch_lag_seconds",
    "Age of the oldest change that a list showed and the watch has not reported.",
)
TASKS = Gauge(
    "omero_operator_tasks",
    "Tasks of the operator's event loop: one for each platform, watches, writes under way.",
)
CONDITION = Gauge(
    "omero_platform_condition",
    "1 for the present status of each condition of a platform.",
    ["namespace", "platform", "type", "status"],
)


def forget(namespace: str, platform: str) -> None:
    """Drop the samples of a platform that is gone, or an alert on it would never end."""
    for metric in (CONDITION, NEXT_ATTEMPT, LAST_SUCCESS, REPAIRS):
        metric.remove_by_labels({"namespace": namespace, "platform": platform})
