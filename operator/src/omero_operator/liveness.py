"""Whether the process still sees the cluster. Kubernetes restarts it when it does not.

A watch can die in silence: the connection stays, events stop. Each pass lists what it works on, so
a list that shows a change which the watch of that kind has not reported for `PATIENCE` seconds
proves the watch dead. In a settled cluster nothing changes, nothing is missed and nothing is
reported; that is why no traffic is needed to prove a watch alive.
"""

import time
from collections.abc import Callable, Iterable

from omero_operator import metrics
from omero_operator.state.observed import Manifest

PATIENCE = 60.0
PASS_LIMIT = 300.0


class WatchAudit:
    """Compares lists with what the watches reported."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # uid -> resourceVersion that the watch last reported
        self._reported: dict[str, str] = {}
        # kind -> when a list first showed a change that the watch has not reported since
        self._missed: dict[str, float] = {}

    def reported(self, kind: str, item: Manifest, *, deleted: bool) -> None:
        """Take note of a watch event; it proves the watch of this kind alive."""
        uid = item["metadata"]["uid"]
        if deleted:
            self._reported.pop(uid, None)
        else:
            self._reported[uid] = item["metadata"]["resourceVersion"]
        self._missed.pop(kind, None)

    def listed(self, items: Iterable[Manifest]) -> None:
        """Take note of a list."""
        for item in items:
            metadata = item["metadata"]
            if self._reported.get(metadata["uid"]) != metadata["resourceVersion"]:
                self._missed.setdefault(item["kind"], self._clock())
        metrics.WATCH_LAG.set(self.lag())

    def lag(self) -> float:
        """Seconds since the oldest change that no watch has reported; 0 where there is none."""
        now = self._clock()
        return max((now - since for since in self._missed.values()), default=0.0)

    def dead(self) -> list[str]:
        """Kinds whose watch is dead."""
        now = self._clock()
        return sorted(kind for kind, since in self._missed.items() if now - since > PATIENCE)
