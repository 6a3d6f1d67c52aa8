"""The CRD comes after the operator, goes, and comes again; the process stays through all of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from omero_operator.identity.kinds import CONFIG_MAP, Kind
from operator_ring.api_server import api_server, define
from operator_ring.kube import SMALL, Kube, wait_until
from operator_ring.releases import MakeOperator

CRD = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions")


@pytest.fixture(scope="module")
def kube() -> Iterator[Kube]:
    with api_server("operator-tests-late", definition=False) as client:
        yield client


@pytest.mark.timeout(300)
def test_an_operator_with_rights_in_one_namespace_sees_it(
    kube: Kube, namespace: str, make_operator: MakeOperator
) -> None:
    operator = make_operator()
    operator.wait_active()
    pid = operator.pid
    wait_until(operator.healthy)

    define(kube)
    kube.platform(namespace, "first", SMALL)
    wait_until(lambda: kube.get(CONFIG_MAP, namespace, "first-web"), 40, operator.tail)
    # Its watch is there: the next full pass is minutes away.
    kube.wait_condition(namespace, "first", "SpecValid", "True")

    kube.delete(CRD, None, "omeroplatforms.platform.omero.dev")
    wait_until(lambda: operator.platforms() == set(), 60, operator.tail)
    wait_until(lambda: "waiting for the CustomResourceDefinition" in operator.tail(), 60)
    define(kube)
    kube.platform(namespace, "second", SMALL)
    wait_until(lambda: kube.get(CONFIG_MAP, namespace, "second-web"), 40, operator.tail)
    wait_until(operator.healthy)
    assert (operator.running(), operator.pid) == (True, pid)
