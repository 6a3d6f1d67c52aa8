"""The Celery workers: for most jobs, for those that wait for answers of others, and for files."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Final

from omero_plugin_common import env_utils, redis_client
from omero_plugin_common.jobs.registry import NETWORK
from omero_web_container import metrics_server, staging
from omero_web_container.catalogue import App, chosen_apps
from omero_web_container.extra_plugins import ExtraPlugin, add_to_path, extra_plugins

# The queues of the plugins whose jobs need their files.
IMPORTS: Final = "imports"
EXPORTS: Final = "exports"


def run(command: Callable[[], list[str]]) -> int:
    """Be a worker, in this process.

    Args:
        command: makes the command line of the worker to be.
    """
    # Process 1 of a container gets no signal that it does not handle, so until Celery handles this
    # one, which is some seconds, the pod could not be ended.
    signal.signal(signal.SIGTERM, _end)
    plugins = extra_plugins()
    add_to_path(plugins)
    os.environ.setdefault("PLUGIN_PACKAGES", ",".join(packages_with_jobs(chosen_apps(), plugins)))
    sys.argv = command()
    metrics_server.serve_beside()
    from celery.__main__ import main

    main()
    return 0


def _end(_number: int, _frame: FrameType | None) -> None:
    """Nothing was begun that would have to be put away."""
    os._exit(0)


def packages_with_jobs(apps: Iterable[App], plugins: Iterable[ExtraPlugin]) -> list[str]:
    """The packages whose jobs the worker has to know.

    Args:
        apps: applications of the image; most are pages alone and not for a worker to import.
        plugins: added plugins; each may have jobs.
    """
    return [*(app.app for app in apps if app.jobs), *(plugin.app for plugin in plugins)]


def celery_command() -> list[str]:
    """The worker's command line; no secret is in it.

    Events are for programs that watch Celery; without them a worker has fewer connections, and none
    on which it waits where no signal reaches it.
    """
    concurrency = env_utils.get_int_env("WORKER_CONCURRENCY", 2, low=1, high=64)
    queues = env_utils.get_env("WORKER_QUEUES", "default")
    return _command("worker", concurrency, queues)


def network_command() -> list[str]:
    """The command line of the worker for jobs that mostly wait: they are threads of one process."""
    concurrency = env_utils.get_int_env("NETWORK_WORKER_CONCURRENCY", 8, low=1, high=64)
    return [*_command("network-worker", concurrency, NETWORK), "--pool", "threads"]


def import_command() -> list[str]:
    """The command line of the worker for imports, beside the files of the uploads.

    Each of its processes keeps a Java machine that knows the formats.
    """
    staging.UPLOADS.prepare()
    concurrency = env_utils.get_int_env("IMPORT_WORKER_CONCURRENCY", 2, low=1, high=64)
    return _command("import-worker", concurrency, IMPORTS)


def export_command() -> list[str]:
    """The command line of the worker that writes images as files, beside those who offer them."""
    staging.EXPORTS.prepare()
    concurrency = env_utils.get_int_env("EXPORT_WORKER_CONCURRENCY", 2, low=1, high=64)
    return _command("export-worker", concurrency, EXPORTS)


def _command(name: str, concurrency: int, queues: str) -> list[str]:
    # Read here as well, so that a missing one is one clear message instead of Celery's trace.
    redis_client.check_environment()
    return [
        "celery", "-A", "omero_plugin_common.celery_app", "worker",
        "--concurrency", str(concurrency), "--queues", queues, "--hostname", f"{name}@%h",
        "--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip
