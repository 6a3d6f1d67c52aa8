"""Whether an operator leaves a settled platform alone."""

from __future__ import annotations

import time

from omero_operator.identity.kinds import PLATFORM
from operator_ring.children import children, versions
from operator_ring.kube import Kube, wait_until
from operator_ring.process import PASSES, OperatorProcess

# Seconds between two full passes, in which nothing needs to happen for a pass to come.
FULL_PASS = "2"
_PASSES = 7
_SECONDS = 60


def wait_quiet(operator: OperatorProcess) -> None:
    """Wait until it has written nothing for six seconds."""
    seen, since = operator.writes(), time.monotonic()

    def quiet() -> bool:
        nonlocal seen, since
        if (now := operator.writes()) != seen:
            seen, since = now, time.monotonic()
        return time.monotonic() - since > 6

    wait_until(quiet, _SECONDS, operator.tail)


def assert_no_write(kube: Kube, namespace: str, platform: str, operator: OperatorProcess) -> None:
    """Over seven passes, the last of them full ones, nothing is written and nothing changes."""

    def everything() -> dict[str, str]:
        site = kube.get(PLATFORM, namespace, platform) or {}
        return {
            "platform": site["metadata"]["resourceVersion"],
            **versions(children(kube, namespace, platform)),
        }

    before, writes, passes = everything(), operator.writes(), operator.metric(PASSES)
    wait_until(lambda: operator.metric(PASSES) >= passes + _PASSES, _SECONDS, operator.tail)
    assert operator.writes() == writes, operator.tail()
    assert everything() == before
