"""kill -9 of an operator over the cluster in memory."""

from __future__ import annotations

from collections.abc import Callable

from omero_operator.cluster.client import Request
from omero_operator.identity.kinds import Manifest
from operator_builders import Cluster


class Killed(BaseException):
    """The operator is no more."""


def die_behind(cluster: Cluster, number: int) -> None:
    """The n-th write from now is made, and the operator hears nothing of it."""
    real, last = cluster._send, len(cluster.writes) + number

    async def send(request: Request) -> Manifest:
        answer = await real(request)
        if len(cluster.writes) >= last:
            cluster.__dict__.pop("_send", None)
            raise Killed
        return answer

    cluster.__dict__["_send"] = send


def lives(run: Callable[[], object]) -> bool:
    """Whether the operator lives after a pass."""
    alive = True
    try:
        run()
    except* Killed:
        alive = False
    return alive
