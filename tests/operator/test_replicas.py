"""Several replicas of the operator: one writes, another takes over, a stopped one stays silent."""

from __future__ import annotations

import signal
import time

import pytest

from omero_operator.identity.kinds import CONFIG_MAP, PLATFORM
from operator_ring.children import children
from operator_ring.kube import SMALL, Kube, wait_until
from operator_ring.proxy import Proxy
from operator_ring.releases import MakeOperator


def edit(kube: Kube, namespace: str, size: str) -> None:
    spec = {"spec": {"web": {"config": {"omero.web.page_size": size}}}}
    kube.merge(PLATFORM, namespace, "site", spec)


def edited(kube: Kube, namespace: str, size: str) -> bool:
    config = kube.get(CONFIG_MAP, namespace, "site-web") or {}
    return f"page_size {size}" in config.get("data", {}).get("platform.omero", "")


def test_sigterm_hands_over_at_once(
    kube: Kube, namespace: str, make_operator: MakeOperator
) -> None:
    first = make_operator(identity="first")
    first.wait_active()
    second = make_operator(identity="second")
    kube.platform(namespace, "site", SMALL)
    kube.wait_condition(namespace, "site", "Ready", "False")
    wait_until(lambda: second.metric("omero_operator_leader") == 0)
    assert first.stop() == 0, first.tail()
    # A lease that nobody gave back holds for 15 s.
    second.wait_active(10)
    edit(kube, namespace, "11")
    wait_until(lambda: edited(kube, namespace, "11"))


def test_kill_is_noticed_when_the_lease_runs_out(
    kube: Kube, namespace: str, make_operator: MakeOperator
) -> None:
    first = make_operator(identity="first")
    first.wait_active()
    second = make_operator(identity="second")
    wait_until(lambda: second.metric("omero_operator_leader") == 0)
    time.sleep(3)
    first.kill()
    second.wait_active(40)


@pytest.mark.parametrize("how", ["stopped", "cut off"])
def test_a_leader_that_was_away_writes_nothing_and_is_a_candidate_again(
    kube: Kube, namespace: str, make_operator: MakeOperator, proxy: Proxy, how: str
) -> None:
    """Away for longer than the lease, an edit meanwhile, then it goes on in the same process."""
    first = make_operator(proxy, identity="first")
    first.wait_active()
    kube.platform(namespace, "site", SMALL)
    kube.wait_condition(namespace, "site", "Ready", "False")
    if how == "stopped":
        first.send(signal.SIGSTOP)
    else:
        proxy.go_away("refused")
    second = make_operator(identity="second")
    second.wait_active(40)
    edit(kube, namespace, "12")
    wait_until(lambda: edited(kube, namespace, "12"))
    proxy.reset()
    if how == "stopped":
        first.send(signal.SIGCONT)
    else:
        proxy.come_back()
    # It finds its lease in other hands.
    wait_until(lambda: first.metric("omero_operator_leader") == 0, what=first.tail)
    wait_until(lambda: proxy.requests and first.healthy(), what=first.tail)
    edit(kube, namespace, "13")
    wait_until(lambda: edited(kube, namespace, "13"))
    assert proxy.attempts == [] == proxy.writes
    assert len(children(kube, namespace, "site")) > 40

    assert second.stop() == 0, second.tail()
    # Less than the time after which a lease that nobody gave back would be taken (15 s).
    first.wait_active(14)
    edit(kube, namespace, "14")
    wait_until(lambda: edited(kube, namespace, "14"), what=first.tail)
    assert first.running()
