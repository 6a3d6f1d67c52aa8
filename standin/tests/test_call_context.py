"""`omero.user` and `omero.group` of a call: as whom an administrator works, and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import omero
import omero.cmd
import pytest
from omero.rtypes import rstring

from standin_here import Here, answered, standin_here


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    """A stand-in with a private group and two members."""
    with standin_here() as running:
        running.private = running.group("private", "rw----")  # type: ignore[attr-defined]
        running.ada = running.user("ada", running.private)  # type: ignore[attr-defined]
        running.bob = running.user("bob", running.private)  # type: ignore[attr-defined]
        yield running


def new(kind: str) -> Any:
    """An object that was never saved."""
    made = getattr(omero.model, f"{kind}I")()
    if kind == "TagAnnotation":
        made.textValue = rstring("t")
    elif kind != "Roi":
        made.name = rstring("n")
    return made


def context(here: Any, user: int, group: int | None = None) -> dict[str, str]:
    """A call context as the gateway's `ServiceOptsDict` sends it."""
    number = here.private if group is None else group
    return {"omero.user": str(user), "omero.group": str(number)}


@pytest.mark.parametrize("kind", ["Project", "Dataset", "Screen", "TagAnnotation", "Roi"])
def test_what_an_administrator_saves_for_a_user_is_that_users(here: Any, kind: str) -> None:
    root = here.connect()
    saved = root.getUpdateService().saveAndReturnObject(new(kind), context(here, here.ada))
    assert saved.details.owner.id.val == here.ada
    assert saved.details.group.id.val == here.private
    assert saved.details.creationEvent.experimenter.id.val == here.ada
    assert here.connect("ada").getQueryService().get(kind, saved.id.val) is not None


def test_the_gateway_works_as_a_user(here: Any) -> None:
    """A new container before a move to another group, as OMERO.web's `chgrp` does it."""
    root = here.connect()
    root.SERVICE_OPTS.setOmeroUser(here.ada)
    root.SERVICE_OPTS.setOmeroGroup(here.private)
    made = root.getUpdateService().saveAndReturnObject(new("Dataset"), root.SERVICE_OPTS)
    assert here.store.get("Dataset", made.id.val).owner == here.ada
    event = root.getAdminService().getEventContext(root.SERVICE_OPTS)
    assert (event.userId, event.userName, event.isAdmin) == (here.ada, "ada", True)
    assert 0 in event.memberOfGroups


def test_objects_tell_whose_call_they_come_from(here: Any) -> None:
    saved = here.connect("ada").getUpdateService().saveAndReturnObject(new("Project"))
    sent = {"omero.group": "-1", "omero.user": str(here.ada)}
    found = here.connect().getQueryService().get("Project", saved.id.val, sent)
    event = found.details.getEventContext()
    assert (event.userId, event.isAdmin, event.sessionUuid) == (here.ada, True, "*********")
    assert found.details.getCallContext() == sent
    assert saved.details.getEventContext().userName == "ada"


def test_a_command_works_as_a_user(here: Any) -> None:
    root = here.connect()
    handle = root.c.sf.submit(omero.cmd.DoAll([
        omero.api.Save(new("Project")),
    ]), context(here, here.bob))  # fmt: skip
    saved = answered(handle).responses[0].obj
    assert saved.details.owner.id.val == here.bob


@pytest.mark.parametrize(
    "call",
    [
        lambda gateway, ctx: gateway.getQueryService().findAll("Project", None, ctx),
        lambda gateway, ctx: gateway.getAdminService().getEventContext(ctx),
        lambda gateway, ctx: gateway.getConfigService().getVersion(ctx),
        lambda gateway, ctx: gateway.getUpdateService().saveObject(new("Project"), ctx),
        lambda gateway, ctx: gateway.c.sf.createRawFileStore().getFileId(ctx),
    ],
)
def test_others_work_as_themselves_only(here: Any, call: Any) -> None:
    ada = here.connect("ada")
    words = f"User {here.ada} is not an admin and so cannot set uid to {here.bob}"
    with pytest.raises(omero.SecurityViolation, match=words):
        call(ada, context(here, here.bob))
    saved = ada.getUpdateService().saveAndReturnObject(new("Project"), context(here, here.ada))
    assert saved.details.owner.id.val == here.ada


def test_others_cannot_send_a_command_as_somebody_else(here: Any) -> None:
    request = omero.cmd.Delete2({"Project": [1]})
    answer = answered(here.connect("ada").c.sf.submit(request, context(here, here.bob)))
    assert "cannot set uid" in answer.parameters["message"]


def test_a_group_of_others_is_refused_in_every_call(here: Any) -> None:
    other = here.group("others")
    with pytest.raises(omero.SecurityViolation, match="is not a member of group"):
        here.connect("ada").getConfigService().getVersion({"omero.group": str(other)})


def test_values_that_are_no_numbers_are_left_out(here: Any) -> None:
    event = here.connect("ada").getAdminService().getEventContext({
        "omero.user": "bob", "omero.group": "private",
    })  # fmt: skip
    assert (event.userId, event.groupId) == (here.ada, here.private)


LINKS = [
    ("Project", "Dataset"), ("Dataset", "Image"), ("Screen", "Plate"), ("Image", "TagAnnotation"),
    ("Project", "TagAnnotation"), ("Folder", "Image"),
]  # fmt: skip


def unlinked(here: Any, parent: str, child: str) -> Any:
    """A new link between two of ada's objects, by their ids."""
    name = "AnnotationLink" if child.endswith("Annotation") else f"{child}Link"
    link = getattr(omero.model, f"{parent}{name}I")()
    for end, kind in (("parent", parent), ("child", child)):
        row = here.add(kind, here.ada, here.private, name="n") if kind != "TagAnnotation" else (
            here.add(kind, here.ada, here.private, textValue="t")
        )  # fmt: skip
        setattr(link, end, getattr(omero.model, f"{kind}I")(row.id, False))
    return link


@pytest.mark.parametrize(("parent", "child"), LINKS)
def test_an_administrator_links_for_the_owner_in_a_private_group(
    here: Any, parent: str, child: str
) -> None:
    root = here.connect()
    here_only = {"omero.group": str(here.private)}
    link = unlinked(here, parent, child)
    with pytest.raises(omero.ReadOnlyGroupSecurityViolation, match="not allowed to\nlink to users"):
        root.getUpdateService().saveAndReturnObject(link, here_only)
    link.details.owner = omero.model.ExperimenterI(here.bob, False)
    with pytest.raises(omero.ReadOnlyGroupSecurityViolation):
        root.getUpdateService().saveAndReturnObject(link, here_only)
    link.details.owner = omero.model.ExperimenterI(here.ada, False)
    saved = root.getUpdateService().saveAndReturnObject(link, here_only)
    assert saved.details.owner.id.val == here.ada


def test_an_image_is_moved_into_a_dataset_by_an_administrator(here: Any) -> None:
    root = here.connect()
    new_group = here.group(f"private-{len(here.store.rows('Image'))}", "rw----")
    here.kernel.accounts.join(
        here.kernel.accounts.user(here.ada), [here.kernel.accounts.group(new_group)]
    )
    image = here.image("i", here.ada, here.private)
    dataset = here.add("Dataset", here.ada, new_group, name="d")
    root.SERVICE_OPTS.setOmeroUser(here.ada)
    root.SERVICE_OPTS.setOmeroGroup(here.private)
    handle = root.chgrpObjects("Image", [image.id], new_group, dataset.id)
    answer = answered(handle)
    assert isinstance(answer, omero.cmd.DoAllRsp), answer
    assert image.group == new_group
    (link,) = here.store.referring("DatasetImageLink", "child", image.ref)
    assert (link.owner, link.values["parent"].id) == (here.ada, dataset.id)
