"""An operator and a definition that are one version apart, either way, on a real API server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from omero_operator.identity.kinds import PLATFORM
from operator_ring import builds
from operator_ring.api_server import api_server
from operator_ring.children import children
from operator_ring.kube import Kube, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import PASSES, OperatorProcess
from operator_ring.releases import Release, install, operator_of, own_namespace

SPEC = {"motto": "per aspera", "web": {"apps": ["figure"]}}


@pytest.fixture
def kube() -> Iterator[Kube]:
    """A server of the test's own: a definition is one for the whole cluster."""
    with api_server("skew-tests") as client:
        yield client


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    return builds.newer(tmp_path / "newer")


@pytest.fixture
def release(kube: Kube) -> Release:
    return install(kube, "skew", "--set", "crds.create=false")


def define(kube: Kube, build: Path | None) -> None:
    """Serve the definition of a build, or that of the chart."""
    if build is None:
        install(kube, "crd-only")
    else:
        kube.apply(builds.definition(build), "customresourcedefinitions")
    schemas = "/openapi/v3/apis/platform.omero.dev/v1alpha1"
    wanted = build is not None
    wait_until(lambda: ("motto" in str(kube.request("GET", schemas))) == wanted)


def templates(kube: Kube, namespace: str) -> dict[str, Any]:
    return {
        f"{child['kind']} {child['metadata']['name']}": child["spec"]["template"]
        for child in children(kube, namespace, "site")
        if "template" in child.get("spec", {})
    }


def check_in_order(kube: Kube, namespace: str, operator: OperatorProcess) -> None:
    """The site is ready, and the operator looks at it again and again without a write."""
    kube.wait_condition(namespace, "site", "Ready", "True")
    operator.wait_active()
    seen = operator.metric(PASSES)
    wait_until(lambda: operator.metric(PASSES) >= seen + 4)
    writes, passes = operator.writes(), operator.metric(PASSES)
    wait_until(lambda: operator.metric(PASSES) >= passes + 4)
    assert operator.writes() == writes, operator.tail()


@pytest.mark.timeout(400)
def test_one_version_apart_either_way(
    kube: Kube, release: Release, newer: Path, tmp_path: Path
) -> None:
    namespace = own_namespace(kube)
    operator = operator_of(
        kube, release, tmp_path, WATCH_NAMESPACES=namespace, FULL_PASS_SECONDS="1"
    )
    with PlayedKubelet(kube, namespace):
        define(kube, newer)
        operator.source = newer
        operator.start().wait_active()
        kube.platform(namespace, "site", SPEC)
        check_in_order(kube, namespace, operator)
        before = templates(kube, namespace)
        assert status(kube, namespace)["news"] == "good"
        operator.stop()

        # The operator is rolled back; the definition and what was written stay.
        operator.source = None
        operator.start()
        valid = wait_reason(kube, namespace, "UnknownFieldsIgnored")
        assert valid["status"] == "True"
        assert (
            "unknown fields are ignored: spec.motto (made for a newer operator" in valid["message"]
        )
        check_in_order(kube, namespace, operator)
        assert templates(kube, namespace) == before
        kube.merge(PLATFORM, namespace, "site", {"spec": {"web": {"apps": ["figure", "nextapp"]}}})
        wait_until(lambda: "'nextapp'" in wait_reason(kube, namespace, valid["reason"])["message"])
        check_in_order(kube, namespace, operator)
        assert templates(kube, namespace) == before
        kube.merge(PLATFORM, namespace, "site", {"spec": {"web": {"apps": ["figure"]}}})
        operator.stop()

        # The other way: the operator is newer, and nobody has upgraded the definition.
        define(kube, None)
        operator.source = newer
        operator.start()
        assert wait_reason(kube, namespace, "Accepted")["status"] == "True"
        check_in_order(kube, namespace, operator)
        assert templates(kube, namespace) == before
        kube.merge(PLATFORM, namespace, "site", {"spec": {"hibernated": True}})
        kube.wait_condition(namespace, "site", "Ready", "False")
        assert "news" not in status(kube, namespace)
        operator.stop()
        assert "SpecInvalid" not in operator.log.read_text()


def status(kube: Kube, namespace: str) -> dict[str, Any]:
    found: dict[str, Any] = (kube.get(PLATFORM, namespace, "site") or {})["status"]
    return found


def wait_reason(kube: Kube, namespace: str, reason: str) -> dict[str, Any]:
    """SpecValid, when it has this reason."""

    def found() -> dict[str, Any]:
        return kube.condition(namespace, "site", "SpecValid")

    wait_until(lambda: found()["reason"] == reason, what=lambda: str(found()))
    return found()
