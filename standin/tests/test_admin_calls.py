"""IAdmin over the network: permissions of groups, photos, and what the server itself refuses."""

from __future__ import annotations

import hashlib
from typing import Any

import omero
import omero.model
import pytest
from omero.rtypes import unwrap

from standin_here import Here


class Lab:
    """A read-only group of an owner and a member, and its group's proxy."""

    def __init__(self, here: Here, name: str) -> None:
        """Nobody has data."""
        self.here, self.group = here, here.group(name, "rwr---")
        self.owner = here.user(f"{name} owner", self.group)
        self.member = here.user(f"{name} member", self.group)
        accounts = here.kernel.accounts
        accounts.set_owner(accounts.group(self.group), accounts.user(self.owner), owner=True)
        self.proxy = omero.model.ExperimenterGroupI(self.group, False)

    def change(self, who: str, level: str) -> None:
        """Ask for other permissions."""
        service = self.here.connect(who).getAdminService()
        service.changePermissions(self.proxy, omero.model.PermissionsI(level))

    def level(self) -> str:
        """The group's permissions."""
        return str(self.here.kernel.accounts.level(self.group))


@pytest.fixture
def lab(here: Here, request: pytest.FixtureRequest) -> Lab:
    """A group of its own for each test."""
    return Lab(here, request.node.name.replace("[", " ").replace("]", ""))


def test_owners_and_administrators_change_the_permissions_of_a_group(lab: Lab) -> None:
    name = f"{lab.here.kernel.accounts.group(lab.group).values['name']}"
    with pytest.raises(omero.SecurityViolation, match="chmod not permitted"):
        lab.change(f"{name} member", "rwrw--")
    assert lab.level() == "rwr---"
    lab.change(f"{name} owner", "rwra--")
    assert lab.level() == "rwra--"
    lab.change("root", "rwrw--")
    assert lab.level() == "rwrw--"


def test_a_group_with_mixed_data_does_not_become_private(here: Here, lab: Lab) -> None:
    image = here.image("theirs", lab.member, lab.group)
    dataset = here.add("Dataset", lab.owner, lab.group, name="mine")
    link = here.link(dataset, image)
    with pytest.raises(omero.SecurityViolation, match=f"DatasetImageLink:{link.id}"):
        lab.change("root", "rw----")
    assert lab.level() == "rwr---"
    assert here.exists(link)
    here.store.delete(link)
    lab.change("root", "rw----")
    assert lab.level() == "rw----"


def test_single_objects_have_no_permissions_of_their_own(here: Here, lab: Lab) -> None:
    image = here.image("one", lab.owner, lab.group)
    service = here.connect().getAdminService()
    wanted = omero.model.PermissionsI("rwrw--")
    with pytest.raises(omero.SecurityViolation, match="Only groups allowed"):
        service.changePermissions(omero.model.ImageI(image.id, False), wanted)
    with pytest.raises(omero.ValidationException, match="permissions"):
        service.changePermissions(lab.proxy, omero.model.PermissionsI("rwrwrw"))


def test_a_photo_is_everybodys_to_see_and_replaced_by_the_next(here: Here, lab: Lab) -> None:
    name = here.kernel.accounts.user(lab.member).values["omeName"]
    member = here.connect(name)
    service = member.getAdminService()
    assert service.getMyUserPhotos() == []
    number = service.uploadMyUserPhoto("me.png", "image/png", b"picture")
    (photo,) = service.getMyUserPhotos()
    told = [unwrap(getattr(photo, each)) for each in ("id", "name", "mimetype", "size", "hash")]
    sha1 = hashlib.sha1(b"picture").hexdigest()  # noqa: S324 - OMERO's own choice
    assert told == [number, "me.png", "image/png", 7, sha1]
    assert (photo.details.owner.id.val, photo.details.group.id.val) == (lab.member, 1)
    assert content(here.connect(), number) == b"picture"
    assert service.uploadMyUserPhoto("new.gif", "image/gif", b"a larger picture") == number
    (photo,) = service.getMyUserPhotos()
    assert (unwrap(photo.name), unwrap(photo.mimetype)) == ("new.gif", "image/gif")
    assert content(member, number) == b"a larger picture"
    owner = here.kernel.accounts.user(lab.owner).values["omeName"]
    assert here.connect(owner).getAdminService().getMyUserPhotos() == []


def content(gateway: Any, number: int) -> bytes:
    """What is in a file."""
    return b"".join(gateway.getObject("OriginalFile", number).getFileInChunks())


def test_expired_credentials_are_not_changed_by_the_real_server_either(here: Here) -> None:
    with pytest.raises(omero.InternalException, match="UnsupportedOperation"):
        here.connect().getAdminService().changeExpiredCredentials("ada", "old", "new")
