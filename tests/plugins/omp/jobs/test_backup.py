"""A backup before, and everything back afterwards."""

from __future__ import annotations

import pytest

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.steps import run
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.planning import backup as csv
from omeroweb_omp_plugin.planning import signed
from omeroweb_omp_plugin.services import backup, preview
from omeroweb_omp_plugin.services.job_parameters import RestoreJob, SelectionJob, WriteJob
from omeroweb_omp_plugin.store import uploads
from omeroweb_omp_plugin.store.hash_keys import site_keys
from omp_lab import Lab


def test_what_was_deleted_comes_back_once(lab: Lab) -> None:
    images = lab.images("notes")
    ada = int(lab.user("ada").getUserId())
    lab.annotate("ada", images[:2], {"formula": "=1+1", "quote": "'x", "lines": "a\nb"})
    lab.annotate("ada", images[:1], {"elsewhere": "1"}, ns="somebody.else")
    own = signed((("Line", "HeLa"),), images[2], "names", site_keys())
    lab.annotate("ada", images[2:3], dict(own.pairs), note=own.description)
    before = {image: lab.pairs(image) for image in images}
    selection = lab.select("ada", images)
    text = "".join(backup.as_csv(lab.user("ada"), ada, selection))

    gone = lab.start("ada", "notes", "omp.delete_all", SelectionJob(selection=selection))
    assert lab.finish(gone).result == {"images": 6, "removed": 3, "unchanged": 3}
    # One that is there already is not doubled.
    lab.annotate("ada", images[:1], {"elsewhere": "1"}, ns="somebody.else")

    upload = RestoreJob(upload=uploads.save(ada, text))
    done = lab.finish(lab.start("ada", "notes", "omp.restore", upload))
    assert done.result == {"images": 3, "restored": 3}
    for image in images:
        assert sorted(map(str, lab.pairs(image))) == sorted(map(str, before[image]))
    again = lab.finish(lab.start("ada", "notes", "omp.restore", upload))
    assert again.result == {"images": 3, "unchanged": 3}
    # The plugin's own are its own again.
    mine = SelectionJob(selection=lab.select("ada", images))
    deleted = lab.finish(lab.start("ada", "notes", "omp.delete_plugin", mine))
    assert deleted.result == {"images": 6, "removed": 1, "unchanged": 5}


def test_a_stored_backup_is_restored_step_by_step(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "STEP", 2)
    images = lab.images("notes")
    ada = int(lab.user("ada").getUserId())
    for image in (images[0], images[3], images[5]):
        lab.annotate("ada", [image], {"quote": "'x", "lines": "a\nb", "image": str(image)})
    before = {image: lab.pairs(image) for image in images}
    selection = lab.select("ada", images)
    saved = lab.finish(lab.start("ada", "notes", "omp.backup", SelectionJob(selection=selection)))
    assert saved.result == {"images": 6, "saved": 6}
    text = "".join(backup.as_csv(lab.user("ada"), ada, selection))
    assert "".join(backup.stored_as_csv(saved.id)) == text

    lab.forget_sets()
    monkeypatch.setattr(run, "STEP", 3)
    wanted = RestoreJob(backup=saved.id)
    done = lab.finish(lab.start("ada", "notes", "omp.restore", wanted))
    assert done.result == {"images": 6, "restored": 3, "unchanged": 3}
    assert {image: lab.pairs(image) for image in images} == before


def test_what_comes_back_takes_the_place_of_what_was_written_since(lab: Lab) -> None:
    images = lab.images("notes")
    ada = int(lab.user("ada").getUserId())
    for image, value in zip(images[:2], ("HeLa", "U2OS"), strict=True):
        own = signed((("Line", value),), image, "names", site_keys())
        lab.annotate("ada", [image], dict(own.pairs), note=own.description)
    before = {image: lab.pairs(image) for image in images}
    text = "".join(backup.as_csv(lab.user("ada"), ada, lab.select("ada", images)))
    settings = ParserSettings("separators", "_", ("Line", "Number", "Stain"))
    made = preview.make_preview(ada, lab.select("ada", images[:1]), settings, {}, "replace_own")
    wrote = lab.finish(lab.start("ada", "notes", "omp.write", WriteJob(preview=made.id)))
    assert wrote.result == {"images": 1, "replaced": 1}
    lab.annotate("ada", images[:1], {"typed": "since"})

    upload = RestoreJob(upload=uploads.save(ada, text))
    done = lab.finish(lab.start("ada", "notes", "omp.restore", upload))
    assert done.result == {"images": 2, "restored": 1, "unchanged": 1}
    assert lab.pairs(images[0]) == [{"typed": "since"}, *before[images[0]]]
    assert [lab.pairs(image) for image in images[1:]] == [before[image] for image in images[1:]]


def test_images_that_are_not_the_users_are_not_touched(lab: Lab) -> None:
    image = lab.images("private")[0]
    ben = int(lab.user("ben").getUserId())
    text = csv.header() + f"{image},x,1,,,key,value\r\n"
    upload = RestoreJob(upload=uploads.save(ben, text))
    done = lab.finish(lab.start("ben", "private", "omp.restore", upload))
    assert (done.state, done.error_code) == ("failed", "all_failed")
    assert lab.pairs(image) == []


def test_an_empty_backup_is_refused() -> None:
    with pytest.raises(BadRequest, match="no pair"):
        backup.read(csv.header())
