"""Whether the process still sees the cluster. Kubernetes restarts it when it does not.

A watch can die in silence: the connection stays, events stop. Each pass lists what it works on, so
a list that shows a change which the watch of that kind has not reported for `PATIENCE` seconds
proves the watch dead. In a settled cluster nothing changes, nothing is missed and nothing is
reported; that is why no traffic is needed to prove a watch alive.

While the API server is away there is nothing to see, and a restart would not help. The time does
not count: what was missed before is forgotten, and a watch has its patience again afterwards.
"""

import time
from collections.abc import Callable, Iterable, Iterator

from omero_operator import metrics
from omero_operator.identity.kinds import Manifest

# Kopf takes a stream that is silent for 70 s for broken and opens another.
PATIENCE = 90.0
PASS_LIMIT = 300.0


class WatchAudit:
    """Compares lists with what the watches reported."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # uid -> resourceVersion that the watch last reported
        self._reported: dict[str, str] = {}
        # place -> (kind, uid) -> since when its lists show what the watch has not reported
        self._missed: dict[str, dict[tuple[str, str], float]] = {}

    def reported(self, kind: str, item: Manifest, *, deleted: bool) -> None:
        """Take note of a watch event; it proves the watch of this kind alive."""
        uid = item["metadata"]["uid"]
        if deleted:
            self._reported.pop(uid, None)
        else:
            self._reported[uid] = item["metadata"]["resourceVersion"]
        for missed in self._missed.values():
            for key in [key for key in missed if key[0] == kind]:
                del missed[key]

    def listed(self, items: Iterable[Manifest], place: str = "") -> None:
        """Take note of a list.

        Args:
            items: Everything that was listed.
            place: What was listed, such as a platform. A later list of the same place stands in
                for this one: the watch may have been ahead of a list, never of all of them.
        """
        before = self._missed.get(place, {})
        now = self._clock()
        self._missed[place] = {
            key: before.get(key, now)
            for key, version in ((_key(item), _version(item)) for item in items)
            if self._reported.get(key[1]) != version
        }
        metrics.WATCH_LAG.set(self.lag())

    def forget(self, place: str) -> None:
        """Take note that there is nothing to list in a place any more."""
        self._missed.pop(place, None)
        metrics.WATCH_LAG.set(self.lag())

    def begin_anew(self) -> None:
        """Forget what was missed; watches get their whole patience again."""
        self._missed.clear()
        metrics.WATCH_LAG.set(0)

    def lag(self) -> float:
        """Seconds since the oldest change that no watch has reported; 0 where there is none."""
        now = self._clock()
        return max((now - since for _, since in self._all()), default=0.0)

    def dead(self) -> list[str]:
        """Kinds whose watch is dead."""
        now = self._clock()
        return sorted({key[0] for key, since in self._all() if now - since > PATIENCE})

    def _all(self) -> Iterator[tuple[tuple[str, str], float]]:
        for missed in self._missed.values():
            yield from missed.items()


def _key(item: Manifest) -> tuple[str, str]:
    return item["kind"], item["metadata"]["uid"]


def _version(item: Manifest) -> str:
    return str(item["metadata"]["resourceVersion"])
