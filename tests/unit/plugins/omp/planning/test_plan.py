"""What a job does to one image."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omeroweb_omp_plugin.planning import (
    Existing,
    Keys,
    Mode,
    Plan,
    plan_deletion,
    plan_image,
    signed,
    wanted_pairs,
)
from omeroweb_omp_plugin.planning.existing import CLIENT_NAMESPACE
from omeroweb_omp_plugin.planning.pairs import Pairs, visible
from omeroweb_omp_plugin.planning.row import cells
from omeroweb_omp_plugin.planning.totals import Totals, totals

KEYS = Keys(("a secret",))
IMAGE = 7
WANTED: Pairs = (("line", "HeLa"), ("dose", "2"))
MODES: tuple[Mode, ...] = ("add", "replace_own", "replace_all")


def existing(number: int, pairs: Pairs, **more: Any) -> Existing:
    given = {"owner": 5, "removable": True, "deletable": True} | more
    note = given.pop("note", "")
    return Existing(number, 100 + number, CLIENT_NAMESPACE, note, pairs, **given)


def own(
    number: int, pairs: Pairs, image: int = IMAGE, part: Any = "names", **more: Any
) -> Existing:
    wrote = signed(pairs, image, part, KEYS)
    return existing(number, wrote.pairs, note=wrote.description, **more)


TYPED = existing(1, (("note", "look"),))
OWN = own(2, (("line", "U2OS"), ("day", "3")))
EDITED = existing(3, (*OWN.pairs[:-1], ("omp_hash", "omphash_v1:00")), note=OWN.description)
COPY = own(4, (("line", "HEK"),), image=8)
ACQUIRED = own(5, (("Objective", "63x"),), part="acquisition")
ALL = [TYPED, OWN, EDITED, COPY, ACQUIRED]


def numbers(sets: tuple[Existing, ...]) -> set[int]:
    return {each.annotation for each in sets}


def written(plan: Plan) -> Pairs:
    """What a user sees of the new set."""
    assert plan.write
    return visible(plan.write.pairs)


def new(plan: Plan) -> list[Existing]:
    """The new sets, when they are there."""
    wrote = [plan.write] if plan.write else []
    return [
        existing(1000 + at, each.pairs, note=each.description)
        for at, each in enumerate([*wrote, *plan.rewritten])
    ]


def after(plan: Plan) -> list[Existing]:
    """What the image has when the plan was carried out."""
    return [*plan.keep, *plan.refused, *new(plan)]


def test_add_keeps_everything_and_writes_what_is_missing() -> None:
    sets = [TYPED, ACQUIRED, existing(6, (("dose", "2"),))]
    plan = plan_image(IMAGE, WANTED, sets, "add", KEYS)
    assert written(plan) == (("line", "HeLa"),)
    assert (plan.remove, len(plan.keep), plan.clashes) == ((), 3, ())


def test_replace_own_takes_the_plugins_own_of_the_same_source_only() -> None:
    plan = plan_image(IMAGE, WANTED, ALL, "replace_own", KEYS)
    assert written(plan) == WANTED
    assert numbers(plan.remove) == {2}
    assert numbers(plan.keep) == {1, 3, 4, 5}


def test_replace_all_takes_all() -> None:
    plan = plan_image(IMAGE, WANTED, ALL, "replace_all", KEYS)
    assert written(plan) == WANTED
    assert numbers(plan.remove) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("mode", MODES)
def test_a_name_without_values_changes_nothing(mode: Mode) -> None:
    plan = plan_image(IMAGE, (), ALL, mode, KEYS)
    assert not plan.changes
    assert numbers(plan.keep) == {1, 2, 3, 4, 5}


def test_what_may_not_be_taken_away_stays_and_is_told() -> None:
    foreign = existing(6, (("note", "mine"),), removable=False)
    plan = plan_image(IMAGE, WANTED, [TYPED, foreign], "replace_all", KEYS)
    assert (numbers(plan.remove), numbers(plan.refused)) == ({1}, {6})


def test_a_deletion_of_the_plugins_sets_leaves_all_others() -> None:
    plan = plan_deletion(IMAGE, ALL, "plugin", KEYS)
    assert (numbers(plan.remove), plan.write) == ({2, 5}, None)
    assert numbers(plan_deletion(IMAGE, ALL, "all", KEYS).remove) == {1, 2, 3, 4, 5}


PAIR = st.tuples(st.sampled_from(["line", "dose", "day"]), st.sampled_from(["1", "2", "HeLa"]))
SETS = st.lists(
    st.tuples(
        st.lists(PAIR, max_size=3, unique_by=lambda pair: pair[0]),
        st.sampled_from(["typed", "own", "copied", "acquired"]),
        st.booleans(),
    ),
    max_size=5,
)


def made(drawn: list[tuple[list[tuple[str, str]], str, bool]]) -> list[Existing]:
    sets = []
    for number, (pairs, kind, removable) in enumerate(drawn, start=1):
        image = 8 if kind == "copied" else IMAGE
        part: Any = "acquisition" if kind == "acquired" else "names"
        if kind == "typed":
            sets.append(existing(number, tuple(pairs), removable=removable))
        else:
            sets.append(own(number, tuple(pairs), image, part, removable=removable))
    return sets


@given(SETS, st.lists(PAIR, max_size=3, unique_by=lambda pair: pair[0]), st.sampled_from(MODES))
def test_a_plan_done_again_does_nothing(drawn: Any, wanted: Any, mode: Mode) -> None:
    """A worker may die anywhere: whoever goes on must neither repeat nor lose anything."""
    sets, pairs = made(drawn), tuple(wanted)
    plan = plan_image(IMAGE, pairs, sets, mode, KEYS)
    again = plan_image(IMAGE, pairs, after(plan), mode, KEYS)
    assert not again.write
    assert not again.remove
    # In between, the new set is there and the old ones still are.
    between = [*sets, *new(plan)]
    resumed = plan_image(IMAGE, pairs, between, mode, KEYS)
    assert not resumed.write
    assert {e.annotation for e in after(resumed)} == {e.annotation for e in after(plan)}


@given(SETS, st.lists(PAIR, max_size=3, unique_by=lambda pair: pair[0]), st.sampled_from(MODES))
def test_cells_tell_what_is_there_before_and_after(drawn: Any, wanted: Any, mode: Mode) -> None:
    plan = plan_image(IMAGE, tuple(wanted), made(drawn), mode, KEYS)
    told = cells(plan)

    def values(sets: list[Existing]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for each in sets:
            for name, value in visible(each.pairs):
                found.setdefault(name, set()).add(value)
        return found

    now = {each.was or each.name: set(each.now) for each in told if each.now}
    assert now == values(made(drawn))
    assert {each.name: set(each.then) for each in told if each.then} == values(after(plan))
    if not plan.changes:
        assert {each.change for each in told} <= {"kept"}
    # Every pair that comes or goes is counted.
    before, later = (
        {(name, value) for name, some in values(sets).items() for value in some}
        for sets in (made(drawn), after(plan))
    )
    counts = totals(told)
    both = counts.changed + counts.renamed
    assert len(later - before) == counts.added + both
    assert len(before - later) == counts.removed + both


def test_the_preview_has_the_written_variables_first_and_says_what_happens_to_each() -> None:
    mine = own(2, (("line", "U2OS"), ("dose", "2"), ("day", "3")))
    plan = plan_image(IMAGE, (*WANTED, ("drug", "DMSO")), [mine], "replace_own", KEYS)
    assert [each.as_json() for each in cells(plan)] == [
        {"name": "line", "now": ["U2OS"], "then": ["HeLa"], "change": "changed", "was": ""},
        {"name": "dose", "now": ["2"], "then": ["2"], "change": "kept", "was": ""},
        {"name": "drug", "now": [], "then": ["DMSO"], "change": "added", "was": ""},
        {"name": "day", "now": ["3"], "then": [], "change": "removed", "was": ""},
    ]


def test_a_value_that_gets_another_key_is_renamed() -> None:
    mine = own(2, (("line", "HeLa"), ("Var2", "2"), ("day", "3")))
    told = cells(plan_image(IMAGE, (*WANTED, ("drug", "3")), [mine, TYPED], "replace_own", KEYS))
    assert [(each.name, each.change, each.was) for each in told] == [
        ("line", "kept", ""),
        ("dose", "renamed", "Var2"),
        ("drug", "renamed", "day"),
        ("note", "kept", ""),
    ]
    assert totals(told) == Totals(renamed=2)


def test_each_value_that_comes_or_goes_is_counted() -> None:
    sets = [own(2, (("line", "U2OS"), ("day", "3"))), existing(6, (("line", "HEK"), ("dose", "2")))]
    told = cells(plan_image(IMAGE, (*WANTED, ("drug", "DMSO")), sets, "replace_own", KEYS))
    # “line” is U2OS and HEK, and will be HEK and HeLa.
    assert totals(told) == Totals(added=1, changed=1, removed=1)
    assert totals(told) + totals(told) == Totals(added=2, changed=2, removed=2)


def test_the_preview_has_the_values_of_the_oldest_set_first_and_each_once() -> None:
    sets = [
        existing(9, (("line", "HEK"), ("line", "U2OS"))),
        existing(4, (("line", "U2OS"),)),
        existing(6, (("line", "CHO"),), removable=False),
    ]
    (cell,) = cells(plan_image(IMAGE, (("line", "HeLa"),), sets, "add", KEYS, doubled="list"))
    assert cell.now == ("U2OS", "CHO", "HEK")
    assert cell.then == ("U2OS", "CHO", "HEK", "HeLa")
    # What the user may not take away stays, in front of the new value.
    (cell,) = cells(plan_image(IMAGE, (("line", "HeLa"),), sets, "replace_all", KEYS))
    assert (cell.now, cell.then) == (("U2OS", "CHO", "HEK"), ("CHO", "HeLa"))


def test_a_plan_says_for_which_image_it_is_and_where_each_set_comes_from() -> None:
    origins = {1: "foreign", 2: "names", 3: "edited", 4: "copied", 5: "acquisition"}
    plans = [plan_image(IMAGE, pairs, ALL, mode, KEYS) for pairs in ((), WANTED) for mode in MODES]
    plans.append(plan_deletion(IMAGE, ALL, "plugin", KEYS))
    assert [(plan.image, plan.origins) for plan in plans] == [(IMAGE, origins)] * 7


def test_what_the_plugin_reads_from_metadata_replaces_only_that() -> None:
    plan = plan_image(IMAGE, WANTED, ALL, "replace_own", KEYS, "acquisition")
    assert plan.write == signed(WANTED, IMAGE, "acquisition", KEYS)
    assert numbers(plan.remove) == {5}
    plan = plan_image(IMAGE, WANTED, [], "add", KEYS, "acquisition")
    assert plan.write == signed(WANTED, IMAGE, "acquisition", KEYS)


def test_of_two_sets_with_the_same_pairs_one_stays() -> None:
    twice = [own(8, WANTED), own(9, WANTED), TYPED]
    plan = plan_image(IMAGE, WANTED, twice, "replace_own", KEYS)
    assert (plan.write, numbers(plan.keep), numbers(plan.remove)) == (None, {1, 8}, {9})
    plan = plan_image(IMAGE, WANTED, twice, "replace_all", KEYS)
    assert (plan.write, numbers(plan.keep), numbers(plan.remove)) == (None, {8}, {1, 9})
    assert plan.changes


def test_the_users_values_win_and_an_empty_one_takes_the_variable_away() -> None:
    parsed = (("line", "HeLa"), ("dose", "2"), ("dose", "3"))
    given = {"line": "U2OS", "dose_2": "", "drug": "DMSO-d6", "omp_hash": "x"}
    assert wanted_pairs(parsed, given) == (("line", "U2OS"), ("dose", "2"), ("drug", "DMSO-d6"))
    assert wanted_pairs((("a", "1"), ("a_2", "2"), ("a", "3"))) == (
        ("a", "1"), ("a_2", "2"), ("a_3", "3")
    )  # fmt: skip


def test_what_nobody_has_named_is_not_written() -> None:
    parsed = (("Var1", "x"), ("Line", "HeLa"), ("Var2_2", "y"), ("Var", "1"), ("Variant", "2"))
    assert wanted_pairs(parsed) == (("Line", "HeLa"), ("Var", "1"), ("Variant", "2"))
    # Nor is it when a value was typed for it, as earlier versions stored it.
    assert wanted_pairs(parsed, {"Var1": "z"}) == (("Line", "HeLa"), ("Var", "1"), ("Variant", "2"))


def test_pairs_of_all_images() -> None:
    parsed = (("Line", "HeLa"), ("Dose", "2"))
    constants = (("Study", "S1"), ("Line", "HeLa Kyoto"))
    # They come last, and count more than the name and less than a value of this image.
    expected = (("Dose", "2"), ("Study", "S1"), ("Line", "HeLa Kyoto"))
    assert wanted_pairs(parsed, None, constants) == expected
    assert wanted_pairs(parsed, {"Study": "", "Line": "HEK"}, constants) == (
        ("Dose", "2"),
        ("Line", "HEK"),
    )
    # Also of one whose name says nothing.
    assert wanted_pairs((), None, constants[:1]) == constants[:1]
