"""Pages hold each entry once, whatever the store cuts off."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omeroweb_admin_tools.planning.logs import pages
from omeroweb_admin_tools.planning.logs.model import Ask, Entry, Range
from omeroweb_admin_tools.planning.logs.pages import (
    Part,
    identities,
    merged,
    moment_part,
    moment_question,
    part,
)
from omeroweb_admin_tools.planning.logs.sources import SOURCES

KEYS = ("server", "web", "redis")
SPAN = Range(100, 130)


class Shelf:
    """A double of a store: it cuts among entries of one moment anywhere, as stores do."""

    def __init__(self, entries: list[Entry], seed: int) -> None:
        self.entries = entries
        self.dice = random.Random(seed)
        self.questions = 0

    def answer(self, ask: Ask) -> list[Entry]:
        self.questions += 1
        rows = [
            each
            for each in self.entries
            if each.source == ask.source.key and each.moment in ask.range
        ]
        self.dice.shuffle(rows)
        rows.sort(key=lambda each: -each.moment if ask.newest_first else each.moment)
        kept = rows[: ask.limit]
        self.dice.shuffle(kept)
        return kept

    def part(self, ask: Ask) -> Part:
        found = part(ask, self.answer(ask))
        moment = moment_question(ask, found)
        return found if moment is None else moment_part(moment, self.answer(moment))


def walked(shelf: Shelf, size: int, *, newest_first: bool) -> list[list[Entry]]:
    """All pages, one after the other."""
    rest: Range | None = SPAN
    found = []
    while rest is not None:
        asks = [Ask(SOURCES[key], rest, newest_first=newest_first, limit=size + 1) for key in KEYS]
        page = merged([shelf.part(ask) for ask in asks], rest, size, newest_first=newest_first)
        found.append(list(page.entries))
        rest = page.rest
        assert len(found) <= len(shelf.entries) + 1
    return found


@st.composite
def shelves(draw: st.DrawFn) -> Shelf:
    # Few moments, so that many entries share one.
    rows = draw(
        st.lists(st.tuples(st.integers(95, 135), st.sampled_from(KEYS)), max_size=60)
        | st.lists(st.tuples(st.integers(99, 102), st.sampled_from(KEYS)), max_size=60)
    )
    entries = [Entry(moment, key, f"{at}") for at, (moment, key) in enumerate(rows)]
    return Shelf(entries, draw(st.integers(0, 99)))


@given(shelf=shelves(), size=st.integers(1, 20), newest_first=st.booleans())
def test_each_entry_is_on_one_page_and_in_order(
    shelf: Shelf, size: int, newest_first: bool
) -> None:
    found = walked(shelf, size, newest_first=newest_first)
    flat = [each for page in found for each in page]
    assert Counter(flat) == Counter(each for each in shelf.entries if each.moment in SPAN)
    moments = [each.moment for each in flat]
    assert moments == sorted(moments, reverse=newest_first)
    # No page but the last is empty, and none holds a part of a moment.
    assert all(found[:-1])
    for one, other in pairwise(found):
        assert not {each.moment for each in one} & {each.moment for each in other}


@given(shelf=shelves(), size=st.integers(1, 20))
def test_a_page_is_longer_only_by_its_last_moment(shelf: Shelf, size: int) -> None:
    for page in walked(shelf, size, newest_first=True):
        if len(page) > size:
            assert page[size - 1].moment == page[-1].moment


def test_a_moment_that_the_store_does_not_give_whole_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "MOST_ENTRIES", 50)
    shelf = Shelf([Entry(110, "web", str(at)) for at in range(60)] + [Entry(105, "web", "old")], 1)
    ask = Ask(SOURCES["web"], SPAN, limit=11)
    found = shelf.part(ask)
    assert (len(found.entries), found.edge, found.cut) == (50, 109, 110)
    page = merged([found], SPAN, 10, newest_first=True)
    assert len(page.entries) == 50
    assert page.rest == Range(100, 110)
    monkeypatch.setattr(pages, "MOST_ENTRIES", 61)
    whole = shelf.part(ask)
    assert (len(whole.entries), whole.cut) == (60, None)


def test_what_is_not_of_the_time_is_left_out() -> None:
    ask = Ask(SOURCES["web"], SPAN, limit=3)
    strays = [Entry(99, "web", "early"), Entry(130, "web", "late")]
    assert part(ask, [*strays[:1], Entry(100, "web", "in")]).entries == [Entry(100, "web", "in")]
    with pytest.raises(ValueError, match="another time"):
        part(ask, [*strays, strays[0]])


def test_the_order_of_a_moment_is_the_store_s() -> None:
    rows = [Entry(110, "web", text) for text in ("b", "a", "c")]
    assert part(Ask(SOURCES["web"], SPAN), rows).entries == rows


def test_nothing_is_left_at_the_start_of_the_time() -> None:
    """The last moment of a page is the first of the range."""
    shelf = Shelf([Entry(100, "web", str(at)) for at in range(30)], 1)
    assert [len(page) for page in walked(shelf, 5, newest_first=True)] == [30]


@given(shelf=shelves())
def test_an_entry_has_the_same_name_in_each_answer(shelf: Shelf) -> None:
    twice = [*shelf.entries, *shelf.entries]
    names = identities(twice)
    assert len(set(names)) == len(names)
    again = dict(zip(identities(shelf.entries), shelf.entries, strict=True))
    assert again.items() <= dict(zip(names, twice, strict=True)).items()
