"""Kopf runs in this process, and again when it ended without being told to.

Kopf finds out once, at its start, which kinds there are, and ends altogether when one of its
watches fails. Kubernetes would start the process again, but waits minutes before the third time; a
new run in the same process takes a second. A run that did not even start is a person's business:
the error ends the process.
"""

import asyncio
import logging
import time
from typing import Any

import kopf

from omero_operator.handlers.no_memories import NoMemories
from omero_operator.settings import Settings

logger = logging.getLogger(__name__)

FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0
# A run that lasted so long was no failed attempt.
LASTING = 300.0


def run(own: Settings, registry: kopf.OperatorRegistry) -> None:
    """Run until a signal ends the process.

    Args:
        own: Settings of the process.
        registry: All handlers.

    Raises:
        Exception: What kept the first steps of a run from being done.
    """
    delay = FIRST_DELAY
    while True:
        memo = kopf.Memo(settings=own, again=asyncio.Event())
        began = time.monotonic()
        try:
            _run_once(own, registry, memo)
        except Exception as error:
            if "parts" not in memo:
                raise
            delay = FIRST_DELAY if time.monotonic() - began > LASTING else delay
            logger.warning("Kopf stopped and restarts in %g s: %r", delay, error)
            time.sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY)
        else:
            if not memo.again.is_set():
                return


def _run_once(own: Settings, registry: kopf.OperatorRegistry, memo: kopf.Memo) -> None:
    identity: Any = own.identity  # a NewType of str that Kopf keeps to itself
    kopf.run(
        registry=registry,
        standalone=True,
        # Unused without peering; Kopf's own guess needs a user name, which the image's id has not.
        identity=identity,
        clusterwide=not own.watch_namespaces,
        namespaces=own.watch_namespaces,
        stop_flag=memo.again,
        memo=memo,
        memories=NoMemories(),
    )
