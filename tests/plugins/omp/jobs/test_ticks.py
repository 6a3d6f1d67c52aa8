"""An image that is not ticked keeps the pairs that it has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.jobs.model import Job
from omero_plugin_common.steps import report_store
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.planning import Mode
from omeroweb_omp_plugin.planning.edits import SetValue
from omeroweb_omp_plugin.planning.totals import Totals
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.edit_values import edit_images, edit_shown
from omeroweb_omp_plugin.services.job_parameters import WriteJob
from omeroweb_omp_plugin.services.make_selection import make_selection
from omeroweb_omp_plugin.store import previews
from omeroweb_omp_plugin.store.previews import Preview
from omp_lab import Lab

NAMES = ParserSettings("separators", "_", ("Line", "Number", "Stain"))
MODES: tuple[Mode, ...] = ("add", "replace_own", "replace_all")


@pytest.fixture
def ada(lab: Lab) -> int:
    return int(lab.user("ada").getUserId())


@contextmanager
def named(lab: Lab, image: int, name: str) -> Iterator[None]:
    """An image with another name to the end of the block."""
    found = lab.user("ada").getObject("Image", image)
    old = found.getName()
    for each in (name, old):
        found.setName(each)
        found.save()
        if each == name:
            yield


def make(lab: Lab, ada: int, mode: Mode = "replace_own") -> Preview:
    selection = lab.select("ada", lab.images("notes"))
    return previewing.make_preview(ada, selection, NAMES, {}, mode)


def rows(lab: Lab, ada: int, preview: Preview, which: Any = "all") -> dict[int, dict[str, Any]]:
    found = previewing.page(lab.user("ada"), ada, preview.id, which, 0, 500).rows
    return {row["id"]: row for row in found}


def write(lab: Lab, preview: Preview) -> Job:
    return lab.finish(lab.start("ada", "notes", "omp.write", WriteJob(preview=preview.id)))


def messages(job: Job) -> dict[int, str]:
    return {line.id: line.message for line in report_store.lines(job.id) if line.message}


@pytest.mark.parametrize("mode", MODES)
def test_a_name_of_another_shape_is_written_when_it_is_ticked(
    lab: Lab, ada: int, mode: Mode
) -> None:
    images = lab.images("notes")
    lab.annotate("ada", images, {"typed": "by hand"})
    with named(lab, images[0], "HeLa_01.tif"):
        made = make(lab, ada, mode)
        row = rows(lab, ada, made)[images[0]]
        assert (row["written"], row["state"]) == (False, "skipped")
        # It is shown as it would be written.
        then = {each["name"]: each["then"] for each in row["cells"]}
        assert (then["Line"], then["Number"]) == (["HeLa"], ["01"])
        assert len(rows(lab, ada, made, "changed")) == 5
        assert list(rows(lab, ada, made, "skipped")) == images[:1]

        before = lab.sets(images[:1])
        done = write(lab, made)
        assert done.state == "done", done.error_text
        assert done.result == {"images": 6, "unchanged": 1, done_as(mode): 5}
        assert lab.sets(images[:1]) == before
        assert list(messages(done)) == images[:1]
        assert messages(done)[images[0]].startswith("Not ticked: No value for")

        ticked = previewing.tick_shown(ada, made.id, "mismatching", ticked=True)
        assert rows(lab, ada, ticked)[images[0]]["state"] == "changed"
        done = write(lab, ticked)
        assert done.result == {"images": 6, done_as(mode): 1, "unchanged": 5}
        assert {"Line": "HeLa", "Number": "01"} in lab.pairs(images[0])
        assert previewing.tick_shown(ada, ticked.id, "mismatching", ticked=False).ticks == {}


def done_as(mode: Mode) -> str:
    return "replaced" if mode == "replace_all" else "written"


def test_what_was_compared_stays_compared(lab: Lab, ada: int) -> None:
    images = lab.images("notes")
    made = make(lab, ada)
    rows(lab, ada, made, "changed")
    lab.count_anew()
    one = previewing.tick_images(ada, made.id, {images[0]: False, images[1]: False})
    assert (one.looked_up, len(one.changing), one.counts) == (6, 4, Totals(added=12))
    two = previewing.tick_images(ada, one.id, {images[1]: True})
    assert (two.ticks, len(two.changing), two.counts) == ({images[0]: False}, 5, Totals(15))
    assert sum(lab.counts().values()) == 0
    done = write(lab, two)
    assert done.result == {"images": 6, "unchanged": 1, "written": 5}
    assert messages(done) == {images[0]: "Not ticked: the image was left out by hand"}
    assert lab.pairs(images[0]) == []
    none = previewing.tick_shown(ada, two.id, "all", ticked=False)
    assert (len(none.skipped), none.counts) == (6, Totals())
    # Another preview stays as it is.
    assert previews.load(two.id, ada) == two
    with pytest.raises(BadRequest, match="Image 999999999 is not in the selection"):
        previewing.tick_images(ada, two.id, {999999999: True})


def test_values_given_by_hand_make_a_name_fit(lab: Lab, ada: int) -> None:
    images = lab.images("notes")
    with named(lab, images[0], "HeLa_01.tif"):
        made = make(lab, ada)
        assert [made.skipped, made.mismatching] == [[0], [0]]
        better = previewing.change_values(ada, made.id, {images[0]: {"Stain": "DAPI"}})
        assert better.skipped == []
        left_out = previewing.tick_images(ada, better.id, {images[0]: False})
        assert left_out.skipped == [0]
        again = previewing.change_values(ada, left_out.id, {images[0]: {"Stain": "GFP"}})
        assert again.skipped == [0]


def test_ticks_and_values_go_along_when_names_are_read_again(lab: Lab, ada: int) -> None:
    images = lab.images("notes")
    dataset = {"Dataset": [lab.dataset("notes")]}
    with named(lab, images[0], "HeLa_01.tif"):
        first = make_selection(lab.user("ada"), ada, dataset).id
        made = previewing.make_preview(ada, first, NAMES, {}, "replace_own")
        made = previewing.change_values(ada, made.id, {images[2]: {"Line": "U2OS"}})
        made = previewing.tick_images(ada, made.id, {images[0]: True, images[1]: False})
        ticks = {images[0]: True, images[1]: False}
        # After a reload the same images are chosen again.
        second = make_selection(lab.user("ada"), ada, dataset).id
        again = previewing.read_again(ada, second, NAMES, {}, "add", made.id)
        assert (again.ticks, again.overrides) == (ticks, {images[2]: {"Line": "U2OS"}})
        # Of other images nothing is left.
        others = lab.select("ada", images[3:])
        assert previewing.read_again(ada, others, NAMES, {}, "add", made.id).overrides == {}
        renamed = ParserSettings("separators", "_", ("Cells", "Number", "Stain"))
        assert previewing.read_again(ada, first, renamed, {}, "add", made.id).ticks == ticks
        # Another pattern shows other values: what was ticked for the sake of those is not.
        other = ParserSettings("regex", r"(?P<Line>\w+?)_(?P<Number>\d+)_(?P<Stain>DAPI)")
        kept = previewing.read_again(ada, first, other, {}, "add", made.id)
        assert (kept.ticks, kept.skipped) == ({images[1]: False}, [0, 1])


def test_an_edit_of_all_images_ticks_none(lab: Lab, ada: int) -> None:
    images = lab.images("notes")
    with named(lab, images[0], "HeLa_01.tif"):
        made = make(lab, ada)
        every = edit_shown(ada, made.id, "all", "Microscope", SetValue("LSM")).preview
        assert every.skipped == [0]
        assert rows(lab, ada, every)[images[0]]["state"] == "skipped"
        # Who edits the images that do not fit has looked at them.
        odd = edit_shown(ada, made.id, "mismatching", "Stain", SetValue("GFP")).preview
        assert odd.skipped == []
        chosen = edit_images(ada, made.id, images[:2], "Stain", SetValue("GFP"))
        assert (chosen.images, chosen.preview.skipped) == (2, [])
