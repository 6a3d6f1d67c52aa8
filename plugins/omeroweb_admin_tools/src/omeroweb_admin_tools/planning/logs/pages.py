"""Pages over several sources, without gaps and without repeats.

Many entries can have the same moment, and a store that is asked for the newest hundred cuts among
them anywhere. So a page holds all entries of a moment or none: of an answer that is as long as its
limit, the last moment does not count, and the next page begins with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import chain

from omeroweb_admin_tools.planning.logs.model import MOST_ENTRIES, Ask, Entry, Range


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of one source.

    Attributes:
        entries: in the order of the question.
        edge: the first moment, in that order, whose entries are not known; nothing where all are.
        cut: a moment with more entries than the store gives, of which some are missing.
    """

    entries: Sequence[Entry]
    edge: int | None = None
    cut: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of all sources in one order.

    Attributes:
        entries: in the order of the question.
        rest: what is still to be asked for, with the same order; nothing at the end.
    """

    entries: Sequence[Entry]
    rest: Range | None


def part(ask: Ask, answer: Sequence[Entry]) -> Part:
    """What an answer tells for sure.

    Args:
        ask: the question.
        answer: its entries, in any order.

    Raises:
        ValueError: the answer has nothing of the range that was asked for.
    """
    rows = _ordered((each for each in answer if each.moment in ask.range), ask.newest_first)
    if len(answer) < ask.limit:
        return Part(rows)
    if not rows:
        raise ValueError("its entries are of another time")
    last = rows[-1].moment
    return Part([each for each in rows if each.moment != last], edge=last)


def moment_question(ask: Ask, found: Part) -> Ask | None:
    """The question for a whole moment, where an answer had no other; else nothing."""
    if found.entries or found.edge is None:
        return None
    return replace(ask, range=Range(found.edge, found.edge + 1), limit=MOST_ENTRIES)


def moment_part(ask: Ask, answer: Sequence[Entry]) -> Part:
    """What the answer to `moment_question` tells.

    Args:
        ask: that question.
        answer: its entries.
    """
    moment = ask.range.start
    edge = moment - 1 if ask.newest_first else moment + 1
    rows = [each for each in answer if each.moment == moment]
    return Part(rows, edge=edge, cut=moment if len(rows) >= ask.limit else None)


def merged(parts: Sequence[Part], span: Range, size: int, *, newest_first: bool) -> Page:
    """One page of several sources.

    It has more than `size` entries where the last moment has several.

    Args:
        parts: of each source.
        span: the range that was asked for.
        size: of the page.
        newest_first: the order.
    """
    edges = [each.edge for each in parts if each.edge is not None]
    edge = (max(edges) if newest_first else min(edges)) if edges else None
    known = _ordered(
        (
            each
            for each in chain.from_iterable(part.entries for part in parts)
            if edge is None or _before(each.moment, edge, newest_first)
        ),
        newest_first,
    )
    shown = known
    if len(known) > size:
        last = known[size - 1].moment
        shown = [each for each in known if not _before(last, each.moment, newest_first)]
    if len(shown) < len(known):
        edge = known[len(shown)].moment
    if edge is None:
        return Page(shown, None)
    rest = Range(span.start, edge + 1) if newest_first else Range(edge, span.end)
    return Page(shown, rest if rest.start < rest.end else None)


def identities(entries: Sequence[Entry]) -> list[str]:
    """A short name for each entry, the same in every answer that holds it.

    A page that is asked again, as a live view does, leaves out those that it has. Entries that are
    the same in everything are numbered, which works since no page holds a part of a moment.
    """
    seen: dict[bytes, int] = {}
    names = []
    for each in entries:
        what = (each.moment, each.source, each.pod, each.container, each.file, each.text)
        digest = blake2b(repr(what).encode(), digest_size=12).digest()
        seen[digest] = seen.get(digest, -1) + 1
        names.append(f"{digest.hex()}-{seen[digest]}")
    return names


def _ordered(entries: Iterable[Entry], newest_first: bool) -> list[Entry]:
    # Entries of one moment stay as the store gave them.
    return sorted(entries, key=lambda each: -each.moment if newest_first else each.moment)


def _before(one: int, other: int, newest_first: bool) -> bool:
    return one > other if newest_first else one < other
