"""What Prometheus would read from an address, parsed by its own client library."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

import local_services
from free_ports import free_port
from plugin_site import until
from whole_site import WholeSite

SOURCES: Final = (
    "redis", "plugin_database", "web_sessions", "login", "login_page", "certificate", "omero",
)  # fmt: skip
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


@contextmanager
def exporter_of(whole: WholeSite, folder: Path, **variables: str) -> Iterator[int]:
    """The exporter of the shared site, when it has read all sources; the port of its metrics."""
    port, log = free_port(), folder / "exporter.log"
    more = {
        "METRICS_PORT": str(port),
        "EXPORTER_QUEUES": "default,empty",
        "EXPORTER_WEB_URL": whole.site.url,
        **variables,
    }
    environment = local_services.python_environment(**{**whole.variables, **more})
    exporter = local_services.of_the_image("exporter", log, environment)
    try:
        until(lambda: _has_read_all(port) or exporter.poll() is not None, told=log.read_text)
        assert exporter.poll() is None, log.read_text()
        yield port
        exporter.terminate()
        assert exporter.wait(10) == 0
    finally:
        exporter.send_signal(signal.SIGKILL)


def _has_read_all(port: int) -> bool:
    try:
        read = [name for name, _ in scrape(port) if name == "omero_exporter_age_seconds"]
    except httpx.TransportError:
        return False
    return len(read) == len(SOURCES)
