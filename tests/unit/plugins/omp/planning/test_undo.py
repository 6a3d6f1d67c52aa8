"""What undoes a job on one image."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from omero_plugin_common.steps.undo import REFUSED, UNKNOWN, Change
from omeroweb_omp_plugin.planning import Existing
from omeroweb_omp_plugin.planning.pairs import Pairs
from omeroweb_omp_plugin.planning.undo import (
    RemovedSet,
    Reversal,
    reversal,
    stored_content,
    stored_set,
)

PAIRS: Pairs = (("line", "HeLa"),)


def existing(number: int, pairs: Pairs = PAIRS, **more: Any) -> Existing:
    given = {"owner": 5, "removable": True, "deletable": True} | more
    return Existing(number, 100 + number, "ns", "note", pairs, **given)


WRITTEN = existing(1)
OLD = existing(2, (("line", "U2OS"), ("line", "U2OS")), owner=6)
REMOVED = RemovedSet(2, "ns", "note", OLD.pairs, 6)
ADDED = stored_content("ns", "note", PAIRS)
CHANGE = Change(7, [ADDED], [stored_set(OLD)], [WRITTEN.link])


def test_what_was_added_goes_and_what_was_removed_comes_back() -> None:
    assert reversal(CHANGE, [WRITTEN]) == Reversal(remove=(WRITTEN,), restore=(REMOVED,))


def test_undone_twice_it_does_nothing() -> None:
    assert reversal(CHANGE, [replace(OLD, annotation=9, link=109, owner=5)]) == Reversal()
    assert reversal(CHANGE, [OLD]) == Reversal()
    assert reversal(Change(7), [WRITTEN, OLD]) == Reversal()


def test_an_edited_set_stays() -> None:
    edited = replace(WRITTEN, pairs=(("line", "HEK"),))
    assert reversal(CHANGE, [edited]) == Reversal(edited=(edited,), restore=(REMOVED,))


def test_a_set_that_may_not_be_removed_stays() -> None:
    locked = replace(WRITTEN, removable=False)
    assert reversal(CHANGE, [locked, OLD]) == Reversal(refused=(locked,))


def test_an_equal_set_that_the_job_did_not_write_stays() -> None:
    typed = existing(3)
    assert reversal(CHANGE, [typed, OLD]) == Reversal()
    assert reversal(replace(CHANGE, ids=[REFUSED]), [typed, OLD]) == Reversal()


def test_without_an_id_the_newest_equal_set_is_the_jobs() -> None:
    older, newer, edited = existing(3), existing(4), existing(5, (("line", "HEK"),))
    unknown = replace(CHANGE, ids=[UNKNOWN])
    assert reversal(unknown, [older, edited, newer, OLD]) == Reversal(remove=(newer,))
    twice = Change(7, [ADDED, ADDED], [], [newer.link, UNKNOWN])
    assert reversal(twice, [older, newer]) == Reversal(remove=(newer, older))


def test_two_equal_sets_come_back_as_two() -> None:
    other = replace(OLD, annotation=8, link=108)
    both = Change(7, [], [stored_set(OLD), stored_set(other)])
    again = RemovedSet(8, "ns", "note", OLD.pairs, 6)
    assert reversal(both, []).restore == (REMOVED, again)
    assert reversal(both, [OLD]).restore == (again,)
    assert reversal(both, [replace(OLD, annotation=9, link=109)]).restore == (again,)
