"""How Kopf is set up: it watches and calls, and keeps and writes nothing."""

import itertools
import random
from collections.abc import Iterator, Sequence

import kopf

from omero_operator.cluster.client import CONNECT_TIMEOUT
from omero_operator.handlers.no_diffs import NoDiffs
from omero_operator.identity import labels
from omero_operator.identity.kinds import CHILD_KINDS, JOB, POD

# Seconds before Kopf asks again. The last one is what a watch may be late when an API server comes
# back after any time.
DELAYS = (1.0, 2.0, 3.0, 5.0)
# Objects in one answer to a list, and seconds for which Kopf keeps an object after its last event.
# At a start all objects of all sites are listed: with larger answers, or for the five seconds that
# are Kopf's default, most of them are in memory at the same time (a hundred sites: 130 MiB more).
CHUNK = 50
KEPT = 0.3


class Endless:
    """Delays between attempts of one request, without an end.

    Kopf gives up a request when it has used all its delays, by default after a minute, and a watch
    that was given up ends the operator.
    """

    def __iter__(self) -> Iterator[float]:
        """Growing delays, spread so that not all watches ask at the same moment."""
        for delay in itertools.chain(DELAYS, itertools.repeat(DELAYS[-1])):
            yield delay * random.uniform(0.8, 1.2)  # noqa: S311 - no secret


def configure(settings: kopf.OperatorSettings, namespaces: Sequence[str]) -> None:
    """Set Kopf up.

    Args:
        settings: Kopf's, changed in place.
        namespaces: Watched namespaces; none means all.
    """
    # All effects are our own: no Kopf events, no annotations, no finalizers (`on.event` sets none).
    settings.posting.enabled = False
    settings.persistence.diffbase_storage = NoDiffs()
    settings.scanning.disabled = bool(namespaces)
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 330
    settings.watching.chunk_size = CHUNK
    settings.queueing.idle_timeout = KEPT
    settings.networking.request_timeout = 30
    settings.networking.connect_timeout = CONNECT_TIMEOUT
    settings.networking.error_backoffs = Endless()
    settings.process.ultimate_exiting_timeout = 20
    for kind in CHILD_KINDS:
        selector = labels.PODS if kind == JOB else labels.ALL_CHILDREN
        settings.watching.label_selectors[kind.group, kind.plural] = selector
    settings.watching.label_selectors[POD.group, POD.plural] = labels.PODS
