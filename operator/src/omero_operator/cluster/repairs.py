"""How often a child is put back as it was.

A person's edit is undone at once. What is changed again and again is changed by a program that
wants something else: undoing that as fast as it can would be an endless fight of two operators.
"""

import time
from collections.abc import Callable

from omero_operator import metrics
from omero_operator.identity.kinds import Manifest
from omero_operator.identity.labels import platform_of

# Repairs of one child between two full passes. A person needs fewer, a program has no end.
MOST = 20


class Repairs:
    """Counts the repairs of each child.

    Args:
        full_pass: Seconds between two full passes.
        clock: Seconds of a clock that only goes forward.
    """

    def __init__(self, full_pass: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._full_pass = full_pass
        self._clock = clock
        # uid of a child -> when it was repaired
        self._made: dict[str, list[float]] = {}

    def allowed(self, live: Manifest) -> bool:
        """Whether a child may be put back now; counts as done if so."""
        since = self._clock() - self._full_pass
        recent = {
            uid: [at for at in made if at > since]
            for uid, made in self._made.items()
            if made[-1] > since
        }
        self._made = recent
        made = recent.setdefault(live["metadata"]["uid"], [])
        if len(made) >= MOST:
            return False
        made.append(self._clock())
        metrics.REPAIRS.labels(
            namespace=live["metadata"]["namespace"],
            platform=platform_of(live),
            kind=live["kind"],
        ).inc()
        return True
