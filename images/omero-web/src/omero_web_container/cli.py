"""`omero-web-container COMMAND`, with one of `COMMANDS`.

`web`, `uploads`, `exports`, `front`, `exporter` and the workers become the server itself: it is
process 1 and gets the signals. Modules are imported when they are needed, because the probe of an
external Redis runs this program every few seconds. Those of workers are `worker_probe.sh`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

from omero_web_container import secret_config, termination


def _web() -> int:
    from omero_web_container import web

    return web.run()


def _uploads() -> int:
    from omero_web_container import staging, web

    return web.run(files=staging.UPLOADS)


def _exports() -> int:
    from omero_web_container import staging, web

    return web.run(files=staging.EXPORTS)


def _front() -> int:
    from omero_web_container import front

    return front.run()


def _exporter() -> int:
    from omero_web_container import exporter

    return exporter.run()


def _worker() -> int:
    from omero_web_container import worker

    return worker.run(worker.celery_command)


def _network_worker() -> int:
    from omero_web_container import worker

    return worker.run(worker.network_command)


def _import_worker() -> int:
    from omero_web_container import worker

    return worker.run(worker.import_command)


def _export_worker() -> int:
    from omero_web_container import worker

    return worker.run(worker.export_command)


def _bootstrap() -> int:
    from omero_web_container import bootstrap

    return bootstrap.run()


def _smoke() -> int:
    from omero_web_container import smoke

    return smoke.run()


def _memo_files() -> int:
    from omero_web_container import memo_files

    return memo_files.run()


def _quotas() -> int:
    from omero_web_container import quota_report

    return quota_report.run()


def _collect_static() -> int:
    from omero_web_container import collect_static

    return collect_static.run()


def _redis_ready() -> int:
    from omero_web_container import redis_ready

    return redis_ready.run()


COMMANDS: dict[str, Callable[[], int]] = {
    "web": _web,
    "uploads": _uploads,
    "exports": _exports,
    "front": _front,
    "worker": _worker,
    "network-worker": _network_worker,
    "import-worker": _import_worker,
    "export-worker": _export_worker,
    "exporter": _exporter,
    "bootstrap": _bootstrap,
    "smoke": _smoke,
    "memo-files": _memo_files,
    "quotas": _quotas,
    "collect-static": _collect_static,
    "redis-ready": _redis_ready,
}


# Servers whose processes count what they do; those of probes run beside them.
_COUNTING: Final = frozenset(
    {"web", "uploads", "exports"} | {n for n in COMMANDS if n.endswith("worker")}
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit code 2 for a wrong one, 1 with one message for a wrong environment."""
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) != 1 or given[0] not in COMMANDS:
        sys.stderr.write(f"usage: omero-web-container {' | '.join(COMMANDS)}\n")
        return 2
    try:
        if given[0] in _COUNTING:
            from omero_web_container import metrics_server

            metrics_server.clear()
        return COMMANDS[given[0]]()
    except Exception as error:
        if hidden := secret_config.problem(error):
            termination.explain(given[0], hidden)
            return 1
        # By name, since some of them are imported with what they end.
        if not {"EnvironmentProblem", "CannotStart"} & {
            each.__name__ for each in type(error).mro()
        }:
            raise
        termination.explain(given[0], error)
        return 1
