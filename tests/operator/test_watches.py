"""The liveness probe: it fails when a watch is dead, and only then."""

from __future__ import annotations

import time

import pytest

from omero_operator.identity.kinds import CHILD_KINDS, CONFIG_MAP, PLATFORM, POD
from operator_ring.kube import NAMESPACE, SECONDS_TO_COLLECT, SMALL, Kube, wait_until
from operator_ring.proxy import Proxy
from operator_ring.releases import MakeOperator, install_for

# What a watch may be late, a full pass, and how long Kopf keeps the answer of a probe.
SECONDS_TO_NOTICE = 140


@pytest.mark.timeout(300)
def test_a_silent_watch_of_one_kind_fails_the_probe_and_a_pass_repairs_meanwhile(
    kube: Kube, namespace: str, make_operator: MakeOperator, proxy: Proxy
) -> None:
    """The stream stays open and bookmarks arrive; only the events do not."""
    operator = make_operator(proxy, FULL_PASS_SECONDS="10")
    operator.wait_active()
    kube.platform(namespace, "site", SMALL)
    kube.wait_condition(namespace, "site", "Ready", "False")
    wait_until(operator.healthy)
    proxy.muted = "configmaps"
    kube.delete(CONFIG_MAP, namespace, "site-web")
    wait_until(lambda: kube.get(CONFIG_MAP, namespace, "site-web"), 40)
    assert operator.healthy()
    wait_until(lambda: not operator.healthy(), SECONDS_TO_NOTICE)
    proxy.muted = ""


@pytest.mark.timeout(300)
def test_a_silent_watch_of_platforms_fails_the_probe_and_looking_finds_them_meanwhile(
    kube: Kube, namespace: str, make_operator: MakeOperator, proxy: Proxy
) -> None:
    """One that comes gets its pass, one that goes is forgotten, and the pod is started anew."""
    operator = make_operator(proxy, FULL_PASS_SECONDS="10")
    operator.wait_active()
    kube.platform(namespace, "old", SMALL)
    kube.wait_condition(namespace, "old", "Ready", "False")
    wait_until(operator.healthy)
    proxy.muted = "omeroplatforms"
    kube.platform(namespace, "new", {"web": {"ingress": {"host": "new.example.org"}}})
    kube.delete(PLATFORM, namespace, "old")
    wait_until(lambda: kube.get(CONFIG_MAP, namespace, "new-web"), 40)
    wait_until(lambda: operator.platforms() == {"new"}, 40)
    assert operator.healthy()
    wait_until(lambda: not operator.healthy(), SECONDS_TO_NOTICE)
    proxy.muted = ""


def test_a_watch_that_ends_with_an_error_ends_nothing_else(
    kube: Kube, namespace: str, make_operator: MakeOperator, proxy: Proxy
) -> None:
    """Kopf ends with it; the process runs it again, and has watches of all kinds as before."""
    operator = make_operator(proxy)
    operator.wait_active()
    kube.platform(namespace, "site", SMALL)
    kube.wait_condition(namespace, "site", "Ready", "False")
    wait_until(lambda: kube.list(POD, namespace))
    proxy.broken = "pods"
    pod = kube.list(POD, namespace)[0]["metadata"]["name"]
    kube.merge(POD, namespace, pod, {"metadata": {"annotations": {"test.example.org/a": "b"}}})
    wait_until(lambda: "Kopf stopped and restarts" in operator.log.read_text(), what=operator.tail)
    operator.wait_active()
    wait_until(operator.healthy)
    kube.delete(CONFIG_MAP, namespace, "site-web")
    wait_until(lambda: kube.get(CONFIG_MAP, namespace, "site-web"), what=operator.tail)
    assert operator.running()


@pytest.mark.timeout(240)
def test_a_namespace_that_goes_and_comes_again_is_looked_after(
    kube: Kube, namespace: str, make_operator: MakeOperator, proxy: Proxy
) -> None:
    """The role in it goes with it: watches are refused until both are there again."""
    operator = make_operator(proxy)
    operator.wait_active()
    wait_until(operator.healthy)
    kube.delete(NAMESPACE, None, namespace)
    wait_until(lambda: kube.get(NAMESPACE, None, namespace) is None, SECONDS_TO_COLLECT)
    # A watch is authorized when it begins.
    proxy.go_away("refused")
    proxy.come_back()
    wait_until(lambda: "APIForbiddenError" in operator.log.read_text(), what=operator.tail)
    assert operator.healthy()
    kube.namespace(namespace)
    install_for(kube, namespace)
    kube.platform(namespace, "site", SMALL)
    wait_until(lambda: kube.get(CONFIG_MAP, namespace, "site-web"), what=operator.tail)
    assert operator.healthy()
    lines = operator.log.read_text().splitlines()
    assert [line for line in lines if " ERROR " in line] == []
    assert sum("APIForbiddenError" in line for line in lines) <= len(CHILD_KINDS) + 2


def test_faults_of_the_api_server_do_not_fail_the_probe(
    kube: Kube, namespace: str, make_operator: MakeOperator, proxy: Proxy
) -> None:
    """Every third request fails for ten seconds; then everything is as it should be."""
    operator = make_operator(proxy)
    operator.wait_active()
    answers = [(500, {}), (503, {}), (429, {"Retry-After": "1"})]

    def sometimes(method: str, path: str) -> tuple[int, dict[str, str]] | None:
        if "/leases" in path or proxy.requests % 3:
            return None
        return answers[proxy.requests // 3 % len(answers)]

    proxy.fault = sometimes
    kube.platform(namespace, "site", SMALL)
    time.sleep(10)
    assert operator.healthy(), operator.tail()
    proxy.fault = lambda method, path: None
    kube.wait_condition(namespace, "site", "Ready", "False")
    wait_until(lambda: kube.get(CONFIG_MAP, namespace, "site-web"), 40)
    assert operator.running()
    assert (kube.get(PLATFORM, namespace, "site") or {})["status"]["observedGeneration"] == 1
