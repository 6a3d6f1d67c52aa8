"""Fixtures of the operator ring: one API server for the run, one operator per need."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from omero_ci.ring import CLUSTERS
from operator_ring.api_server import shared_api_server
from operator_ring.kube import Kube
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess
from operator_ring.proxy import Proxy
from operator_ring.releases import (
    MakeOperator,
    Release,
    install_for,
    operator_of,
    own_namespace,
)
from operator_ring.shared_site import SharedSite, shared_site

CLUSTER = CLUSTERS["operator"]
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take longest starts first, so that no worker is left with it at the end.

    A worker is handed two tests to begin with: behind each long one comes a short one.
    """
    long = [item for item in items if item.get_closest_marker("timeout")]
    long.sort(key=lambda item: -item.get_closest_marker("timeout").args[0])
    short = [item for item in items if item not in long]
    pairs = itertools.zip_longest(long, short[: len(long)])
    items[:] = [item for pair in pairs for item in pair if item is not None] + short[len(long) :]


@pytest.fixture(scope="session")
def kube(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kube]:
    """The administrator's client of an API server that all workers of this run share."""
    folder = tmp_path_factory.getbasetemp()
    # With pytest-xdist each worker has a folder in that of the run.
    with shared_api_server(CLUSTER, folder.parent if WORKER else folder) as client:
        yield client


@pytest.fixture
def kubelet(kube: Kube, namespace: str) -> Iterator[PlayedKubelet]:
    with PlayedKubelet(kube, namespace) as played:
        yield played


@pytest.fixture
def namespace(kube: Kube) -> str:
    """A namespace of the test's own."""
    return own_namespace(kube)


@pytest.fixture
def proxy(kube: Kube) -> Iterator[Proxy]:
    with Proxy(kube.server, kube.ca) as running:
        yield running


@pytest.fixture
def release(kube: Kube, namespace: str) -> Release:
    """The chart installed for the test's namespace alone, without any cluster-wide right."""
    return install_for(kube, namespace)


@pytest.fixture
def make_operator(
    kube: Kube, release: Release, tmp_path: Path, namespace: str
) -> Iterator[MakeOperator]:
    """Start an operator that looks after the test's namespace.

    `make_operator(proxy)` puts a proxy in between, `source` is another build's folder; other
    arguments are environment variables.
    """
    made: list[OperatorProcess] = []

    def make(
        proxy: Proxy | None = None,
        identity: str = "operator-0",
        release: Release = release,
        source: Path | None = None,
        **env: str,
    ) -> OperatorProcess:
        settings = {"WATCH_NAMESPACES": namespace, **env}
        operator = operator_of(kube, release, tmp_path, proxy, identity, **settings)
        operator.source = source
        made.append(operator)
        return operator.start()

    yield make
    for operator in made:
        if operator.running():
            operator.kill()


@pytest.fixture
def operator(make_operator: MakeOperator) -> OperatorProcess:
    started = make_operator()
    started.wait_active()
    return started


@pytest.fixture(scope="session")
def running_site(kube: Kube, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedSite]:
    """One site for all tests of this process that leave a site as it was."""
    with shared_site(kube, tmp_path_factory.mktemp("shared")) as site:
        yield site


@pytest.fixture
def shared(running_site: SharedSite) -> SharedSite:
    """The shared site, ready. Starting one of its own costs a test fifteen seconds.

    Each test adds other fields: what comes back within a full pass is left alone.
    """
    running_site.wait_ready()
    return running_site
