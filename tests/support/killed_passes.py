"""kill -9 of an operator over the cluster in memory."""

from __future__ import annotations

from collections.abc import Callable

from omero_operator.cluster.client import Request
from omero_operator.identity.kinds import PLATFORM, POD, Manifest
from operator_builders import Cluster

# What differs from run to run, and says nothing about the site.
_DROPPED = ("uid", "resourceVersion", "creationTimestamp")


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


def killed_at(
    cluster: Cluster,
    number: int,
    one_pass: Callable[[Cluster], object],
    play: Callable[[Cluster], None],
) -> Cluster:
    """The cluster after the n-th write from now, and what it does without the operator.

    Args:
        cluster: It is changed.
        number: Behind which write.
        one_pass: A pass of the operator.
        play: What the cluster does between two passes.
    """
    die_behind(cluster, number)
    for _ in range(40):
        alive = lives(lambda: one_pass(cluster))
        play(cluster)
        if not alive:
            return cluster
    raise AssertionError(f"no write {number}")


def objects(cluster: Cluster) -> dict[tuple[str, str | None, str], Manifest]:
    """Everything that the operator has made, without what differs from run to run."""
    return {
        key: _plain(item)
        for key, item in cluster.objects.items()
        if key[0] not in (POD.name, "Event", PLATFORM.name)
    }


def _plain(item: Manifest) -> Manifest:
    metadata = {key: value for key, value in item["metadata"].items() if key not in _DROPPED}
    return {**item, "metadata": metadata}
