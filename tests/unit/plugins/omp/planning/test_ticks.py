"""Which images of a preview are written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from omeroweb_omp_plugin.planning.ticks import skipped, with_ticks

IMAGES = [11, 12, 13, 14]
TICKS = st.dictionaries(st.sampled_from(IMAGES), st.booleans())
MISFITS = st.sets(st.integers(0, len(IMAGES) - 1))


def test_names_that_do_not_fit_are_skipped() -> None:
    assert skipped(IMAGES, [2, 0], {}) == [0, 2]
    assert skipped(IMAGES, [], {}) == []


def test_a_tick_of_the_user_counts_more() -> None:
    assert skipped(IMAGES, [0, 2], {11: True, 12: False}) == [1, 2]
    # An image that is not of this selection.
    assert skipped(IMAGES, [0], {99: False}) == [0]


@given(TICKS, TICKS, MISFITS)
def test_the_newest_tick_of_an_image_counts(
    before: dict[int, bool], wanted: dict[int, bool], misfits: set[int]
) -> None:
    odd = {IMAGES[at] for at in misfits}
    ticks = with_ticks(with_ticks({}, before, odd), wanted, odd)
    left_out = {IMAGES[at] for at in skipped(IMAGES, misfits, ticks)}
    for image in IMAGES:
        expected = wanted.get(image, before.get(image, image not in odd))
        assert (image not in left_out) == expected


@given(TICKS, MISFITS)
def test_an_image_is_written_once_its_name_fits_unless_it_was_left_out(
    wanted: dict[int, bool], misfits: set[int]
) -> None:
    odd = {IMAGES[at] for at in misfits}
    ticks = with_ticks({}, wanted, odd)
    left_out = {IMAGES[at] for at in skipped(IMAGES, [], ticks)}
    assert left_out == {
        image for image, ticked in wanted.items() if not ticked and image not in odd
    }
