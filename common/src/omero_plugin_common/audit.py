"""One line of JSON per action that changes something: who did what to which objects.

Lines go to the logger `omero.audit` and from there to standard output, whatever the level of the
other loggers is. Callers pass ids and names only, so no line holds a secret or a user's data.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from omero_plugin_common.json_text import json_line
from omero_plugin_common.people import Person

LOGGER: Final = logging.getLogger("omero.audit")
FIRST_IDS: Final = 20


@dataclass(slots=True)
class Objects:
    """The objects that an action concerns: how many of each kind, and the first ids."""

    _counts: dict[str, int] = field(default_factory=dict)
    _first: dict[str, list[int | str]] = field(default_factory=dict)

    def add(self, kind: str, ids: Iterable[int | str]) -> None:
        """Count objects.

        Args:
            kind: `Image`, `Annotation`, `job`, …
            ids: their ids; the first 20 of a kind are written down.
        """
        known = self._first.setdefault(kind, [])
        for each in ids:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            if len(known) < FIRST_IDS:
                known.append(each)

    def as_json(self) -> dict[str, Mapping[str, object]]:
        """As it stands in the line."""
        return {
            kind: {"count": count, "first": self._first[kind]}
            for kind, count in self._counts.items()
        }


def record(
    who: Person, action: str, outcome: str, objects: Objects | None = None, *, status: int = 200
) -> None:
    """Write the line.

    Args:
        who: the user who acts, also when a worker does it for him.
        action: `<plugin>.<verb>`, such as `omp.write`.
        outcome: `done`, `accepted`, or the code of the error that refused it.
        objects: what it concerned.
        status: the HTTP status that the user got.
    """
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "audit": action,
        "outcome": outcome,
        "status": status,
        "userId": who.user_id,
        "user": who.user_name,
        "requestId": who.request_id,
        "objects": objects.as_json() if objects else {},
    }
    LOGGER.info("%s", json_line(line))


def configure() -> None:
    """Send the lines to standard output, unadorned; a site's own handler for the logger stays."""
    if LOGGER.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
