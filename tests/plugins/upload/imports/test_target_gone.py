"""What a target becomes between the declaration of an upload and its import."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import omero.clients  # isort: skip
import omero.model
import pytest

import microscope_files as made
from omeroweb_upload.planning.settings import JobSettings, Target
from omeroweb_upload.services import change_upload
from upload_lab import UploadLab

pytestmark = pytest.mark.plugins
GONE = "is not there any more, or you may not add images to it any more"
ASKED = JobSettings(confirm="always")


def delete(lab: UploadLab, kind: str, container: int) -> None:
    lab.places.user("ada").deleteObjects(kind, [container], wait=True)


@contextmanager
def outside(lab: UploadLab, name: str, group: str) -> Iterator[None]:
    """A user is no member of a group, to the end of the block."""
    admin = lab.places.user("manager").getAdminService()
    user = omero.model.ExperimenterI(lab.places.asks(name).user_id, False)
    groups = [omero.model.ExperimenterGroupI(lab.places.id_of("ExperimenterGroup", group), False)]
    admin.removeGroups(user, groups)
    try:
        yield
    finally:
        admin.addGroups(user, groups)


def test_a_dataset_that_is_deleted_before_the_import(lab: UploadLab) -> None:
    dataset = lab.places.make("ada", "Dataset", "sharing", "soon gone")
    upload = lab.examined(
        lab.arrived(made.many_tiffs(2), target=Target(dataset=dataset), settings=ASKED)
    )
    delete(lab, "Dataset", dataset)
    ended = lab.imported(upload)
    assert (ended.state, ended.cleared) == ("error", None)
    assert GONE in ended.message
    assert lab.images(upload) == []
    # Nothing that was sent is lost.
    assert lab.staged(upload) == sorted(made.many_tiffs(2))


def test_a_project_that_is_deleted_before_the_import(lab: UploadLab) -> None:
    project = lab.places.make("ada", "Project", "sharing", "soon gone")
    target = Target(project=project, from_folders=True)
    upload = lab.examined(lab.arrived(made.many_tiffs(2), target=target, settings=ASKED))
    delete(lab, "Project", project)
    ended = lab.imported(upload)
    assert ended.state == "error"
    assert GONE in ended.message
    assert lab.images(upload) == []
    assert lab.staged(upload) == sorted(made.many_tiffs(2))


def test_a_user_who_is_taken_out_of_the_group_imports_nothing_into_it(lab: UploadLab) -> None:
    target = Target(dataset=lab.places.dataset("sharing"))
    upload = lab.examined(lab.arrived(made.many_tiffs(2), who="ben", target=target, settings=ASKED))
    with outside(lab, "ben", "sharing"):
        ended = lab.imported(upload)
        assert ended.state == "error"
        assert GONE in ended.message
        assert lab.images(upload) == []
        assert lab.staged(upload) == sorted(made.many_tiffs(2))
    # Back in the group, it goes on.
    change_upload.try_again(ended, "")
    lab.work()
    assert lab.now(upload).state == "done"
    assert len(lab.images(upload)) == 2
