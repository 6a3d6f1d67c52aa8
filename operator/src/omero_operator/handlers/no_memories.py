"""What Kopf needs to keep in order to handle the next event of an object: nothing."""

from typing import Any

# The class of an argument of `kopf.run`; Kopf exports no name for it.
from kopf._core.reactor.inventory import ResourceMemories, ResourceMemory


class NoMemories(ResourceMemories):
    """Remembers no object.

    Kopf remembers for each what its daemons, indices, retries and resumed handlers need, and a site
    has sixty objects: 6 MiB for a hundred sites. There are only handlers of events here.
    """

    async def recall(self, raw_body: Any, **how: Any) -> ResourceMemory:
        """What is remembered of an object, as if it were the first time."""
        return await super().recall(raw_body, **{**how, "ephemeral": True})
