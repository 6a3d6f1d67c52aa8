"""Commands: what is deleted, and what a handle tells."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import omero.clients  # isort: skip
import omero.cmd
import omero.model
from omero.cmd.graphs import ChildOption
from omero.rtypes import rstring

from omero_standin.recording.catalogue.files import attached
from omero_standin.recording.catalogue.plugins import key_value
from omero_standin.recording.catalogue.row import Rows
from omero_standin.recording.commands import response_of
from omero_standin.recording.lab import ALL_GROUPS, Asked, Lab
from omero_standin.recording.shown import Ref, shown

ROWS: Final = Rows()


def tagged(lab: Lab, image: Any) -> Any:
    """A new tag of an image."""
    tag = lab.save(lab.new("TagAnnotation", "tag", textValue=rstring(lab.name("tag"))))
    lab.link(image, tag)
    return tag


def exists(lab: Lab, *things: Any) -> None:
    """Record which of some objects are still there."""
    for each in things:
        kind = type(each).__name__.removesuffix("I")
        lab.query.projection(
            f"select count(o.id) from {kind} o where o.id = :id",  # noqa: S608
            Asked(id=Ref.of(each)),
            ALL_GROUPS,
        )


@ROWS.row("B1", "annotations that Delete2 must leave, and their files")
def excluded(lab: Lab) -> None:
    """They stay; the image goes."""
    for kind in ("TagAnnotation", "FileAnnotation"):
        image = lab.made("Image", f"with-{kind}")
        note = tagged(lab, image) if kind == "TagAnnotation" else attached(lab, image, False).child
        lab.command(omero.cmd.Delete2(
            targetObjects={"Image": [image.id.val]},
            childOptions=[ChildOption(excludeType=[kind])],
        ))  # fmt: skip
        exists(lab, image, note)
        if kind == "FileAnnotation":
            exists(lab, note.file)


@ROWS.row("B1g", "the gateway's deleteObjects, with and without annotations")
def gateway_deletes(lab: Lab) -> None:
    """They stay, or go."""
    for anns in (False, True):
        image = lab.made("Image", f"image-{anns}")
        tag = tagged(lab, image)
        lab.ask(
            f"BlitzGateway.deleteObjects(deleteAnns={anns})", ["Image", Ref.of(image)],
            partial(_delete_by_gateway, lab, image, anns),
        )  # fmt: skip
        exists(lab, image, tag)


def _delete_by_gateway(lab: Lab, image: Any, anns: bool) -> Any:
    handle = lab.gateway.deleteObjects("Image", [image.id.val], deleteAnns=anns)
    try:
        return response_of(handle, lab.server.seconds)
    finally:
        handle.close()


@ROWS.row("B5", "the only link of an annotation is deleted")
def only_link(lab: Lab) -> None:
    """An annotation that nobody has goes with it, a tag stays."""
    image = lab.made("Image", "image")
    pairs = lab.save(key_value(lab, image))
    comment = lab.save(lab.new("CommentAnnotation", "comment", textValue=rstring(lab.name("text"))))
    link = lab.link(image, comment)
    tag = tagged(lab, image)
    (tag_link,) = lab.client.sf.getQueryService().findAllByQuery(
        "select l from ImageAnnotationLink l where l.child.id = :id",
        omero.sys.ParametersI().addId(tag.id.val), ALL_GROUPS,
    )  # fmt: skip
    for each in (pairs, link, tag_link):
        lab.command(omero.cmd.Delete2(targetObjects={"ImageAnnotationLink": [each.id.val]}))
    exists(lab, pairs.child, comment, tag)


@ROWS.row("B17", "a type is named with an I")
def type_with_i(lab: Lab) -> None:
    """As omero.testlib and others name types."""
    project = lab.made("Project", "project")
    lab.command(omero.cmd.Delete2(targetObjects={"ProjectI": [project.id.val]}))
    exists(lab, project)


@ROWS.row("B21", "the states of a command that fails")
def states(lab: Lab) -> None:
    """How fast it fails is the server's affair: its end is compared."""
    request = omero.cmd.Delete2(targetObjects={"Image": [2**40]})
    handle = lab.client.sf.submit(request, ALL_GROUPS)
    try:
        lab.ask("Handle.getResponse", [], lambda: response_of(handle, lab.server.seconds))
        lab.ask("Handle.getStatus", [], handle.getStatus, _state)
    finally:
        handle.close()


def _state(status: Any) -> Any:
    return {
        "flags": sorted(str(each) for each in status.flags),
        "in the last step": status.currentStep == status.steps - 1,
    }


@ROWS.row("B25", "a dataset that holds one of the two images of a fileset is deleted")
def shared_fileset(lab: Lab) -> None:
    """The dataset goes, both images stay."""
    fileset = lab.save(_fileset(lab))
    images = []
    for number in (1, 2):
        image = lab.new("Image", f"image-{number}")
        image.fileset = omero.model.FilesetI(fileset.id.val, False)
        images.append(lab.save(image))
    dataset = lab.made("Dataset", "dataset")
    lab.link(dataset, images[0])
    lab.command(omero.cmd.Delete2(targetObjects={"Dataset": [dataset.id.val]}))
    exists(lab, dataset, *images)
    with lab.may_fail():
        lab.command(omero.cmd.Delete2(targetObjects={"Image": [images[0].id.val]}), show=_split)


def _fileset(lab: Lab) -> Any:
    made = omero.model.FilesetI()
    made.templatePrefix = rstring(lab.name("fileset/"))
    return made


def _split(found: Any) -> Any:
    return shown(found) if isinstance(found, omero.cmd.ERR) else type(found).__name__


@ROWS.row("C1", "a project is deleted with its contents")
def contents(lab: Lab) -> None:
    """What is in another dataset, too, stays."""
    project, dataset, other = (
        lab.made("Project", "project"),
        lab.made("Dataset", "dataset"),
        lab.made("Dataset", "other"),
    )  # fmt: skip
    lab.link(project, dataset)
    images = [lab.made("Image", f"image-{number}") for number in (1, 2)]
    for image in images:
        lab.link(dataset, image)
    lab.link(other, images[1])
    request = omero.cmd.Delete2(targetObjects={"Project": [project.id.val]}, dryRun=True)
    lab.command(request)
    exists(lab, project)
    request.dryRun = False
    lab.command(request)
    exists(lab, project, dataset, *images)


@ROWS.row("C2", "an image is copied")
def duplicated(lab: Lab) -> None:
    """Its annotations are copied with it."""
    image = lab.made("Image", "image")
    tagged(lab, image)
    lab.command(omero.cmd.Duplicate(targetObjects={"Image": [image.id.val]}))
