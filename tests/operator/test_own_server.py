"""Definitions that come, go and are one version apart, and an operator for all namespaces.

These concern a whole cluster, so they have an API server without the platforms of other tests. It
is one for all of them, one after the other: its start costs more than what they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from omero_operator.identity.kinds import CONFIG_MAP, PLATFORM, SERVICE, Kind
from omero_operator.identity.labels import FINALIZER
from operator_ring import api_server, builds
from operator_ring.children import children, versions
from operator_ring.kube import NAMESPACE, SECONDS_TO_COLLECT, SMALL, Kube, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import PASSES, OperatorProcess
from operator_ring.releases import MakeOperator, install, operator_of, own_namespace

CRD = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions")
SPEC = {"motto": "per aspera", "web": {"apps": ["figure"]}}


@pytest.fixture(scope="module")
def kube() -> Iterator[Kube]:
    with api_server.api_server("operator-tests-own", definition=False) as client:
        yield client


@pytest.mark.timeout(900)
def test_definitions_and_all_namespaces(
    kube: Kube, namespace: str, make_operator: MakeOperator, tmp_path: Path
) -> None:
    _it_comes_after_the_operator_goes_and_comes_again(kube, namespace, make_operator)
    _two_namespaces_under_one_cluster_wide_operator(kube, make_operator)
    _one_version_apart_either_way(kube, tmp_path)


def _it_comes_after_the_operator_goes_and_comes_again(
    kube: Kube, namespace: str, make_operator: MakeOperator
) -> None:
    """An operator with rights in one namespace sees it; the process stays through all of it."""
    operator = make_operator()
    operator.wait_active()
    pid = operator.pid
    wait_until(operator.healthy)

    api_server.define(kube)
    kube.platform(namespace, "first", SMALL)
    wait_until(lambda: kube.get(CONFIG_MAP, namespace, "first-web"), 40, operator.tail)
    # Its watch is there: the next full pass is minutes away.
    kube.wait_condition(namespace, "first", "SpecValid", "True")

    kube.delete(CRD, None, "omeroplatforms.platform.omero.dev")
    wait_until(lambda: operator.platforms() == set(), 60, operator.tail)
    wait_until(lambda: "waiting for the CustomResourceDefinition" in operator.tail(), 60)
    api_server.define(kube)
    kube.platform(namespace, "second", SMALL)
    wait_until(lambda: kube.get(CONFIG_MAP, namespace, "second-web"), 40, operator.tail)
    wait_until(operator.healthy)
    assert (operator.running(), operator.pid) == (True, pid)
    kube.delete(PLATFORM, namespace, "second")
    operator.stop()


def _two_namespaces_under_one_cluster_wide_operator(
    kube: Kube, make_operator: MakeOperator
) -> None:
    operator = make_operator(identity="wide", release=install(kube, "wide"), WATCH_NAMESPACES="")
    operator.wait_active()
    one, other = own_namespace(kube), own_namespace(kube)
    with PlayedKubelet(kube):
        for place in (one, other):
            kube.platform(place, "site", {"web": {"ingress": {"host": f"{place}.example.org"}}})
        for place in (one, other):
            kube.wait_condition(place, "site", "Ready", "True")
        operator.wait_still()
        untouched = versions(children(kube, other, "site"))
        kube.delete(PLATFORM, one, "site")
        wait_until(lambda: kube.get(SERVICE, one, "site-web") is None, SECONDS_TO_COLLECT)
        assert versions(children(kube, other, "site")) == untouched
        # What is deleted first is made anew, and refused: a namespace that ends is no error.
        _goes_with_its_data(kube, other, operator)
    operator.stop()
    assert " ERROR " not in operator.log.read_text()


def _goes_with_its_data(kube: Kube, namespace: str, operator: OperatorProcess) -> None:
    """A namespace goes although the data in it waits for the operator.

    The rights of an operator for some namespaces end with a namespace; those of this one do not.
    """
    kube.merge(PLATFORM, namespace, "site", {"spec": {"deletionPolicy": "Delete"}})

    def waits() -> bool:
        found = kube.get(PLATFORM, namespace, "site") or {"metadata": {}}
        return FINALIZER in found["metadata"].get("finalizers", [])

    wait_until(waits)
    kube.delete(NAMESPACE, None, namespace)
    gone = lambda: kube.get(NAMESPACE, None, namespace) is None  # noqa: E731
    wait_until(gone, SECONDS_TO_COLLECT, operator.tail)


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


def _one_version_apart_either_way(kube: Kube, tmp_path: Path) -> None:
    """An operator and a definition; what differs is in `builds.newer`."""
    newer = builds.newer(tmp_path / "newer")
    release = install(kube, "skew", "--set", "crds.create=false")
    namespace = own_namespace(kube)
    operator = operator_of(
        kube,
        release,
        tmp_path,
        identity="skew",
        WATCH_NAMESPACES=namespace,
        FULL_PASS_SECONDS="1",
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
