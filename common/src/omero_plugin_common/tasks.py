"""Tasks of the platform itself."""

from __future__ import annotations

import os

from celery import shared_task


@shared_task(name="omero_plugin_common.ping")
def ping() -> dict[str, str]:
    """Shows that broker, worker and results work together."""
    return {"answer": "pong", "worker": os.environ.get("HOSTNAME", "")}
