"""Many hibernated sites: all their objects are there, and no pods, for which there is no node."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import omero_operator
from operator_ring.footprint import Footprint, at_rest, footprint
from operator_ring.kube import Kube, wait_until
from operator_ring.process import OperatorProcess
from operator_ring.releases import install_for, operator_of


def start(kube: Kube, namespace: str, folder: Path) -> OperatorProcess:
    """An operator for one namespace that looks at all of it.

    It is a process of its own, not forked from one that has imported everything already.
    """
    release = install_for(kube, namespace)
    operator = operator_of(kube, release, folder, WATCH_NAMESPACES=namespace)
    operator.source = Path(omero_operator.__file__).parents[1]
    operator.start().wait_active(90)
    wait_until(lambda: watches(operator), 300, operator.tail)
    return operator


def create(kube: Kube, namespace: str, name: str) -> None:
    spec = {"deletionPolicy": "Delete", "hibernated": True, "worker": {"replicas": 2}}
    kube.platform(namespace, name, spec)


def watches(operator: OperatorProcess) -> bool:
    """Whether all of its watches are open: no task comes any more."""
    before = footprint(operator).tasks
    time.sleep(5)
    return footprint(operator).tasks == before


def settled(operator: OperatorProcess, names: set[str]) -> bool:
    """Whether each site was looked at, and no other is known; not while it does not answer."""
    if operator.metric("omero_operator_queue_depth") != 0:
        return False
    return operator.platforms() == names


def looks(
    operator: OperatorProcess,
    names: set[str],
    record: Callable[[str, object], None],
    seconds: float,
) -> Callable[[str], Footprint]:
    """What measures an operator at rest, when it has looked at each site.

    Args:
        operator: The operator.
        names: The sites that are there, as the test changes them.
        record: Puts a measurement into the report, under the words that it is given.
        seconds: The most to wait for the operator to have looked at all.
    """

    def look(when: str) -> Footprint:
        wait_until(lambda: settled(operator, names), seconds, operator.tail)
        found = at_rest(operator)
        record(when, str(found))
        return found

    return look
