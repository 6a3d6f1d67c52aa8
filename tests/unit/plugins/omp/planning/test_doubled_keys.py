"""The mode `add` on images that have another value of a key."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from omeroweb_omp_plugin.planning import Doubled, Existing, Keys, Plan, plan_image, signed
from omeroweb_omp_plugin.planning.existing import CLIENT_NAMESPACE
from omeroweb_omp_plugin.planning.pairs import Pairs, visible
from omeroweb_omp_plugin.planning.row import cells

KEYS = Keys(("a secret",))
IMAGE = 7
WANTED: Pairs = (("line", "HeLa"), ("dose", "2"))


def existing(number: int, pairs: Pairs, note: str = "", **more: Any) -> Existing:
    given = {"owner": 5, "removable": True, "deletable": True} | more
    return Existing(number, 100 + number, CLIENT_NAMESPACE, note, pairs, **given)


def own(number: int, pairs: Pairs, image: int = IMAGE, part: Any = "names") -> Existing:
    wrote = signed(pairs, image, part, KEYS)
    return existing(number, wrote.pairs, wrote.description)


def after(plan: Plan) -> list[Existing]:
    """What the image has when the plan was carried out."""
    wrote = [*([plan.write] if plan.write else []), *plan.rewritten]
    new = [existing(1000 + at, each.pairs, each.description) for at, each in enumerate(wrote)]
    return [*plan.keep, *plan.refused, *new]


VALUES = st.sampled_from(["1", "2", "3"])
PAIRS = st.lists(st.tuples(st.sampled_from("abcd"), VALUES), max_size=4).map(tuple)
SETS = st.lists(st.tuples(PAIRS, st.sampled_from(["typed", "own", "copy", "acquired"])), max_size=4)


def made(number: int, pairs: Pairs, kind: str) -> Existing:
    if kind == "typed":
        return existing(number, pairs)
    # The plugin writes distinct names.
    pairs = tuple(dict(pairs).items())
    image = IMAGE + (kind == "copy")
    return own(number, pairs, image, "acquisition" if kind == "acquired" else "names")


def values_of(sets: list[Existing]) -> dict[str, set[str]]:
    values: dict[str, set[str]] = {}
    for each in sets:
        for name, value in visible(each.pairs):
            values.setdefault(name, set()).add(value)
    return values


@given(st.dictionaries(st.sampled_from("abcd"), VALUES, min_size=1), SETS)
def test_a_key_with_another_value_is_kept_replaced_or_has_both(
    wanted: dict[str, str], described: list[tuple[Pairs, str]]
) -> None:
    sets = [made(number, *each) for number, each in enumerate(described, 1)]
    both = zip(sets, described, strict=True)
    before, recorded = values_of(sets), values_of([s for s, (_, k) in both if k == "acquired"])
    pairs = tuple(wanted.items())
    for doubled in get_args(Doubled):
        plan = plan_image(IMAGE, pairs, sets, "add", KEYS, doubled=doubled)
        others = [name for name, value in pairs if before.get(name, set()) - {value}]
        assert list(plan.clashes) == others
        expected = dict(before)
        for name, value in pairs:
            if doubled == "list" or name not in others:
                expected[name] = before.get(name, set()) | {value}
            elif doubled == "replace":
                # What an instrument recorded stays; then nothing is put beside it.
                kept = recorded.get(name, set()) - {value}
                expected[name] = kept | ({value} & before[name]) if kept else {value}
        assert values_of(after(plan)) == expected, doubled
        # The preview says what comes, and done again it does nothing.
        shown = {each.name: set(each.then) for each in cells(plan) if each.then}
        assert shown == expected
        assert not plan_image(IMAGE, pairs, after(plan), "add", KEYS, doubled=doubled).changes


def test_what_is_left_of_a_set_keeps_its_place_and_whose_it_is() -> None:
    sets = [
        own(2, (("line", "U2OS"), ("day", "3"))),
        existing(6, (("dose", "1"), ("note", "look")), "by hand"),
        existing(7, (("line", "CHO"),)),
        existing(8, (("dose", "5"),), removable=False),
    ]
    plan = plan_image(IMAGE, WANTED, sets, "add", KEYS, doubled="replace")
    assert [each.annotation for each in plan.remove] == [2, 6, 7]
    assert plan.write
    assert visible(plan.write.pairs) == (("line", "HeLa"),)
    mine, typed = plan.rewritten
    again = signed((("day", "3"),), IMAGE, "names", KEYS)
    assert (mine.pairs, mine.description) == (again.pairs, again.description)
    assert (typed.pairs, typed.namespace, typed.description) == (
        (("note", "look"),), CLIENT_NAMESPACE, "by hand",
    )  # fmt: skip
