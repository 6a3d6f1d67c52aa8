"""Fixtures of the e2e ring: one cluster, one operator, one site for the session; a browser."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from browser.chromium import chromium
from omero_ci import demo_monitoring
from omero_ci.kubectl import Kubectl
from omero_ci.paths import ROOT
from omero_ci.ring import CLUSTERS
from site_ring.installation import (
    HTTP_PORT,
    HTTPS_PORT,
    RELEASE,
    SYSTEM,
    Site,
    create_site,
    dump,
    helm,
    minimal_spec,
    script,
)
from tools.common.paths import cache_folder

CLUSTER = CLUSTERS["e2e"]
NAMESPACE = "microscopy"
ARTIFACTS = ROOT / ".artifacts" / "e2e"


@pytest.fixture(scope="session")
def kubectl() -> Iterator[Kubectl]:
    """A new cluster with the images loaded and the operator installed by Helm."""
    script("cluster", "down", "--name", CLUSTER)
    script("images", "build")
    # Both at once: an image's name follows from its sources, which somebody may edit meanwhile.
    archives = script("images", "archives").splitlines()
    values = script("images", "values").splitlines()[-1]
    ports = ("--http-port", str(HTTP_PORT), "--https-port", str(HTTPS_PORT))
    try:
        script("cluster", "up", "--name", CLUSTER, *ports, "--images", *archives)
        client = Kubectl(Path(script("cluster", "kubeconfig", "--name", CLUSTER)))
        install = ("upgrade", "--install", RELEASE, ".", "--create-namespace", "--values", values)
        helm(client, *install, "--wait", "--timeout", "10m")
        yield client
    finally:
        script("cluster", "down", "--name", CLUSTER)


@pytest.fixture(scope="session")
def site(kubectl: Kubectl) -> Site:
    """The minimal example with exporters, ready."""
    url = f"http://omero.localhost:{HTTP_PORT}/"
    spec = minimal_spec() | {"monitoring": {"exporters": True}}
    made = create_site(kubectl, NAMESPACE, "demo", spec, url)
    made.wait()
    return made


@pytest.fixture(scope="session")
def watched(site: Site) -> Site:
    """The site with the monitoring of `make demo` in its cluster."""
    options = demo_monitoring.helm_options(CLUSTER)
    helm(
        site.kubectl,
        *("upgrade", RELEASE, ".", "--reuse-values", *options, "--wait", "--timeout", "10m"),
    )
    spec = {"spec": demo_monitoring.specification(RELEASE, SYSTEM)}
    change = ("patch", f"omero/{site.name}", "--namespace", site.namespace, "--type=merge")
    site.kubectl.run(*change, f"--patch={json.dumps(spec)}")
    site.wait_observed()
    site.wait()
    return site


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what explains a failure while it is still there."""
    report = yield
    config = cache_folder() / "cluster" / CLUSTER / "kubeconfig"
    if report.failed and config.exists():
        dump(ARTIFACTS / item.name, Kubectl(config))
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh profile; the ring's certificates are self-signed."""
    context = browser.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 800})
    # A page asks pods that may have begun a moment ago, on a busy machine.
    context.set_default_navigation_timeout(120_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots go."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    return ARTIFACTS
