"""Undoing jobs: images are as they were before."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # isort: skip
import omero.model

from omero_plugin_common.jobs.model import Job
from omero_plugin_common.jobs.upkeep import give_back_all
from omero_plugin_common.steps import report_store, run
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.planning import signed
from omeroweb_omp_plugin.services import change_images
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.job_parameters import (
    AcquisitionJob,
    SelectionJob,
    UndoJob,
    WriteJob,
)
from omeroweb_omp_plugin.store.hash_keys import site_keys
from omp_lab import Lab

NAMES = ParserSettings("separators", "_", ("Line", "Number", "Stain"))


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of two images, so that six images are three."""
    monkeypatch.setattr(run, "STEP", 2)


@pytest.fixture
def ben_owns_the_group(lab: Lab) -> Iterator[None]:
    """The group `notes`, in which the images are ada's."""
    admin = lab.user("manager").getAdminService()
    group = omero.model.ExperimenterGroupI(lab.group("notes"), False)
    ben = omero.model.ExperimenterI(int(lab.user("ben").getUserId()), False)
    admin.setGroupOwner(group, ben)
    yield
    admin.unsetGroupOwner(group, ben)


def state(lab: Lab, images: list[int]) -> tuple[list[Any], set[frozenset[int]]]:
    """What each image has, with owners; and which images share a set."""
    sets = lab.sets(images)
    sharing: dict[int, set[int]] = {}
    for image, some in sets.items():
        for each in some:
            sharing.setdefault(each.annotation, set()).add(image)
    contents = [
        sorted((e.namespace, e.description, e.pairs, e.owner) for e in sets.get(image, ()))
        for image in images
    ]
    return contents, {frozenset(some) for some in sharing.values() if len(some) > 1}


def start(lab: Lab, what: str, images: list[int], user: str = "ada", group: str = "notes") -> Job:
    """A write with a mode, or another job by its name."""
    selection = lab.select(user, images)
    if what.startswith("delete"):
        return lab.start(user, group, f"omp.{what}", SelectionJob(selection=selection))
    if what == "acquisition":
        return lab.start(user, group, "omp.acquisition", AcquisitionJob(selection=selection))
    number = int(lab.user(user).getUserId())
    made = previewing.make_preview(number, selection, NAMES, {}, what)  # type: ignore[arg-type]
    return lab.start(user, group, "omp.write", WriteJob(preview=made.id))


def finished(lab: Lab, job: Job) -> Job:
    done = lab.finish(job)
    assert done.state == "done", done.error_text
    return done


def undo(lab: Lab, job: Job, user: str = "ada", group: str = "notes") -> Job:
    return finished(lab, lab.start(user, group, "omp.undo", UndoJob(job=job.id)))


def prepared(lab: Lab) -> list[int]:
    """Images with sets of the plugin, typed ones, and some that several images share."""
    images = lab.images("notes")
    lab.annotate("ada", images[:5], {"shared": "by five"})
    lab.annotate("ada", images[:2], {"shared": "by two"})
    lab.annotate("ada", images[:1], {"elsewhere": "1"}, ns="somebody.else")
    lab.annotate("ben", images[1:2], {"typed": "by ben"})
    for image in images[1:4]:
        old = signed((("Line", "old"),), image, "names", site_keys())
        lab.annotate("ada", [image], dict(old.pairs), note=old.description)
    return images


@pytest.mark.parametrize(
    "what", ["add", "replace_own", "replace_all", "delete_all", "delete_plugin", "acquisition"]
)
def test_images_are_as_before_and_after_another_undo_as_afterwards(lab: Lab, what: str) -> None:
    images = prepared(lab)
    before = state(lab, images)
    job = finished(lab, start(lab, what, images))
    after = state(lab, images)
    assert after != before
    undone = undo(lab, job)
    assert state(lab, images) == before
    # Once more does nothing.
    again = undo(lab, job)
    assert again.result == {"images": 6, "unchanged": 6}
    undo(lab, undone)
    assert state(lab, images) == after


def test_what_was_edited_or_deleted_since_is_left_alone_and_named(lab: Lab) -> None:
    images = lab.images("notes")
    job = finished(lab, start(lab, "add", images))
    sets = lab.sets(images)
    lab.edit("ada", sets[images[0]][0].annotation, "Line", "U2OS")
    lab.user("ada").deleteObjects("Annotation", [sets[images[1]][0].annotation], wait=True)
    done = undo(lab, job)
    assert done.result == {"images": 6, "removed": 4, "unchanged": 2}
    edited = {"Line": "U2OS", "Number": "01", "Stain": "DAPI"}
    assert [lab.pairs(image) for image in images] == [[edited], *[[]] * 5]
    messages = [each.message for each in report_store.lines(done.id)]
    assert messages == ["Kept, because somebody has edited it since: 1", *[""] * 5]


@pytest.mark.parametrize("after", [False, True], ids=["before writing", "between"])
def test_a_job_that_ended_in_the_middle_of_a_step_is_undone(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    class Dies(BaseException):
        pass

    images = prepared(lab)
    before = state(lab, images)
    real, calls = change_images.write_sets, 0

    def dying(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2 and not after:
            raise Dies
        written = real(*arguments)
        if calls == 2:
            raise Dies
        return written

    job = start(lab, "replace_all", images)
    with monkeypatch.context() as patched:
        patched.setattr(change_images, "write_sets", dying)
        lab.finish(job, dying=Dies)
    lab.store().request_cancel(job.id)
    [lost] = give_back_all(lab.store(), socket.gethostname())
    assert lost.state == "cancelled"
    assert state(lab, images) != before
    assert sum(undo(lab, job).result.values()) == 8
    assert state(lab, images) == before


def test_an_undo_whose_worker_dies_goes_on(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dies(BaseException):
        pass

    images = lab.images("notes")
    lab.annotate("ada", images[:5], {"shared": "by five"})
    before = state(lab, images)
    job = finished(lab, start(lab, "replace_all", images))
    undoing = lab.start("ada", "notes", "omp.undo", UndoJob(job=job.id))
    real, calls = change_images.remove, 0

    def dying(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Dies
        return real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(change_images, "remove", dying)
        lab.finish(undoing, dying=Dies)
    lab.revive(undoing)
    done = finished(lab, undoing)
    assert done.result == {"images": 6, "restored": 5, "removed": 1}
    assert state(lab, images)[0] == before[0]


@pytest.mark.usefixtures("ben_owns_the_group")
def test_the_owner_of_a_group_gives_sets_back_to_those_who_had_them(lab: Lab) -> None:
    images = lab.images("notes")
    lab.annotate("ada", images[:3], {"shared": "by three"})
    lab.annotate("ben", images[:1], {"typed": "by ben"})
    before = state(lab, images)
    job = finished(lab, start(lab, "delete_all", images, "ben"))
    assert lab.sets(images) == {}
    done = undo(lab, job, "ben")
    assert done.result == {"images": 6, "restored": 3, "unchanged": 3}
    assert state(lab, images) == before
    assert [each.message for each in report_store.lines(done.id)] == [""] * 6


def test_who_undoes_has_what_only_others_could_write(lab: Lab) -> None:
    images = lab.images("sharing")[:1]
    lab.annotate("ada", images, {"typed": "by ada"})
    job = finished(lab, start(lab, "delete_all", images, "ben", "sharing"))
    done = undo(lab, job, "ben", "sharing")
    [restored] = lab.sets(images)[images[0]]
    assert (restored.pairs, restored.owner) == (
        (("typed", "by ada"),),
        int(lab.user("ben").getUserId()),
    )
    [line] = report_store.lines(done.id)
    assert line.message == "Yours now, because you may not write for its owner: 1"
