"""What several processes of a container have counted, added up and served at `/metrics`.

`PROMETHEUS_MULTIPROC_DIR`, a folder in memory, holds the files of all of them; where it is not set,
nothing is counted for others to read. gunicorn's health server answers in pods of OMERO.web, and a
thread of the main process in those of workers: a port of the pod that no Service and no Ingress
has.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from omero_plugin_common import env_utils
from omero_web_container.access_log import Application

PATH: Final = "/metrics"
_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_PORT: Final = "METRICS_PORT"
# Counters and histograms of processes that have ended are added to these files.
_GONE: Final = "gone"
_SUMMED: Final = ("counter", "histogram")


def folder() -> Path | None:
    """Where the processes write what they count; None where they do not."""
    given = env_utils.get_optional_env(_FOLDER)
    return Path(given) if given else None


def clear() -> None:
    """Delete what an earlier run of this container has left; before anything counts."""
    place = folder()
    if place is None:
        return
    place.mkdir(parents=True, exist_ok=True)
    for file in place.glob("*.db"):
        file.unlink(missing_ok=True)


def text() -> bytes:
    """All that was counted, in Prometheus' text format."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    place = folder()
    if place is None:
        return b""
    with _locked(place):
        MultiProcessCollector(registry, path=str(place))
        return generate_latest(registry)


def forget(pid: int) -> None:
    """Keep the sums of a process that has ended, and not its files: others would follow it.

    Args:
        pid: the process.
    """
    place = folder()
    if place is None:
        return
    from prometheus_client.mmap_dict import MmapedDict
    from prometheus_client.multiprocess import mark_process_dead

    with _locked(place):
        mark_process_dead(pid, str(place))
        for kind in _SUMMED:
            file = place / f"{kind}_{pid}.db"
            if not file.exists():
                continue
            sums = MmapedDict(str(place / f"{kind}_{_GONE}.db"))
            for key, value, moment, _ in MmapedDict.read_all_values_from_file(str(file)):
                before, _ = sums.read_value(key)
                sums.write_value(key, before + value, moment)
            sums.close()
            file.unlink()


def serve_beside() -> None:
    """Answer on `METRICS_PORT` from a thread of this process; nothing where that is not set."""
    if folder() is None or env_utils.get_optional_env(_PORT) is None:
        return
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder()))
    serve(registry)


def serve(registry: Any) -> None:
    """Answer on `METRICS_PORT` from a thread of this process.

    Args:
        registry: what is asked for each answer.

    Raises:
        OSError: the port is taken.
    """
    from prometheus_client import start_http_server

    port = env_utils.get_int_env(_PORT, 9100, low=1, high=65535)
    every = "::" if socket.has_dualstack_ipv6() else "0.0.0.0"  # noqa: S104 - a pod's own network
    start_http_server(port, addr=every, registry=registry)


def with_metrics(application: Application) -> Application:
    """Answer the address above; everything else goes on."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").rstrip("/") != PATH or folder() is None:
            return application(environ, start_response)
        from prometheus_client import CONTENT_TYPE_LATEST

        body = text()
        headers = [
            ("Content-Type", CONTENT_TYPE_LATEST),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ]
        start_response("200 OK", headers)
        return [body]

    return answer


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Nobody reads the files while those of a process are added to the sums."""
    lock = os.open(place / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
