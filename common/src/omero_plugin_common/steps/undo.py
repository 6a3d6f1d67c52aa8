"""What a job did to each object, stored so that it can be undone.

- A kind of job that can be undone names the kind that does so: `@job("x.write", undo="x.undo")`.
- A step says in `Step.plan`, before its first change of OMERO, what it will add to each object and
  what it will remove; removed things with all that is needed to add them again. After it has added
  things, `Step.added` stores their ids.
- A step that is done again adds to what its earlier attempts stored: all attempts are undone.
- The job that undoes is a job over many objects, too: it goes through the objects of the first one,
  and what it adds and removes is stored likewise, so it can be undone itself.
- What things are and how they are told apart is the plugin's matter. Here they are JSON.
- What is stored may hold values of users. It goes when the job goes, with its report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

# In place of the id of something that was added.
UNKNOWN: Final = 0
REFUSED: Final = -1


@dataclass(frozen=True, slots=True)
class Change:
    """What a job does to one object.

    Attributes:
        id: of the object.
        added: what it adds, as JSON.
        removed: what it removes, as JSON.
        ids: of what was added, in the same order. `UNKNOWN` until it is stored, and for ever when
            the worker died in between; `REFUSED` when OMERO did not accept it.
    """

    id: int
    added: Sequence[Any] = ()
    removed: Sequence[Any] = ()
    ids: Sequence[int] = ()


def over_all_attempts(before: Change | None, now: Change) -> Change:
    """What a step plans for an object, with what its earlier attempts had planned."""
    if before is None:
        return replace(now, ids=[UNKNOWN] * len(now.added))
    more = _without(now.added, before.added)
    return Change(
        now.id,
        [*before.added, *more],
        [*before.removed, *_without(now.removed, before.removed)],
        [*before.ids, *[UNKNOWN] * len(more)],
    )


def with_ids(change: Change, added: Iterable[tuple[Any, int]]) -> Change:
    """The change with the ids of what was added.

    Args:
        change: as it was planned.
        added: things as they were planned, and their ids.
    """
    ids = list(change.ids)
    for thing, id_ in added:
        # One that was refused in an earlier attempt may be accepted in this one.
        for old in (UNKNOWN, REFUSED):
            places = [at for at, one in enumerate(change.added) if one == thing and ids[at] == old]
            if places:
                ids[places[0]] = id_
                break
    return replace(change, ids=ids)


def _without(things: Iterable[Any], others: Iterable[Any]) -> list[Any]:
    """Things that are not among others, each as often as there are more of it."""
    left, more = list(others), []
    for each in things:
        if each in left:
            left.remove(each)
        else:
            more.append(each)
    return more
