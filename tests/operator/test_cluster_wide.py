"""An operator for all namespaces; it has an API server without the platforms of other tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from omero_operator.identity.kinds import PLATFORM, SERVICE
from omero_operator.identity.labels import FINALIZER
from operator_ring.api_server import api_server
from operator_ring.children import children, versions
from operator_ring.kube import NAMESPACE, SECONDS_TO_COLLECT, Kube, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import OperatorProcess
from operator_ring.releases import MakeOperator, install, own_namespace


@pytest.fixture(scope="module")
def kube() -> Iterator[Kube]:
    with api_server("operator-tests-wide") as client:
        yield client


@pytest.mark.timeout(400)
def test_two_namespaces_under_one_cluster_wide_operator(
    kube: Kube, namespace: str, make_operator: MakeOperator
) -> None:
    operator = make_operator(release=install(kube, "wide"), WATCH_NAMESPACES="")
    operator.wait_active()
    other = own_namespace(kube)
    with PlayedKubelet(kube):
        for place in (namespace, other):
            kube.platform(place, "site", {"web": {"ingress": {"host": f"{place}.example.org"}}})
        for place in (namespace, other):
            kube.wait_condition(place, "site", "Ready", "True")
        operator.wait_still()
        untouched = versions(children(kube, other, "site"))
        kube.delete(PLATFORM, namespace, "site")
        wait_until(lambda: kube.get(SERVICE, namespace, "site-web") is None, SECONDS_TO_COLLECT)
        assert versions(children(kube, other, "site")) == untouched
        # What is deleted first is made anew, and refused: a namespace that ends is no error.
        _goes_with_its_data(kube, other, operator)
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
