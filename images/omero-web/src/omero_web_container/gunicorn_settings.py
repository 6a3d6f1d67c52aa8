"""What gunicorn has no option for on its command line (`--config python:…`)."""

from __future__ import annotations

import gc
import os
from typing import Any

from omero_web_container import health_server, metrics_server
from omero_web_container.json_logs import configuration

# gunicorn's own log lines, in the format of the others.
logconfig_dict = configuration(os.environ.get("LOG_LEVEL", "INFO"))
worker_class = "omero_web_container.gunicorn_worker.Worker"
# Addresses and fields of a header as long as the front takes: one of them may name a thousand
# images. 0 is no bound here; for a field it would be gunicorn's default.
limit_request_line = 0
limit_request_field_size = 65536
# Whether a request came by https is Django's to say, from `omero.web.secure_proxy_ssl_header`;
# gunicorn would believe anybody who comes by its socket.
secure_scheme_headers: dict[str, str] = {}


def when_ready(server: Any) -> None:
    """OMERO.web is loaded and gunicorn listens; its workers are forked next."""
    # What is there by now is shared by all of them as long as nobody touches it; the collector
    # would, with its marks.
    gc.collect()
    gc.freeze()
    health_server.start(server)


def child_exit(_server: Any, worker: Any) -> None:
    """A worker has ended, and the master has seen it."""
    metrics_server.forget(worker.pid)
