"""Prometheus metrics of the operator, served on /metrics."""

from collections.abc import Iterable, Mapping

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

_STATUSES = ("True", "False", "Unknown")

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


class Conditions(Collector):
    """The conditions of all platforms, as samples that are made when somebody asks for them.

    A `Gauge` keeps an object for each status of each condition of each platform: some 5 MiB for a
    hundred platforms.
    """

    def __init__(self) -> None:
        self._present: dict[tuple[str, str], Mapping[str, str]] = {}
        self._asleep: set[tuple[str, str]] = set()

    def publish(
        self, namespace: str, platform: str, present: Mapping[str, str], *, asleep: bool
    ) -> None:
        """Take note of a platform.

        Args:
            namespace: of the platform.
            platform: its name.
            present: The present status of each condition, by its type.
            asleep: Whether it hibernates.
        """
        self._present[namespace, platform] = present
        (self._asleep.add if asleep else self._asleep.discard)((namespace, platform))

    def forget(self, namespace: str, platform: str) -> None:
        """Drop the conditions of a platform that is gone."""
        self._present.pop((namespace, platform), None)
        self._asleep.discard((namespace, platform))

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """All samples."""
        family = GaugeMetricFamily(
            "omero_platform_condition",
            "1 for the present status of each condition of a platform.",
            labels=["namespace", "platform", "type", "status"],
        )
        hibernated = GaugeMetricFamily(
            "omero_platform_hibernated",
            "1 for a platform whose pods are scaled to zero on purpose, 0 for others.",
            labels=["namespace", "platform"],
        )
        # Asked in another thread.
        for place, present in list(self._present.items()):
            hibernated.add_metric(place, float(place in self._asleep))
            for condition, status in present.items():
                for value in _STATUSES:
                    family.add_metric([*place, condition, value], float(status == value))
        yield family
        yield hibernated


CONDITIONS = Conditions()
REGISTRY.register(CONDITIONS)


def forget(namespace: str, platform: str) -> None:
    """Drop the samples of a platform that is gone, or an alert on it would never end."""
    CONDITIONS.forget(namespace, platform)
    for metric in (NEXT_ATTEMPT, LAST_SUCCESS, REPAIRS):
        metric.remove_by_labels({"namespace": namespace, "platform": platform})
