"""The Celery worker."""

from __future__ import annotations

import os
import sys

from omero_plugin_common import env_utils
from omero_web_container.extra_plugins import add_to_path, extra_plugins


def run() -> int:
    """Replace this process by the worker."""
    plugins = extra_plugins()
    add_to_path(plugins)
    # Their jobs are known to the worker by these names.
    os.environ.setdefault("PLUGIN_PACKAGES", ",".join(plugin.app for plugin in plugins))
    command = celery_command()
    os.execv(command[0], command)  # noqa: S606 - a fixed program, no shell


def celery_command() -> list[str]:
    """The worker's command line; no secret is in it."""
    concurrency = env_utils.get_int_env("WORKER_CONCURRENCY", 2, low=1, high=64)
    queues = env_utils.get_env("WORKER_QUEUES", "default")
    # Read here as well, so that a missing one is one clear message instead of Celery's trace.
    env_utils.get_env("REDIS_HOST")
    env_utils.get_secret_env("REDIS_PASSWORD_FILE")
    return [
        sys.executable, "-m", "celery", "-A", "omero_plugin_common.celery_app", "worker",
        "--concurrency", str(concurrency), "--queues", queues, "--hostname", "worker@%h",
        "--loglevel", "INFO", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
