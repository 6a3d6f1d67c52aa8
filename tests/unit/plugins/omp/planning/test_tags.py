"""Which tags an image gets, and what undoes that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omero_plugin_common.steps.undo import REFUSED, UNKNOWN, Change
from omeroweb_omp_plugin.planning import Doubled, Existing, Keys, plan_image
from omeroweb_omp_plugin.planning.pairs import Pairs
from omeroweb_omp_plugin.planning.tags import (
    ImageTag,
    NewTag,
    Tag,
    TagReversal,
    made_tags,
    missing,
    split,
    stored_removal,
    stored_tag,
    tag_reversal,
    texts_of,
    too_long,
    usable,
)

HELA = ImageTag(image=7, link=101, annotation=1, text="HeLa", removable=True, deletable=True)
GIVEN = Change(7, [stored_tag(NewTag(7, "HeLa", True))], [], [HELA.link])


def test_values_become_tags_once_and_stripped() -> None:
    pairs: Pairs = (
        ("Line", " HeLa "), ("Stain", "DAPI"), ("Cells", "HeLa"), ("Note", "  "), ("Well", "A1"),
        ("Long", "x" * 256), ("Longest", f" {'x' * 255} "),
    )  # fmt: skip
    keys = {"Line", "Cells", "Note", "Long", "Longest", "Stain", "Gone"}
    assert texts_of(pairs, keys) == ("HeLa", "DAPI", "x" * 255)
    assert too_long(pairs, keys) == 1
    assert texts_of(pairs, ()) == ()


def test_an_image_gets_what_it_has_not() -> None:
    assert missing(("HeLa", "DAPI", "hela"), [HELA]) == ("DAPI", "hela")


def test_ones_own_tag_comes_first_then_the_oldest_that_may_be_linked() -> None:
    tags = [
        Tag(1, "HeLa", 5, 8, True), Tag(2, "HeLa", 5, 9, True), Tag(3, "HeLa", 5, 9, True),
        Tag(4, "DAPI", 5, 8, False), Tag(5, "DAPI", 5, 6, True), Tag(6, "GFP", 5, 8, False),
        Tag(7, "HeLa", 4, 8, True),
    ]  # fmt: skip
    assert usable(reversed(tags), 9) == {(5, "HeLa"): 2, (5, "DAPI"): 5, (4, "HeLa"): 7}


@pytest.mark.parametrize(
    ("doubled", "texts"),
    [("keep", ("DAPI",)), ("replace", ("HeLa", "DAPI")), ("list", ("HeLa", "DAPI"))],
)
def test_a_value_that_is_not_written_is_no_tag(doubled: Doubled, texts: tuple[str, ...]) -> None:
    typed = Existing(1, 101, "ns", "", (("Line", "U2OS"), ("Stain", "DAPI")), 5, True, True)
    wanted = (("Line", "HeLa"), ("Stain", "DAPI"))
    plan = plan_image(7, wanted, [typed], "add", Keys(("secret",)), doubled=doubled)
    assert texts_of(plan.lasting(wanted), ("Line", "Stain")) == texts


def test_what_a_job_did_to_sets_and_to_tags_is_told_apart() -> None:
    tag, other = stored_tag(NewTag(7, "HeLa", True)), stored_tag(NewTag(7, "DAPI", False, 4))
    removed = stored_removal(HELA)
    both = Change(7, [["ns", "", []], tag, other], [[1, 5, "ns", "", []], removed], [3, 4, REFUSED])
    sets, tags = split(both)
    assert sets == Change(7, [["ns", "", []]], [[1, 5, "ns", "", []]], [3])
    assert tags == Change(7, [tag, other], [removed], [4, REFUSED])
    assert made_tags(both) == {"HeLa"}


def test_what_was_given_goes_and_what_was_taken_comes_back() -> None:
    taken = Change(7, [], [stored_removal(HELA)], [])
    assert tag_reversal(GIVEN, [HELA]) == TagReversal(remove=(HELA,))
    assert tag_reversal(taken, []) == TagReversal(restore=("HeLa",))
    # Undone twice it does nothing.
    assert tag_reversal(GIVEN, []) == TagReversal()
    assert tag_reversal(taken, [HELA]) == TagReversal()


def test_the_same_tag_by_somebody_else_stays() -> None:
    others = replace(HELA, link=102)
    assert tag_reversal(GIVEN, [others]) == TagReversal()
    assert tag_reversal(GIVEN, [others, HELA]) == TagReversal(remove=(HELA,))
    refused = replace(HELA, removable=False)
    assert tag_reversal(GIVEN, [refused]) == TagReversal(refused=(refused,))
    renamed = replace(HELA, text="HeLa cells")
    assert tag_reversal(GIVEN, [renamed]) == TagReversal(edited=(renamed,))


def test_a_worker_that_died_did_not_say_which_link_it_made() -> None:
    unknown = replace(GIVEN, ids=[UNKNOWN])
    newer = replace(HELA, link=103)
    assert tag_reversal(unknown, [HELA, newer]) == TagReversal(remove=(newer,))
    # Another attempt found the tag, and nothing to do or the same to do.
    again = [*GIVEN.added, stored_tag(NewTag(7, "HeLa", False, 1))]
    both = Change(7, again, [], [UNKNOWN, HELA.link])
    assert tag_reversal(both, [HELA]) == TagReversal(remove=(HELA,))
