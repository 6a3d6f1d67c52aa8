"""What Prometheus would read from an address, parsed by its own client library."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scrape(port: int) -> Samples:
    """The samples of `/metrics` on a port of this machine, by name and sorted labels."""
    with httpx.Client(trust_env=False, timeout=20) as client:
        answer = client.get(f"http://127.0.0.1:{port}/metrics")
    assert answer.status_code == 200, answer.text

    def written(name: str) -> str:
        # The library adds this to counters of those who do not write it.
        return name if name in answer.text else name.removesuffix("_total")

    return {
        (written(sample.name), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def key(name: str, **labels: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The name of a sample with these labels."""
    return name, tuple(sorted(labels.items()))
