"""Doubles of the Kubernetes API and of Prometheus, as much of both as the admin tools ask.

They answer with what a test gives them. The real API server is asked in the operator ring.
"""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

Item = dict[str, Any]


@dataclass
class Double(ABC):
    """What answers the questions of a test, and writes them down.

    Attributes:
        down: parts of addresses that are answered with an error.
        status: of these answers.
        asked: address, headers and form of each question.
        url: where it is.
    """

    down: set[str] = field(default_factory=set)
    status: int = 503
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    url: str = ""

    @abstractmethod
    def answer(self, path: str, query: dict[str, str]) -> tuple[int, str]:
        """Status and body."""


@dataclass
class KubernetesApiDouble(Double):
    """A double of the Kubernetes API.

    Attributes:
        objects: by the plural of their kind, as in addresses; `metrics` for those of pods.
        page: of a list; the rest comes with the token of `continue`.
    """

    objects: dict[str, list[Item]] = field(default_factory=dict)
    page: int = 500

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, str]:
        """As the API server: a list, an object, or a `Status`."""
        plural = "metrics" if "metrics.k8s.io" in path else _after_namespace(path)
        if any(each in path for each in self.down):
            return self.status, json.dumps({"kind": "Status", "message": f"{plural} is forbidden"})
        kind, _, name = plural.partition("/")
        items = self.objects.get(kind, [])
        if name:
            found = [each for each in items if each["metadata"]["name"] == name]
            return (200, json.dumps(found[0])) if found else (404, "{}")
        start = int(query.get("continue", "0"))
        rest = str(start + self.page) if len(items) > start + self.page else ""
        body = {"items": items[start : start + self.page], "metadata": {"continue": rest}}
        return 200, json.dumps(body)


@dataclass
class PrometheusDouble(Double):
    """A double of Prometheus.

    Attributes:
        series: labels and the value of all moments, by a part of the query.
    """

    series: dict[str, list[tuple[dict[str, str], float]]] = field(default_factory=dict)

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, str]:
        """As Prometheus: a matrix, a vector, or an error."""
        if any(each in query["query"] for each in self.down):
            return self.status, json.dumps({"status": "error", "error": "query timed out"})
        found = [
            each
            for part, series in self.series.items()
            if part in query["query"]
            for each in series
        ]
        if path.endswith("query_range"):
            start, end, step = (int(query[name]) for name in ("start", "end", "step"))
            result: list[Item] = [
                {
                    "metric": labels,
                    "values": [
                        [at, f"{value * (1 + 0.1 * math.sin(at / step / 9))}"]
                        for at in range(start, end + 1, step)
                    ],
                }
                for labels, value in found
            ]
        else:
            result = [
                {"metric": labels, "value": [int(query["time"]), str(value)]}
                for labels, value in found
            ]
        return 200, json.dumps({"status": "success", "data": {"result": result}})


def _after_namespace(path: str) -> str:
    return path.partition("/namespaces/")[2].partition("/")[2]
