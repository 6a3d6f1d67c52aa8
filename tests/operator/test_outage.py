"""An API server that is away for longer than anything waits: the process stays and goes on."""

from __future__ import annotations

import time
from functools import partial
from typing import Literal, get_args

import pytest

from omero_operator.identity.kinds import CONFIG_MAP, PLATFORM
from operator_ring.kube import SMALL, Kube, wait_until
from operator_ring.process import OperatorProcess
from operator_ring.proxy import Proxy
from operator_ring.releases import MakeOperator

# Longer than a Lease (15 s), than Kopf's own patience with a request (54 s) and a request of ours
# (20 s). Nothing waits longer and gives up then, so ten minutes should be no more.
AWAY = 75
LONG_AWAY = 600
SECONDS_TO_GO_ON = 20

How = Literal["refused", "failing", "silent"]
HOW: tuple[How, ...] = get_args(How)


def edit(kube: Kube, namespace: str, size: str) -> None:
    spec = {"spec": {"web": {"config": {"omero.web.page_size": size}}}}
    kube.merge(PLATFORM, namespace, "site", spec)


def edited(kube: Kube, namespace: str, size: str) -> bool:
    config = kube.get(CONFIG_MAP, namespace, "site-web") or {}
    return f"page_size {size}" in config.get("data", {}).get("platform.omero", "")


@pytest.mark.timeout(3 * LONG_AWAY + 300)
@pytest.mark.parametrize("away", [AWAY, pytest.param(LONG_AWAY, marks=pytest.mark.nightly)])
def test_the_process_survives_and_goes_on(
    kube: Kube, namespace: str, make_operator: MakeOperator, proxy: Proxy, away: int
) -> None:
    """The same process through one outage after the other, of each kind."""
    operator = make_operator(proxy)
    operator.wait_active()
    kube.platform(namespace, "site", SMALL)
    kube.wait_condition(namespace, "site", "Ready", "False")
    pid = operator.pid
    for number, how in enumerate(HOW, 1):
        proxy.go_away(how)
        end = time.monotonic() + away
        edit(kube, namespace, f"{number}1")
        wait_until(lambda: operator.metric("omero_operator_leader") == 0, 40, operator.tail)
        proxy.attempts.clear()
        while time.monotonic() < end:
            assert operator.healthy(), operator.tail()
            time.sleep(1)
        assert proxy.attempts == [], "a replica without its Lease does not even try to write"

        proxy.come_back()
        _goes_on(kube, namespace, operator, how, number)
        assert operator.healthy()
        assert (operator.running(), operator.pid) == (True, pid)
        assert " ERROR " not in operator.log.read_text(), operator.tail()


def _goes_on(kube: Kube, namespace: str, operator: OperatorProcess, how: How, number: int) -> None:
    operator.wait_active(SECONDS_TO_GO_ON)
    arrived = partial(edited, kube, namespace)
    wait_until(lambda: arrived(f"{number}1"), SECONDS_TO_GO_ON, operator.tail)
    # Its watches are back: the next full pass is minutes away.
    edit(kube, namespace, f"{number}2")
    seconds = 90 if how == "silent" else SECONDS_TO_GO_ON
    wait_until(lambda: arrived(f"{number}2"), seconds, operator.tail)
