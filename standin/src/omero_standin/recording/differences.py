"""Two recordings, compared call by call."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

Line = dict[str, Any]
_LONGEST: Final = 200
_MISSING: Final = object()


def differences(recorded: Sequence[Line], now: Sequence[Line]) -> list[str]:
    """What differs, as text for a person: one entry for each call or row.

    Args:
        recorded: the lines of the recording.
        now: the lines of the run that is held against it.
    """
    before, after = _by_row(recorded), _by_row(now)
    found: list[str] = []
    for row, (head, *calls) in before.items():
        if "left out" in head:
            continue
        other = after.get(row)
        if other is None or "left out" in other[0]:
            why = "is not in this catalogue" if other is None else other[0]["left out"]
            found.append(f"{row} {head['title']}\n    was not run here: {why}")
            continue
        found += _of_row(head, calls, other)
    return found


def _by_row(lines: Sequence[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line["row"], []).append(line)
    return found


def _of_row(head: Line, calls: Sequence[Line], other: Sequence[Line]) -> Iterator[str]:
    """Calls are compared in their order; where one is another call, the rest is not comparable."""
    there, *here = other
    title = f"{head['row']} {head['title']}"
    depends = head.get("depends on")
    hint = f"\n    this may depend on {depends}" if depends else ""
    for number, (one, two) in enumerate(zip(calls, here, strict=False), 1):
        if one["call"] != two["call"]:
            yield (
                f"{title}\n  call {number}\n    recorded: {one['call']}\n    here:     "
                f"{two['call']}\n    the calls that follow are not compared{hint}"
            )
            return
        parts = list(_of_call(one, two))
        if parts:
            yield "\n".join([title, f"  call {number}: {one['call']}", *parts]) + hint
    if head.get("ended by") != there.get("ended by") or len(calls) != len(here):
        yield (
            f"{title}\n    recorded: {_end(head, calls)}\n    here:     {_end(there, here)}{hint}"
        )


def _end(head: Line, calls: Sequence[Line]) -> str:
    return f"{len(calls)} calls, ended by {head.get('ended by', 'its last call')}"


def _of_call(one: Line, two: Line) -> Iterator[str]:
    for what in ("given", "answer", "raises"):
        for path, before, after in _paths(what, one.get(what, _MISSING), two.get(what, _MISSING)):
            yield f"    {path}\n      recorded: {_short(before)}\n      here:     {_short(after)}"


def _paths(path: str, one: Any, two: Any) -> Iterator[tuple[str, Any, Any]]:
    """The places where two trees differ."""
    if isinstance(one, dict) and isinstance(two, dict):
        for name in dict.fromkeys([*one, *two]):
            where = f"{path}.{name}"
            yield from _paths(where, one.get(name, _MISSING), two.get(name, _MISSING))
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for number, (before, after) in enumerate(zip(one, two, strict=True)):
            yield from _paths(f"{path}[{number}]", before, after)
    elif one is two:
        return
    elif one is _MISSING or two is _MISSING or one != two or type(one) is not type(two):
        yield path, one, two


def _short(value: Any) -> str:
    if value is _MISSING:
        return "(nothing)"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
