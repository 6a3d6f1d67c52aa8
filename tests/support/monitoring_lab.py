"""A real Prometheus with real exporters on this machine, and the rules of the chart.

What only a cluster has (containers, volumes, objects of Kubernetes) is missing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import yaml
from redis import Redis

from free_ports import free_port
from local_services import launch, postgres, redis, running
from omero_ci.paths import ROOT
from plugin_site import until

RULES: Final = ROOT / "charts" / "omero-monitoring" / "rules"
SITE: Final = {"namespace": "images", "instance": "demo"}


@dataclass(frozen=True)
class Target:
    """Something to scrape.

    Attributes:
        job: its job.
        port: on this machine.
        labels: that discovery adds in a cluster.
        address: what a blackbox exporter asks.
    """

    job: str
    port: int
    labels: dict[str, str]
    address: str = ""

    def config(self) -> dict[str, Any]:
        """The part of Prometheus's configuration."""
        made: dict[str, Any] = {
            "job_name": f"{self.job}-{self.labels.get('component', '')}-{self.port}",
            "honor_labels": True,
            "static_configs": [{"targets": [f"127.0.0.1:{self.port}"], "labels": self.labels}],
        }
        if self.address:
            made |= {"metrics_path": "/probe", "params": {"target": [self.address]}}
        return made


@contextmanager
def exporters(
    folder: Path, database_folder: Path
) -> Iterator[tuple[list[Target], Callable[[], object]]]:
    """PostgreSQL, Redis and this machine, with the exporters of Debian; and how to use Redis.

    Args:
        folder: for logs.
        database_folder: which the postgres user may enter.
    """
    with ExitStack() as stack:
        base = stack.enter_context(postgres(database_folder))
        cache = stack.enter_context(redis(folder))
        source = f"127.0.0.1:{base.port}/omero?sslmode=disable"
        login = {"DATA_SOURCE_USER": "omero", "DATA_SOURCE_PASS": base.password}
        start = partial(_start, stack, folder)
        of_postgres = start("postgres", DATA_SOURCE_URI=source, **login)
        of_redis = start(
            "redis", REDIS_ADDR=f"redis://127.0.0.1:{cache.port}", REDIS_PASSWORD=cache.password
        )
        of_node, probes = start("node"), start("blackbox", _modules(folder))
        client = stack.enter_context(Redis(port=cache.port, password=cache.password))
        client.config_set("maxmemory", "64mb")
        client.set("key", "value", ex=600)
        targets = [
            Target("sites", of_postgres, {**SITE, "component": "database", "pod": "demo-db-0"}),
            Target("sites", of_postgres, {**SITE, "component": "plugin-database", "pod": "p"}),
            Target("sites", of_redis, {**SITE, "component": "redis", "pod": "demo-redis-0"}),
            Target("node-exporter", of_node, {"instance": "node-1"}),
            Target("probe", probes, {**SITE, "target": "db"}, f"127.0.0.1:{base.port}"),
        ]
        yield targets, lambda: client.mget("key", "other")


@contextmanager
def prometheus(
    folder: Path, targets: list[Target], meanwhile: Callable[[], object]
) -> Iterator[str]:
    """Its address, when it has scraped everything a few times and recorded from that.

    Args:
        folder: for its data.
        targets: what it scrapes.
        meanwhile: is called again and again until then.
    """
    port = free_port()
    settings = folder / "prometheus.yml"
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES / "*.yaml")],
        "scrape_configs": [target.config() for target in targets],
    }
    settings.write_text(yaml.safe_dump(configuration))
    log = folder / "prometheus.log"
    command = ["prometheus", f"--config.file={settings}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"]
    url = f"http://127.0.0.1:{port}"
    with running(partial(launch, command, log), log, lambda: _answers(f"{url}/-/ready")):
        # A rate needs two samples, and what is recorded from it two more.
        scraped = f"count(count_over_time(up[1m]) >= 6 and up == 1) == {len(targets)}"
        until(lambda: meanwhile() and has_data(url, scraped), told=log.read_text)
        yield url


def has_data(url: str, query: str) -> bool:
    """Whether a query returns something."""
    answer = httpx.post(f"{url}/api/v1/query", data={"query": query}, trust_env=False).json()
    return bool(answer["data"]["result"])


def _start(stack: ExitStack, folder: Path, name: str, option: str = "", **variables: str) -> int:
    port, log = free_port(), folder / f"{name}-exporter.log"
    command = [f"prometheus-{name}-exporter", f"--web.listen-address=127.0.0.1:{port}"]
    command += [option] if option else []
    environment = {"PATH": "/usr/bin:/bin", **variables}
    start = partial(launch, command, log, environment=environment)
    ready = partial(_answers, f"http://127.0.0.1:{port}/metrics")
    stack.enter_context(running(start, log, ready))
    return port


def _modules(folder: Path) -> str:
    """The blackbox exporter connects to what it is asked for."""
    path = folder / "blackbox.yml"
    path.write_text("modules: {http_2xx: {prober: tcp, timeout: 2s}}\n")
    return f"--config.file={path}"


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
