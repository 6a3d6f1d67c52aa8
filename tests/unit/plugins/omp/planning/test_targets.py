"""Pairs that go to wells: none is lost, and none is on a well that is not true of its images."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from omeroweb_omp_plugin.planning import Doubled, Existing, Keys, Mode, Plan, plan_image, signed
from omeroweb_omp_plugin.planning.pairs import Pairs, visible
from omeroweb_omp_plugin.planning.row import cells
from omeroweb_omp_plugin.planning.targets import (
    left_for_image,
    pairs_after,
    plan_place,
    shared_pairs,
)

KEYS = Keys(("a secret",))
CLIENT = "openmicroscopy.org/omero/client/mapAnnotation"
WELL_OF = {1: 10, 2: 10, 3: 10, 4: 20, 5: 20}
PAIRS = st.dictionaries(
    st.sampled_from(["Drug", "Dose", "Field", "Day"]), st.sampled_from(["1", "2"])
).map(lambda values: tuple(values.items()))
# What a well or an image has: the plugin's own set, and one that was typed.
THERE = st.tuples(PAIRS, PAIRS)


def existing(place: int, there: tuple[Pairs, Pairs], kind: str) -> list[Existing]:
    own, typed = there
    sets = []
    if own:
        wrote = signed(own, place, "names", KEYS, kind="Image" if kind == "Image" else "Well")
        sets.append((wrote.pairs, wrote.description))
    if typed:
        sets.append((typed, ""))
    return [
        Existing(at, at + 100, CLIENT, note, pairs, 5, removable=True, deletable=True)
        for at, (pairs, note) in enumerate(sets, place * 1000)
    ]


def after(plan: Plan) -> dict[str, set[str]]:
    values: dict[str, set[str]] = {}
    for name, value in pairs_after(plan):
        values.setdefault(name, set()).add(value)
    return values


@given(
    wanted=st.fixed_dictionaries(dict.fromkeys(range(1, 7), PAIRS)),
    unticked=st.sets(st.integers(1, 6)),
    barred=st.sets(st.sampled_from([10, 20])),
    on_wells=st.fixed_dictionaries({10: THERE, 20: THERE}),
    on_images=st.fixed_dictionaries(dict.fromkeys(range(1, 7), THERE)),
    mode=st.sampled_from(["add", "replace_own", "replace_all"]),
    doubled=st.sampled_from(["keep", "replace", "list"]),
)
def test_each_image_has_its_pairs_on_it_or_on_its_well(
    wanted: dict[int, Pairs],
    unticked: set[int],
    barred: set[int],
    on_wells: dict[int, tuple[Pairs, Pairs]],
    on_images: dict[int, tuple[Pairs, Pairs]],
    mode: Mode,
    doubled: Doubled,
) -> None:
    written = {image: pairs for image, pairs in wanted.items() if image not in unticked and pairs}
    shared = shared_pairs(written.items(), WELL_OF)
    wells = {
        well: plan_place(
            well, None if well in barred else shared.get(well), existing(well, there, "Well"),
            mode, KEYS, "Well", doubled=doubled, namespace=CLIENT,
        )
        for well, there in on_wells.items()
    }  # fmt: skip
    keeps = mode == "add" and doubled != "list"
    for image, pairs in written.items():
        left, well = pairs, WELL_OF.get(image)
        if well is not None:
            left = left_for_image(
                pairs, shared.get(well, ()), pairs_after(wells[well]), keeps=keeps
            )
        sets = existing(image, on_images[image], "Image")
        moved = len(left) < len(pairs)
        plan = plan_image(
            image, left, sets, mode, KEYS, doubled=doubled, namespace=CLIENT, elsewhere=moved
        )
        here = after(plan)
        there = after(wells[well]) if well is not None else {}
        for name, value in pairs:
            has = here.get(name, set()) | there.get(name, set())
            # Only the mode that keeps other values may leave a pair out, for one of these.
            assert value in has or (mode == "add" and doubled != "list" and has)
        # Nothing that was typed is lost, unless the user wants that.
        if mode == "replace_own":
            assert set(on_images[image][1]) <= pairs_after(plan)
    for well, plan in wells.items():
        # A well gets what is true of all its images that are written, and of no others.
        if plan.write:
            images = [image for image, one in WELL_OF.items() if one == well and image in written]
            assert images
            assert all(set(visible(plan.write.pairs)) <= set(written[image]) for image in images)
        if mode != "replace_all" and doubled != "replace":
            assert set(on_wells[well][1]) <= pairs_after(plan)


def test_images_without_pairs_do_not_count() -> None:
    pairs = (("Drug", "1"),)
    assert shared_pairs([(1, pairs), (2, ()), (4, ()), (6, pairs)], WELL_OF) == {10: pairs}
    # In the order of the first image; with nothing in common the well is still known.
    both = shared_pairs([(1, (("a", "1"), ("b", "2"))), (2, (("b", "2"), ("a", "1")))], WELL_OF)
    assert both == {10: (("a", "1"), ("b", "2"))}
    assert shared_pairs([(1, pairs), (2, (("Drug", "2"),))], WELL_OF) == {10: ()}


def test_what_moves_from_an_image_to_its_well_is_kept() -> None:
    pairs = (("Drug", "1"), ("Field", "2"))
    own = existing(1, (pairs, ()), "Image")
    well = plan_place(
        10, pairs[:1], [], "replace_own", KEYS, "Well", doubled="keep", namespace=CLIENT
    )
    image = plan_image(1, pairs[1:], own, "replace_own", KEYS, elsewhere=True)
    assert {each.name: each.change for each in cells(well, image)} == {
        "Drug": "kept", "Field": "kept",
    }  # fmt: skip
    assert {each.name: each.change for each in cells(image)} == {
        "Field": "kept", "Drug": "removed",
    }  # fmt: skip


def test_a_well_whose_images_differ_now_loses_the_plugins_set_alone() -> None:
    there = existing(10, ((("Drug", "1"),), (("note", "typed"),)), "Well")
    replacing: tuple[Mode, ...] = ("replace_own", "replace_all")
    for mode in replacing:
        plan = plan_place(10, (), there, mode, KEYS, "Well", doubled="keep", namespace=CLIENT)
        assert [each.pairs for each in plan.keep] == [(("note", "typed"),)]
        assert [each.annotation for each in plan.remove] == [10_000]
    staying: tuple[tuple[Pairs | None, Mode], ...] = ((None, "replace_own"), ((), "add"))
    for shared, mode in staying:
        plan = plan_place(10, shared, there, mode, KEYS, "Well", doubled="keep", namespace=CLIENT)
        assert not plan.changes
