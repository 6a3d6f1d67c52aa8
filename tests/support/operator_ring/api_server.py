"""API servers with the controllers and the chart's CRD, and without a node."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import portalocker

from omero_ci.paths import ROOT
from omero_operator.identity.kinds import PLATFORM
from operator_ring.kube import NAMESPACE, Kube, Refused, wait_until
from operator_ring.releases import SYSTEM, install

_SECONDS_TO_START = 120


@contextmanager
def api_server(cluster: str, *, definition: bool = True) -> Iterator[Kube]:
    """A new one for whoever asks; the administrator's client.

    Args:
        cluster: Its name.
        definition: Whether it knows platforms from the start.
    """
    _start(cluster, definition=definition)
    try:
        with _client(cluster) as kube:
            yield kube
    finally:
        _cluster("down", cluster)


@contextmanager
def shared_api_server(cluster: str, folder: Path) -> Iterator[Kube]:
    """One for several processes: the first that comes starts it, the last that goes ends it.

    Args:
        cluster: Its name.
        folder: Where these processes, and no others, count themselves.
    """
    with _counted(folder) as others:
        if not others.read_text():
            _start(cluster)
        others.write_text(others.read_text() + "x")
    try:
        with _client(cluster) as kube:
            yield kube
    finally:
        with _counted(folder) as others:
            others.write_text(others.read_text()[1:])
            if not others.read_text():
                _cluster("down", cluster)


@contextmanager
def _counted(folder: Path) -> Iterator[Path]:
    """The file with one letter for each user, while nobody else may change it."""
    users = folder / "users-of-the-api-server"
    with portalocker.Lock(folder / "users-of-the-api-server.lock", timeout=_SECONDS_TO_START):
        users.touch()
        yield users


def _start(cluster: str, *, definition: bool = True) -> None:
    _cluster("down", cluster)
    _cluster("up", cluster, "--control-plane-only")
    with _client(cluster) as kube:
        kube.create(NAMESPACE, {"metadata": {"name": SYSTEM}})
        if definition:
            define(kube)


def define(kube: Kube) -> None:
    """Install the chart's CRD, and wait until platforms are served."""
    install(kube, "crd-only")
    wait_until(lambda: served(kube))


@contextmanager
def _client(cluster: str) -> Iterator[Kube]:
    kube = Kube(Path(_cluster("kubeconfig", cluster)))
    try:
        yield kube
    finally:
        kube.close()


def served(kube: Kube) -> bool:
    """Whether the API server answers for the custom resource."""
    try:
        kube.list(PLATFORM)
    except Refused:
        return False
    return True


def _cluster(command: str, name: str, *options: str) -> str:
    """Run `ci/cluster`; what it printed."""
    ended = subprocess.run(
        [str(ROOT / "ci" / "cluster"), command, "--name", name, *options],
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.strip()
