"""What a save gives back, and whose it is."""

from __future__ import annotations

from typing import Any, Final

import omero.clients  # isort: skip
import omero.model
from omero.rtypes import rlong, rstring

from omero_standin.recording.catalogue.row import Rows
from omero_standin.recording.lab import ALL_GROUPS, Asked, Lab, new_link
from omero_standin.recording.shown import Ref

ROWS: Final = Rows()


@ROWS.row("S1", "a saved project is read, changed, and saved again")
def save(lab: Lab) -> None:
    """What comes back, loaded and not."""
    made = lab.update.saveAndReturnObject(
        lab.new("Project", "project", description=rstring("standin description"))
    )
    found = lab.query.get("Project", Ref.of(made))
    found.name = rstring(lab.name("renamed"))
    lab.update.saveAndReturnObject(found)
    lab.query.find("Project", 2**40)
    with lab.may_fail():
        lab.query.get("Project", 2**40)


@ROWS.row("S2", "objects without what they need")
def incomplete(lab: Lab) -> None:
    """They are refused."""
    for made in (omero.model.ProjectI(), omero.model.DatasetImageLinkI()):
        with lab.may_fail():
            lab.update.saveAndReturnObject(made)


@ROWS.row("B4", "two projects are saved that are linked to one new dataset")
def graph(lab: Lab) -> None:
    """Both come back with their link."""
    dataset = lab.new("Dataset", "dataset")
    projects = [lab.new("Project", f"project-{number}") for number in (1, 2)]
    for each in projects:
        each.linkDataset(dataset)
    lab.update.saveAndReturnArray(projects, show=_links)


def _links(saved: list[Any]) -> Any:
    return [{"Project": Ref.of(each), "links": each.sizeOfDatasetLinks()} for each in saved]


@ROWS.row("B15", "the child of an annotation's link")
def eager(lab: Lab) -> None:
    """A reference to an abstract type is loaded."""
    image = lab.made("Image", "image")
    tag = lab.made("TagAnnotation", "tag", textValue=rstring(lab.name("tag")))
    link = lab.link(image, tag)
    lab.query.get("ImageAnnotationLink", Ref.of(link))


@ROWS.row("B16", "a link is saved with unloaded ends")
def ends(lab: Lab) -> None:
    """They come back loaded."""
    project, dataset = lab.made("Project", "project"), lab.made("Dataset", "dataset")
    lab.update.saveAndReturnObject(
        new_link(project, dataset),
        show=lambda link: {"parent": link.parent.loaded, "child": link.child.loaded},
    )


@ROWS.row("B19", "external information is removed")
def external_information(lab: Lab) -> None:
    """It is gone after the save."""
    info = omero.model.ExternalInfoI()
    info.entityId, info.entityType, info.lsid = rlong(1), rstring("standin"), rstring("urn:standin")
    made = lab.new("Project", "project")
    made.details.externalInfo = info
    number = Ref.of(lab.save(made))
    found = lab.query.get("Project", number)
    found.details.externalInfo = None
    lab.update.saveAndReturnObject(found)
    lab.query.get("Project", number)


@ROWS.row(
    "B2", "an administrator saves as another user", needs=("full administrator", "second account")
)
def as_another(lab: Lab) -> None:
    """The object is that user's."""
    assert lab.second_user is not None
    lab.update.saveAndReturnObject(lab.new("Project", "for-the-second"), _theirs(lab))


@ROWS.row("B2b", "a user saves and asks as root", needs=("ordinary user",))
def as_root(lab: Lab) -> None:
    """That is refused."""
    context = {"omero.user": str(int(lab.root)), "omero.group": str(int(lab.group))}
    with lab.may_fail():
        lab.query.findAll("Node", None, context, show=len)
    with lab.may_fail():
        lab.update.saveAndReturnObject(lab.new("Project", "for-root"), context)


@ROWS.row(
    "B3", "an administrator links a user's objects in a private group",
    needs=("full administrator", "private group of the second account"),
)  # fmt: skip
def link_for_another(lab: Lab) -> None:
    """The link is saved, as the user's."""
    assert lab.second_user is not None
    dataset, image = (
        lab.update.saveAndReturnObject(lab.new(kind, f"their-{kind}"), _theirs(lab))
        for kind in ("Dataset", "Image")
    )
    link = new_link(dataset, image)
    link.details.owner = omero.model.ExperimenterI(int(lab.second_user), False)
    with lab.may_fail():
        lab.update.saveAndReturnObject(link, {"omero.group": str(int(lab.second_group or 0))})


def _theirs(lab: Lab) -> dict[str, str]:
    assert lab.second_user is not None
    assert lab.second_group is not None
    return {"omero.user": str(int(lab.second_user)), "omero.group": str(int(lab.second_group))}


@ROWS.row("S3", "links of containers are found both ways")
def both_ways(lab: Lab) -> None:
    """With the children loaded by the query."""
    dataset = lab.made("Dataset", "dataset")
    images = [lab.made("Image", f"image-{number}") for number in (1, 2)]
    for image in images:
        lab.link(dataset, image)
    lab.query.findByQuery(
        "select d from Dataset d left outer join fetch d.imageLinks l "
        "left outer join fetch l.child where d.id = :id",
        Asked(id=Ref.of(dataset)), ALL_GROUPS,
    )  # fmt: skip
    lab.query.findAllByQuery(
        "select i from Image i join i.datasetLinks l where l.parent.id = :id order by i.id desc",
        Asked(id=Ref.of(dataset)), ALL_GROUPS,
    )  # fmt: skip


@ROWS.row("S4", "a project is saved whose loaded links are out of date")
def stale(lab: Lab) -> None:
    """The link that was made since is deleted."""
    project = lab.save(lab.new("Project", "project"))
    dataset = lab.made("Dataset", "dataset")
    lab.link(project, dataset)
    with lab.may_fail():
        lab.update.saveAndReturnObject(project, show=lambda saved: _links([saved]))
    lab.query.findAllByQuery(
        "select l from ProjectDatasetLink l where l.parent.id = :id",
        Asked(id=Ref.of(project)), ALL_GROUPS, show=len,
    )  # fmt: skip
