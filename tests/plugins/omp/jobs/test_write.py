"""Writes: what the preview shows is what the job writes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from omero_plugin_common.jobs.model import Job
from omero_plugin_common.steps import report_store
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.planning import Doubled, Mode, signed
from omeroweb_omp_plugin.planning.outputs import Outputs
from omeroweb_omp_plugin.planning.totals import Totals
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.job_parameters import SelectionJob, UndoJob, WriteJob
from omeroweb_omp_plugin.services.site_rules import site_rules
from omeroweb_omp_plugin.store import previews
from omeroweb_omp_plugin.store.hash_keys import site_keys
from omp_lab import CLIENT, Lab

NAMES = ParserSettings("separators", "_", ("Line", "Number", "Stain"))
MODES: tuple[Mode, ...] = ("add", "replace_own", "replace_all")
Overrides = dict[int, dict[str, str]]


def user_id(lab: Lab, user: str) -> int:
    return int(lab.user(user).getUserId())


def make(lab: Lab, images: list[int], mode: Mode, overrides: Overrides | None = None) -> Any:
    selection = lab.select("ada", images)
    return previewing.make_preview(user_id(lab, "ada"), selection, NAMES, overrides or {}, mode)


def rows(lab: Lab, preview: Any, which: Any = "all", user: str = "ada") -> list[dict[str, Any]]:
    return previewing.page(lab.user(user), user_id(lab, user), preview.id, which, 0, 500).rows


def write(lab: Lab, preview: Any, group: str = "notes") -> Job:
    job = lab.start("ada", group, "omp.write", WriteJob(preview=preview.id))
    return lab.finish(job)


def test_names_become_pairs(lab: Lab) -> None:
    images = lab.images("notes")
    done = write(lab, make(lab, images, "replace_own"))
    assert done.state == "done", done.error_text
    assert done.result == {"images": 6, "written": 6}
    assert lab.pairs(images[0]) == [{"Line": "HeLa", "Number": "01", "Stain": "DAPI"}]
    assert lab.pairs(images[5]) == [{"Line": "HeLa", "Number": "06", "Stain": "DAPI"}]
    [mine] = lab.sets(images)[images[0]]
    assert mine.owner == user_id(lab, "ada")
    assert mine.description == f"Image:{images[0]} names"
    assert [name for name, _ in mine.pairs] == ["Line", "Number", "Stain", "omp_hash"]


def varied(lab: Lab, images: list[int]) -> None:
    """One image of each kind of thing that can be there."""
    keys = site_keys()
    lab.annotate("ada", images[:1], {"Line": "HeLa", "note": "typed"})
    lab.annotate("ada", images[1:3], {"Number": "7", "shared": "yes"})
    own = signed((("Line", "U2OS"), ("Day", "3")), images[3], "names", keys)
    lab.annotate("ada", images[3:4], dict(own.pairs), note=own.description)
    lab.annotate("ada", images[4:5], dict(own.pairs), note=own.description)
    same = signed((("Line", "HeLa"), ("Number", "06"), ("Stain", "DAPI")), images[5], "names", keys)
    lab.annotate("ada", images[5:6], dict(same.pairs), note=same.description)


@pytest.mark.parametrize("mode", MODES)
def test_what_the_preview_shows_is_what_the_job_writes(lab: Lab, mode: Mode) -> None:
    images = lab.images("notes")
    varied(lab, images)
    overrides = {images[0]: {"Line": "", "Drug": "DMSO-d6"}}
    preview = make(lab, images, mode, overrides)
    shown = rows(lab, preview)
    changed = [row["id"] for row in rows(lab, preview, "changed")]
    assert changed == [row["id"] for row in shown if row["state"] == "changed"]
    before = lab.sets(images)

    done = write(lab, preview)
    assert done.state == "done"
    assert [each for each in report_store.lines(done.id) if each.message] == []

    after = lab.sets(images)
    for row in shown:
        image = row["id"]
        found: dict[str, set[str]] = {}
        for pairs in lab.pairs(image):
            for name, value in pairs.items():
                found.setdefault(name, set()).add(value)
        assert {c["name"]: set(c["then"]) for c in row["cells"] if c["then"]} == found
        assert (before.get(image) != after.get(image)) == (row["state"] == "changed")
    # Afterwards nothing is left to do, and a second job does nothing.
    assert rows(lab, make(lab, images, mode, overrides), "changed") == []
    assert write(lab, make(lab, images, mode, overrides)).result == {"images": 6, "unchanged": 6}
    assert lab.sets(images) == after


def test_pairs_are_counted_over_the_images_that_were_compared(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = lab.images("notes")
    write(lab, make(lab, images, "replace_own"))
    ada = user_id(lab, "ada")
    settings = ParserSettings("separators", "_", ("Cells", "Number", "Stain"))
    given = {images[0]: {"Number": ""}, images[5]: {"Stain": "GFP", "Dose": "2"}}
    made = previewing.make_preview(ada, lab.select("ada", images), settings, given, "replace_own")
    assert made.counts == Totals()
    monkeypatch.setattr(f"{previewing.__name__}.rows.LOOKED_UP", 4)
    for compared, counts in ((4, Totals(0, 0, 4, 1)), (6, Totals(1, 1, 6, 1))):
        page = previewing.page(lab.user("ada"), ada, made.id, "changed", 0, 500)
        assert (page.looked_up, page.counts) == (compared, counts)
    assert previews.load(made.id, ada).counts == page.counts


def test_a_shared_set_is_taken_from_the_selected_images_only(lab: Lab) -> None:
    images = lab.images("notes")
    lab.annotate("ada", images[:3], {"shared": "yes"})
    assert write(lab, make(lab, images[:2], "replace_all")).state == "done"
    assert lab.pairs(images[0]) == [{"Line": "HeLa", "Number": "01", "Stain": "DAPI"}]
    assert lab.pairs(images[2]) == [{"shared": "yes"}]


def test_no_image_outside_the_selection_is_touched(lab: Lab) -> None:
    images = lab.images("notes")
    lab.annotate("ada", images, {"typed": "by hand"})
    others = lab.sets(images[2:])
    assert write(lab, make(lab, images[:2], "replace_all")).result == {"images": 2, "replaced": 2}
    assert lab.sets(images[2:]) == others


def test_a_name_that_does_not_fit_is_shown_with_the_reason_and_left_alone(lab: Lab) -> None:
    images = lab.images("notes")
    ada = lab.user("ada")
    image = ada.getObject("Image", images[0])
    old = image.getName()
    lab.annotate("ada", images[:1], {"typed": "by hand"})
    try:
        image.setName("___")
        image.save()
        preview = make(lab, images, "replace_all")
        [row] = [each for each in rows(lab, preview, "mismatching") if each["id"] == images[0]]
        assert row["state"] == "empty"
        assert row["reasons"]
        assert write(lab, preview).result == {"images": 6, "unchanged": 1, "written": 5}
        assert lab.pairs(images[0]) == [{"typed": "by hand"}]
    finally:
        image.setName(old)
        image.save()


def test_a_name_that_does_not_fit_is_put_right_by_hand(lab: Lab) -> None:
    images = lab.images("notes")
    settings = ParserSettings("separators", "_", ("Line", "Number", "Stain", "Lens"))
    ada = user_id(lab, "ada")
    made = previewing.make_preview(ada, lab.select("ada", images), settings, {}, "add")
    assert len(made.mismatching) == 6
    assert "Lens" in rows(lab, made)[0]["reasons"][0]
    better = previewing.change_values(ada, made.id, {images[0]: {"Lens": "20x"}})
    assert len(better.mismatching) == 5
    assert rows(lab, better)[0]["reasons"] == []


def test_an_image_that_omero_refuses_is_an_error_of_its_own(lab: Lab) -> None:
    images = lab.images("notes")
    preview = make(lab, [*images, lab.images("private")[0]], "replace_own")
    # Saving 7 fails, then the halves of 3 and 4 do: one image is left that fails by itself.
    lab.order(call="IUpdate.saveAndReturnIds", kind="refused", error="ValidationException", times=3)
    done = write(lab, preview)
    assert done.result == {"images": 7, "written": 6, "error": 1}
    lines = list(report_store.lines(done.id))
    assert [each.id for each in lines] == sorted([*images, lab.images("private")[0]])
    [bad] = [each for each in lines if each.outcome == "error"]
    assert "refused because a test asked" in bad.message
    assert lab.pairs(bad.id) == []


def test_when_nothing_can_be_done_the_job_has_failed(lab: Lab) -> None:
    images = lab.images("notes")[:1]
    lab.order(call="IUpdate.saveAndReturnIds", kind="refused", error="SecurityViolation", times=1)
    done = write(lab, make(lab, images, "replace_own"))
    assert (done.state, done.error_code) == ("failed", "all_failed")
    assert "permissions" in str(done.error_text)


def test_writes_go_to_the_images_own_groups(lab: Lab) -> None:
    images = [lab.images(group)[0] for group in ("private", "notes", "sharing")]
    assert write(lab, make(lab, images, "add")).result == {"images": 3, "written": 3}
    for image in images:
        assert (
            lab.one(
                "select count(l.id) from ImageAnnotationLink l join l.child a join l.parent i "
                "where i.id = :id and a.details.group.id = i.details.group.id "
                "and l.details.group.id = i.details.group.id",
                "ada",
                id=image,
            )
            == 1
        )


def test_a_job_keeps_the_preview_that_it_was_started_with(lab: Lab) -> None:
    images = lab.images("notes")
    ada = user_id(lab, "ada")
    preview = make(lab, images, "add")
    previews.keep_for_a_job(preview.id, ada)
    changed = previewing.change_values(ada, preview.id, {images[0]: {"Line": "HEK"}})
    assert previews.load(preview.id, ada).overrides == {}
    assert previews.load(changed.id, ada).overrides == {images[0]: {"Line": "HEK"}}
    back = previewing.change_values(ada, changed.id, {images[0]: {"Line": None}})
    assert back.overrides == {}


def test_a_report_is_json_free_of_signatures(lab: Lab) -> None:
    images = lab.images("notes")
    shown = json.dumps(rows(lab, make(lab, images, "add")))
    assert "omp_hash" not in shown


@pytest.mark.parametrize(
    ("doubled", "lines", "outcome"),
    [
        ("keep", ["U2OS"], "written"),
        ("replace", ["HeLa"], "replaced"),
        ("list", ["HeLa", "U2OS"], "written"),
    ],
)
def test_a_key_that_has_another_value(
    lab: Lab, doubled: Doubled, lines: list[str], outcome: str
) -> None:
    images = lab.images("notes")[:2]
    lab.annotate("ada", images[:1], {"Line": "U2OS", "note": "typed"})
    ada = user_id(lab, "ada")
    selection = lab.select("ada", images)
    outputs = Outputs(doubled=doubled)
    made = previewing.make_preview(ada, selection, NAMES, {}, "add", outputs=outputs)
    page = previewing.page(lab.user("ada"), ada, made.id, "changed", 0, 500)
    assert page.clashes == {"Line": 1}
    unticked = previewing.tick_images(ada, made.id, {images[0]: False})
    assert previewing.as_json(unticked)["clashes"] == {}
    job = write(lab, made)
    assert {line.id: line.outcome for line in report_store.lines(job.id)} == {
        images[0]: outcome,
        images[1]: "written",
    }
    found = [pair for each in lab.sets(images)[images[0]] for pair in each.pairs]
    assert sorted(value for name, value in found if name == "Line") == lines
    assert ("note", "typed") in found
    assert ("Stain", "DAPI") in found
    # Undone, it is as before.
    undone = lab.finish(lab.start("ada", "notes", "omp.undo", UndoJob(job=job.id)))
    assert undone.state == "done"
    assert lab.pairs(images[0]) == [{"Line": "U2OS", "note": "typed"}]
    assert lab.pairs(images[1]) == []


def test_pairs_in_another_namespace_take_the_place_of_earlier_ones(lab: Lab) -> None:
    images = lab.images("notes")[:2]
    lab.annotate("ada", images[:1], {"note": "typed"})
    write(lab, make(lab, images, "replace_own"))
    ada = user_id(lab, "ada")
    there = Outputs(namespace="lab.example.org/screen")

    def again() -> Job:
        selection = lab.select("ada", images)
        made = previewing.make_preview(ada, selection, NAMES, {}, "replace_own", outputs=there)
        return write(lab, made)

    assert again().result == {"images": 2, "replaced": 2}
    spaces = [[each.namespace for each in lab.sets(images)[image]] for image in images]
    assert spaces == [[CLIENT, "lab.example.org/screen"], ["lab.example.org/screen"]]
    # Done again it does nothing, and what the plugin wrote is known there, too.
    assert again().result == {"images": 2, "unchanged": 2}
    parameters = SelectionJob(selection=lab.select("ada", images))
    removed = lab.finish(lab.start("ada", "notes", "omp.delete_plugin", parameters))
    assert removed.result == {"images": 2, "removed": 2}
    assert [lab.pairs(image) for image in images] == [[{"note": "typed"}], []]


def test_a_value_that_the_site_does_not_list_is_marked_and_skipped(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, ada = lab.images("notes")[:3], user_id(lab, "ada")
    rules = replace(site_rules(), listed=(("Number", ("01", "02")),))
    for module in ("answer", "make", "wanted"):
        monkeypatch.setattr(f"{previewing.__name__}.{module}.site_rules", lambda: rules)
    preview = make(lab, images, "replace_own")
    assert previewing.as_json(preview)["lists"] == {"Number": ["01", "02"]}
    [odd] = rows(lab, preview, "mismatching")
    assert (odd["id"], odd["written"]) == (images[2], False)
    assert odd["reasons"] == ["“03” is not one of this site's values for “Number”."]
    assert write(lab, preview).result == {"images": 3, "written": 2, "unchanged": 1}
    # A listed one is put in its place by hand.
    better = previewing.change_values(ada, preview.id, {images[2]: {"Number": "02"}})
    assert (better.mismatching, better.skipped) == ([], [])
    worse = previewing.change_values(ada, preview.id, {images[0]: {"Number": "one"}})
    assert worse.mismatching == [0, 2]
