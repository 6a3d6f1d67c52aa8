"""Models that answer as they are asked: well, or with a mistake."""

from __future__ import annotations

import json
from collections.abc import Callable

from ai_servers.formats import Asked


def names_in(asked: Asked) -> list[str]:
    """The file names of a question."""
    given = json.loads(asked.user)["names"]
    return [each["name"] if isinstance(each, dict) else each for each in given]


def reads(separator: str = "_") -> Callable[[Asked], str]:
    """A model that gives each variable the next part of the name."""

    def reply(asked: Asked) -> str:
        variables = json.loads(asked.user)["variables"]
        rows = []
        for n, name in enumerate(names_in(asked), 1):
            parts: list[str | None] = [*name.rpartition(".")[0].split(separator)]
            parts += [None] * len(variables)
            rows.append({"n": n, "values": parts[: len(variables)]})
        return json.dumps({"rows": rows})

    return reply


def suggests(pattern: str) -> Callable[[Asked], str]:
    """A model that has one pattern for everything."""
    return lambda _asked: json.dumps({"pattern": pattern})
