"""The Celery worker."""

from __future__ import annotations

import os
import sys

from omero_plugin_common import environment


def run() -> int:
    """Replace this process by the worker."""
    command = celery_command()
    os.execv(command[0], command)  # noqa: S606 - a fixed program, no shell


def celery_command() -> list[str]:
    """The worker's command line; no secret is in it."""
    concurrency = environment.integer("WORKER_CONCURRENCY", 2, low=1, high=64)
    queues = environment.text("WORKER_QUEUES", "default")
    # Read here as well, so that a missing one is one clear message instead of Celery's trace.
    environment.text("REDIS_HOST")
    environment.secret("REDIS_PASSWORD_FILE")
    return [
        sys.executable, "-m", "celery", "-A", "omero_plugin_common.celery_app", "worker",
        "--concurrency", str(concurrency), "--queues", queues, "--hostname", "worker@%h",
        "--loglevel", "INFO", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
