"""Session ids have no place in a log: whoever reads one could join the session.

An OMERO session is known by its UUID, and that is all it takes to join it. Libraries log it in many
places and forms, so all UUIDs are shortened, which still tells one from the other. Those of jobs
stay: our own lines write `job UUID`, and addresses have `jobs/UUID`.
"""

from __future__ import annotations

import logging
import re
from typing import Final

# The textual form of RFC 9562, section 4; the first eight of the 32 digits stay.
_UUID: Final = re.compile(
    r"(?<![0-9a-fA-F])(?<!\bjob )(?<!/jobs/)([0-9a-fA-F]{8})"
    r"-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9a-fA-F])"
)
# Says the id of each connection, and each service that is opened and closed.
GATEWAY_LOGGER: Final = "omero.gateway"


def without_session_ids(text: str) -> str:
    """The text with each UUID shortened to its first eight digits and `-…`."""
    return _UUID.sub(r"\1-…", text)


class WithoutSessionIds(logging.Formatter):
    """What another formatter makes of a record, with shortened UUIDs, traces included."""

    def __init__(self, formatter: logging.Formatter | None) -> None:
        """Takes the other formatter's place; without one, that of `logging.Formatter()`."""
        super().__init__()
        self._formatter = formatter or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return without_session_ids(self._formatter.format(record))


def shorten_in(logger: logging.Logger) -> None:
    """Have all handlers of a logger write shortened UUIDs. Calling it again changes nothing."""
    for handler in logger.handlers:
        if not isinstance(handler.formatter, WithoutSessionIds):
            handler.setFormatter(WithoutSessionIds(handler.formatter))
