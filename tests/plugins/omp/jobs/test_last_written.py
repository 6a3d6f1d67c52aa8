"""A new visit to images that were written starts with the keys and the values of then."""

from __future__ import annotations

from typing import Any

import pytest

from omero_plugin_common.errors import NotFound
from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.services import last_written, user_data
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.job_parameters import WriteJob
from omeroweb_omp_plugin.services.make_selection import Made, make_selection
from omeroweb_omp_plugin.store import previews
from omeroweb_omp_plugin.store.previews import Overrides
from omp_lab import Lab

NAMES = ParserSettings("detect", "", ("Line", "Number", "Stain"))


def user_id(lab: Lab, user: str) -> int:
    return int(lab.user(user).getUserId())


def visit(lab: Lab, user: str = "ada", group: str = "notes") -> Made:
    """Choose the dataset."""
    return make_selection(lab.user(user), user_id(lab, user), {"Dataset": [lab.dataset(group)]})


def write(
    lab: Lab, settings: ParserSettings = NAMES, given: Overrides | None = None, user: str = "ada"
) -> None:
    """Choose the dataset, and write to all of its images."""
    owner = user_id(lab, user)
    selection = visit(lab, user).id
    made = previewing.make_preview(owner, selection, settings, {}, "replace_own")
    made = previewing.change_values(owner, made.id, dict(given or {}))
    job = lab.finish(lab.start(user, "notes", "omp.write", WriteJob(preview=made.id)))
    assert job.state == "done", job.error_text


def changing(lab: Lab, found: Made, user: str = "ada") -> list[dict[str, Any]]:
    """What the first preview of a visit would change."""
    assert found.last
    owner = user_id(lab, user)
    settings, after = found.last.reading.settings, found.last.preview
    made = previewing.read_again(owner, found.id, settings, {}, "replace_own", after)
    return previewing.page(lab.user(user), owner, made.id, "changed", 0, 500).rows


def test_coming_back_changes_nothing(lab: Lab) -> None:
    assert visit(lab).last is None
    images = lab.images("notes")
    write(lab, given={images[0]: {"Number": "one", "Dose": "2"}, images[1]: {"Stain": ""}})
    found = visit(lab)
    assert found.last
    assert (found.last.reading.mode, found.last.reading.names) == ("detect", NAMES.names)
    assert (found.last.by, found.last.edited) == ("", 2)
    assert changing(lab, found) == []
    # A value that was given back is not given again.
    write(lab, given={images[1]: {"Stain": ""}})
    found = visit(lab)
    assert found.last
    assert found.last.edited == 1
    assert changing(lab, found) == []


def test_images_that_were_left_out_are_left_out_again(lab: Lab) -> None:
    images, ada = lab.images("notes"), user_id(lab, "ada")
    made = previewing.make_preview(ada, visit(lab).id, NAMES, {}, "replace_own")
    made = previewing.tick_images(ada, made.id, {images[0]: False})
    assert lab.finish(lab.start("ada", "notes", "omp.write", WriteJob(preview=made.id))).result
    found = visit(lab)
    assert found.last
    assert changing(lab, found) == []
    assert found.last.edited == 0
    assert previews.load(found.last.preview, ada).ticks == {images[0]: False}
    # Ticked again and written, nothing is kept of it.
    write(lab)
    found = visit(lab)
    assert found.last
    assert previews.load(found.last.preview, ada).ticks == {}


def test_an_own_pattern_comes_back(lab: Lab) -> None:
    write(lab)
    settings = ParserSettings("regex", r"(?P<Cells>\w+?)_(?P<Field>\d+)")
    write(lab, settings)
    found = visit(lab)
    assert found.last
    assert found.last.reading.settings == settings
    assert changing(lab, found) == []


def test_a_colleague_starts_where_the_last_one_ended(lab: Lab) -> None:
    images = lab.images("notes")
    write(lab, given={images[0]: {"Number": "one"}})
    found = visit(lab, "ben")
    assert found.last
    assert (found.last.by, found.last.edited) == ("ada", 1)
    assert changing(lab, found, "ben") == []
    with pytest.raises(NotFound):
        visit(lab, "chi")
    # Another dataset was not written.
    assert visit(lab, group="sharing").last is None


def test_names_that_are_built_otherwise_now_start_anew(lab: Lab) -> None:
    write(lab)
    found = visit(lab)
    containers, images = [f"Dataset:{lab.dataset('notes')}"], lab.images("notes")
    ada = user_id(lab, "ada")
    more = [f"HeLa_{number:02}_DAPI.tif" for number in range(20, 30)]
    others = [f"HeLa_{number:02}.tif" for number in range(20, 30)]
    for names, fit in ((more, True), (others, False)):
        detected = parsing.detect(names)
        last = last_written.start(lab.user("ada"), ada, found.id, containers, images, detected)
        assert (last is not None) == fit, names


def test_deleting_ones_data_deletes_it(lab: Lab) -> None:
    write(lab, given={lab.images("notes")[0]: {"Number": "one"}})
    deleted = user_data.delete(user_id(lab, "ada"))
    assert (deleted["written"], deleted["writtenValues"]) == (1, 1)
    assert visit(lab).last is None
