"""Which of the kinds that a cluster may lack it has.

A cluster gets such kinds rarely, and asking for each of them in each pass of each site would double
the requests. So what is missing is asked for again only after a while, or when a site needs it.
"""

import time
from collections.abc import Callable

from omero_operator.cluster.client import Api
from omero_operator.identity.kinds import Kind

# Seconds until a kind that is missing is asked for again without need.
_PATIENCE = 300.0


def _nobody() -> None:
    """Tell nobody."""


class Discovery:
    """Remembers which optional kinds are missing.

    Args:
        clock: Seconds of a clock that only goes forward.

    Attributes:
        appeared: Called when the cluster has got a kind that it lacked before.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # kind -> when it is asked for again
        self._missing: dict[Kind, float] = {}
        self.appeared: Callable[[], None] = _nobody

    def lacks(self, kind: Kind) -> bool:
        """Whether a kind was missing a short while ago."""
        return self._clock() < self._missing.get(kind, float("-inf"))

    async def served(self, api: Api, kind: Kind) -> bool:
        """Ask the cluster whether it has a kind.

        Raises:
            TemporaryError: The API server could not be reached.
        """
        if await api.served(kind):
            self.seen(kind)
            return True
        self._missing[kind] = self._clock() + _PATIENCE
        return False

    def seen(self, kind: Kind) -> None:
        """Take note that a kind is there."""
        if self._missing.pop(kind, None) is not None:
            self.appeared()
