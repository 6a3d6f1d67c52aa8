"""`exporter`: what a site's queue, jobs, OMERO.server and login are like, for Prometheus.

Each source is read by a thread of its own, at its own pace, and `/metrics` shows what was read
last: a scrape waits for nobody. A source that fails has no metrics but `omero_exporter_up` 0, and
the others go on.
"""

from __future__ import annotations

import logging.config
import os
import signal
import threading
from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry

from omero_plugin_common import env_utils, redis_client
from omero_web_container import metrics_server
from omero_web_container.exporter import (
    certificate,
    jobs,
    login,
    login_page,
    logs,
    omero_figures,
    queues,
    web_sessions,
)
from omero_web_container.exporter.source import Collector, Source
from omero_web_container.json_logs import configuration

# Seconds between two readings.
SOURCES: Final = (
    Source("redis", 10, queues.read),
    Source("plugin_database", 15, jobs.read),
    Source("web_sessions", 60, web_sessions.read),
    Source("login", 60, login.read),
    Source("login_page", 60, login_page.read),
    Source("certificate", 300, certificate.read),
    Source("logs", 60, logs.read),
    # Sums over all files: of a large site it takes minutes, and then comes less often.
    Source("omero", 300, omero_figures.read, patience=20),
)


def run() -> int:
    """Serve until the pod ends."""
    logging.config.dictConfig(configuration(os.environ.get("LOG_LEVEL", "INFO")))
    check_environment()
    registry = CollectorRegistry()
    read = sources()
    registry.register(Collector(read))
    for source in read:
        threading.Thread(target=source.keep_reading, name=source.name, daemon=True).start()
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    metrics_server.serve(registry)
    end.wait()
    return 0


def sources() -> Sequence[Source]:
    """Those that the site has."""
    return [each for each in SOURCES if each.read is not logs.read or logs.wanted()]


def check_environment() -> None:
    """A missing variable is one clear message, not a source that fails for ever."""
    for name in ("OMERO_HOST", "OMP_DATA_HOST", "MONITORING_USER"):
        env_utils.get_env(name)
    for name in ("OMP_DATA_PASS_FILE", "MONITORING_PASSWORD_FILE"):
        env_utils.get_secret_env(name)
    redis_client.check_environment()
