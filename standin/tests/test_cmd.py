"""Commands: deleting, moving, giving, copying, finding, counting; and handles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import omero
import omero.callbacks
import omero.cmd
import pytest
from omero.cmd.graphs import ChildOption

from omero_standin.handles import DELAY
from omero_standin.model.store import Row
from standin_here import Here, answered, standin_here


class Lab:
    """Two members of a read-annotate group, and one's project with a dataset of two images."""

    def __init__(self, here: Here, level: str = "rwra--") -> None:
        number = len(here.store.rows("ExperimenterGroup"))
        self.here = here
        self.group = here.group(f"lab-{number}", level)
        self.ada_name, self.bob_name = f"ada-{number}", f"bob-{number}"
        self.ada = here.user(self.ada_name, self.group)
        self.bob = here.user(self.bob_name, self.group)
        self.project = here.add("Project", self.ada, self.group, name="p")
        self.dataset = here.add("Dataset", self.ada, self.group, name="d")
        self.images = [here.image(f"i{n}", self.ada, self.group) for n in (1, 2)]
        here.link(self.project, self.dataset)
        for image in self.images:
            here.link(self.dataset, image)

    def annotation(self, kind: str, target: Row, owner: int | None = None, **values: Any) -> Row:
        """An annotation of a row."""
        made = self.here.add(kind, owner if owner is not None else self.ada, self.group, **values)
        self.here.link(target, made)
        return made


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    """One stand-in for all; each test has a group of its own."""
    with standin_here() as running:
        yield running


@pytest.fixture
def lab(here: Here) -> Lab:
    """A group with data."""
    return Lab(here)


def run(gateway: Any, request: Any, context: dict[str, str] | None = None) -> Any:
    """The response to a request."""
    handle = gateway.c.sf.submit(request, context or {"omero.group": "-1"})
    try:
        return answered(handle)
    finally:
        handle.close()


def delete(gateway: Any, kind: str, *ids: int, **options: Any) -> Any:
    """Delete rows; the response."""
    request = omero.cmd.Delete2({kind: list(ids)}, **options)
    return run(gateway, request)


def option(**given: Any) -> ChildOption:
    """A child option."""
    return ChildOption(**given)


# --- Delete2


def test_an_annotation_and_its_link_go_in_one_request(here: Here, lab: Lab) -> None:
    note = lab.annotation("CommentAnnotation", lab.images[0], textValue="x")
    (link,) = [
        row for row in here.store.rows("ImageAnnotationLink") if row.values["child"] == note.ref
    ]
    request = omero.cmd.Delete2({"Annotation": [note.id], "ImageAnnotationLink": [link.id]})
    answer = run(here.connect(lab.ada_name), request)
    assert isinstance(answer, omero.cmd.Delete2Response), answer
    assert answer.deletedObjects["ome.model.annotations.ImageAnnotationLink"] == [link.id]
    assert not here.exists(note)
    assert not here.exists(link)


def test_a_deleted_project_takes_its_orphans_along_and_tells_what_went(
    here: Here, lab: Lab
) -> None:
    other = here.add("Dataset", lab.ada, lab.group, name="other")
    here.link(other, lab.images[1])
    answer = delete(here.connect(lab.ada_name), "Project", lab.project.id)
    gone = answer.deletedObjects
    assert gone["ome.model.containers.Dataset"] == [lab.dataset.id]
    assert gone["ome.model.core.Image"] == [lab.images[0].id]
    assert len(gone["ome.model.core.Pixels"]) == len(gone["ome.model.core.Channel"]) == 1
    assert len(gone["ome.model.containers.DatasetImageLink"]) == 2
    assert not here.exists(lab.images[0])
    assert here.exists(lab.images[1])
    assert here.exists(other)


def test_a_dry_run_tells_the_same_and_changes_nothing(here: Here, lab: Lab) -> None:
    ada = here.connect(lab.ada_name)
    before = delete(ada, "Project", lab.project.id, dryRun=True).deletedObjects
    assert here.exists(lab.project)
    assert delete(ada, "Project", lab.project.id).deletedObjects == before


def test_children_that_are_excluded_stay(here: Here, lab: Lab) -> None:
    options = [option(excludeType=["Image"])]
    answer = delete(here.connect(lab.ada_name), "Project", lab.project.id, childOptions=options)
    assert "ome.model.core.Image" not in answer.deletedObjects
    assert all(here.exists(image) for image in lab.images)
    assert not here.exists(lab.dataset)


def test_children_that_are_included_go_though_others_hold_them(here: Here, lab: Lab) -> None:
    other = here.add("Dataset", lab.ada, lab.group, name="other")
    here.link(other, lab.images[0])
    options = [option(includeType=["Image"])]
    delete(here.connect(lab.ada_name), "Dataset", lab.dataset.id, childOptions=options)
    assert not any(here.exists(image) for image in lab.images)
    assert here.exists(other)


def test_annotations_go_when_nothing_else_has_them(here: Here, lab: Lab) -> None:
    first, second = lab.images
    alone = lab.annotation("CommentAnnotation", first, textValue="alone")
    shared = lab.annotation("TagAnnotation", first, textValue="shared")
    here.link(second, shared)
    kept = lab.annotation("TagAnnotation", first, textValue="kept", ns="keep")
    file = here.add("OriginalFile", lab.ada, lab.group, name="f", path="/")
    attached = lab.annotation("FileAnnotation", first, file=file.ref)
    here.kernel.data.content(file).write_bytes(b"content")
    options = [option(excludeType=["Annotation"], includeNs=["keep"])]
    delete(here.connect(lab.ada_name), "Image", first.id, childOptions=options)
    assert [here.exists(row) for row in (alone, shared, kept, attached, file)] == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert not here.kernel.data.content(file).exists()
    assert here.store.referring("ImageAnnotationLink", "child", kept.ref) == []
    assert len(here.store.referring("ImageAnnotationLink", "child", shared.ref)) == 1


def test_what_of_another_user_goes_with_an_image(here: Here, lab: Lab) -> None:
    image = lab.images[0]
    comment, number, tag, pairs = (
        lab.annotation(kind, image, lab.bob)
        for kind in ("CommentAnnotation", "LongAnnotation", "TagAnnotation", "MapAnnotation")
    )
    roi = here.add("Roi", lab.bob, lab.group, image=image.ref)
    delete(here.connect(lab.ada_name), "Image", image.id)
    # Comments and plain values go whoever has them; other things need the right.
    assert [here.exists(row) for row in (comment, number, tag, pairs, roi)] == [
        False, False, True, True, True,
    ]  # fmt: skip
    assert roi.values["image"] is None


def test_a_tag_goes_with_objects_of_its_owner_only(here: Here) -> None:
    lab = Lab(here, "rwrw--")
    tag = lab.annotation("TagAnnotation", lab.images[0], lab.bob)
    delete(here.connect(lab.ada_name), "Image", lab.images[0].id)
    assert here.exists(tag)


# The option as clients write it, and as the gateway sends it: lists that are left out are empty.
@pytest.mark.parametrize("given", [{}, {"includeNs": [], "excludeNs": []}])
@pytest.mark.parametrize("kind", ["TagAnnotation", "FileAnnotation", "MapAnnotation"])
def test_annotations_that_are_excluded_stay(
    here: Here, lab: Lab, kind: str, given: dict[str, Any]
) -> None:
    note = lab.annotation(kind, lab.images[0])
    options = [option(excludeType=[kind], **given)]
    delete(here.connect(lab.ada_name), "Image", lab.images[0].id, childOptions=options)
    assert here.exists(note)
    assert not here.exists(lab.images[0])


@pytest.mark.parametrize("anns", [True, False])
def test_the_gateway_deletes_annotations_when_told_to(here: Here, lab: Lab, anns: bool) -> None:
    tag = lab.annotation("TagAnnotation", lab.images[0])
    ada = here.connect(lab.ada_name)
    ada.deleteObjects("Image", [lab.images[0].id], deleteAnns=anns, wait=True)
    assert here.exists(tag) is not anns


def test_options_have_default_namespaces_and_are_checked(here: Here, lab: Lab) -> None:
    ada = here.connect(lab.ada_name)
    companion = "openmicroscopy.org/omero/import/companionFile"
    note = lab.annotation("FileAnnotation", lab.images[0], ns=companion)
    plain = lab.annotation("FileAnnotation", lab.images[0])
    options = [option(excludeType=["Annotation"])]
    delete(ada, "Image", lab.images[0].id, childOptions=options)
    assert (here.exists(note), here.exists(plain)) == (False, True)
    for wrong, words in (
        (option(includeNs=["a"]), "child option must include or exclude some type"),
        (
            option(includeType=["Annotation"], includeNs=["a"], excludeNs=["b"]),
            "child option may not both include and exclude namespace",
        ),
    ):
        answer = delete(ada, "Image", lab.images[1].id, childOptions=[wrong])
        assert answer.parameters["message"] == words


WITH_ITS_LINK = [
    "BooleanAnnotation", "CommentAnnotation", "DoubleAnnotation", "ListAnnotation",
    "LongAnnotation", "MapAnnotation", "TermAnnotation", "TimestampAnnotation", "XmlAnnotation",
]  # fmt: skip


@pytest.mark.parametrize("kind", [*WITH_ITS_LINK, "FileAnnotation", "TagAnnotation"])
def test_the_last_link_takes_an_annotation_along(here: Here, lab: Lab, kind: str) -> None:
    note = lab.annotation(kind, lab.images[0])
    other = here.link(lab.dataset, note)
    (link,) = here.store.referring("ImageAnnotationLink", "child", note.ref)
    ada = here.connect(lab.ada_name)
    delete(ada, "ImageAnnotationLink", link.id)
    assert here.exists(note)
    delete(ada, "DatasetAnnotationLink", other.id)
    assert here.exists(note) is (kind not in WITH_ITS_LINK)


def test_images_of_a_fileset_stay_together(here: Here, lab: Lab) -> None:
    """As in omero-py's tests of Delete2 (`test_delete_many_filesets`): nothing is split."""
    fileset = here.add("Fileset", lab.ada, lab.group, templatePrefix="x")
    other = here.add("Dataset", lab.ada, lab.group, name="other")
    left, right = (here.image(name, lab.ada, lab.group, fileset=fileset.ref) for name in "ab")
    here.link(lab.dataset, left)
    here.link(other, right)
    ada = here.connect(lab.ada_name)
    answer = delete(ada, "Dataset", lab.dataset.id)
    assert answer.deletedObjects["ome.model.core.Image"] == [each.id for each in lab.images]
    assert here.exists(left)
    assert here.exists(fileset)
    answer = delete(ada, "Dataset", other.id)
    assert "ome.model.core.Image" not in answer.deletedObjects
    assert here.exists(left)
    assert here.exists(right)


def test_a_fileset_goes_with_the_last_datasets(here: Here, lab: Lab) -> None:
    fileset = here.add("Fileset", lab.ada, lab.group, templatePrefix="x")
    for image in lab.images:
        here.store.update(image, fileset=fileset.ref)
    ada = here.connect(lab.ada_name)
    delete(ada, "Dataset", lab.dataset.id)
    assert not any(here.exists(row) for row in (fileset, *lab.images))


def test_a_foreign_target_fails_with_the_error_of_the_graph(here: Here, lab: Lab) -> None:
    handle = here.connect(lab.bob_name).c.sf.submit(
        omero.cmd.Delete2({"Image": [lab.images[0].id]}), {"omero.group": "-1"}
    )
    answer = answered(handle)
    assert isinstance(answer, omero.cmd.GraphException)
    assert (answer.category, answer.name) == ("::omero::cmd::Delete2", "graph-fail")
    wanted = f"not permitted to delete ome.model.core.Image[{lab.images[0].id}]"
    assert answer.message == answer.parameters["message"] == wanted
    assert omero.cmd.State.FAILURE in handle.getStatus().flags
    assert here.exists(lab.images[0])


def test_a_target_that_is_not_there_is_named(here: Here, lab: Lab) -> None:
    answer = delete(here.connect(lab.ada_name), "Image", 4711)
    assert answer.message == "cannot read all the specified objects of class ome.model.core.Image"
    answer = delete(here.connect(lab.ada_name), "Nonsense", 1)
    assert "unknown model object class named: Nonsense" in answer.parameters["message"]


@pytest.mark.parametrize("name", ["{}", "{}I", "ome.model.containers.{}", "omero.model.{}I"])
def test_types_are_named_as_clients_do(here: Here, lab: Lab, name: str) -> None:
    ada = here.connect(lab.ada_name)
    delete(ada, name.format("Project"), lab.project.id, childOptions=[
        option(excludeType=[name.format("Dataset")]),
    ])  # fmt: skip
    assert (here.exists(lab.project), here.exists(lab.dataset)) == (False, True)


def test_a_fileset_is_deleted_whole_or_not_at_all(here: Here, lab: Lab) -> None:
    fileset = here.add("Fileset", lab.ada, lab.group, templatePrefix="x")
    file = here.add("OriginalFile", lab.ada, lab.group, name="raw.tif", path="/")
    here.add("FilesetEntry", lab.ada, lab.group, fileset=fileset.ref, originalFile=file.ref)
    for image in lab.images:
        here.store.update(image, fileset=fileset.ref)
    ada = here.connect(lab.ada_name)
    answer = delete(ada, "Image", lab.images[0].id)
    first, second = (f"Image[{image.id}]" for image in lab.images)
    assert answer.message == (
        f"within Fileset[{fileset.id}] may not delete {first} while {second} remains"
    )
    delete(ada, "Image", *(image.id for image in lab.images))
    assert not here.exists(fileset)
    assert not here.exists(file)


def test_a_plate_goes_with_wells_and_images_and_an_image_only_with_its_well(
    here: Here, lab: Lab
) -> None:
    plate = here.add("Plate", lab.ada, lab.group, name="plate")
    well = here.add("Well", lab.ada, lab.group, plate=plate.ref, row=0, column=0)
    image = here.image("field", lab.ada, lab.group)
    sample = here.add("WellSample", lab.ada, lab.group, well=well.ref, image=image.ref)
    ada = here.connect(lab.ada_name)
    answer = delete(ada, "Image", image.id)
    assert answer.message == (
        f"may not delete Image[{image.id}] while WellSample[{sample.id}] remains"
    )
    delete(ada, "Plate", plate.id)
    assert not any(here.exists(row) for row in (plate, well, sample, image))


def test_a_tag_that_is_on_foreign_objects_stays(here: Here) -> None:
    lab = Lab(here, "rwra--")
    tag = lab.annotation("TagAnnotation", lab.images[0], lab.bob, textValue="bob's")
    answer = delete(here.connect(lab.bob_name), "TagAnnotation", tag.id)
    assert answer.message == (
        f"may not delete TagAnnotation[{tag.id}] while Image[{lab.images[0].id}] remains"
    )


def test_the_gateway_deletes(here: Here, lab: Lab) -> None:
    ada = here.connect(lab.ada_name)
    ada.deleteObjects("Project", [lab.project.id], deleteAnns=True, deleteChildren=True, wait=True)
    assert not any(here.exists(row) for row in (lab.project, lab.dataset, *lab.images))


def test_what_is_no_target_is_named(here: Here, lab: Lab) -> None:
    ada = here.connect(lab.ada_name)
    pixels = here.pixels_of(lab.images[0])
    for request in (
        omero.cmd.Delete2({"Pixels": [pixels.id]}),
        omero.cmd.Chgrp2({"Pixels": [pixels.id]}, groupId=lab.group),
        omero.cmd.Chown2({"Channel": [1]}, userId=lab.bob),
    ):
        answer = run(ada, request)
        kind = next(iter(request.targetObjects))
        assert (answer.name, answer.parameters["message"]) == (
            "bad-target",
            f"cannot target {kind}",
        )
    assert not ada.getObject("Image", lab.images[0].id).getPrimaryPixels().canChgrp()
    assert ada.getObject("Image", lab.images[0].id).canChgrp()


def test_a_file_goes_with_its_fileset_only(here: Here, lab: Lab) -> None:
    fileset = here.add("Fileset", lab.ada, lab.group, templatePrefix="x")
    file = here.add("OriginalFile", lab.ada, lab.group, name="raw.tif", path="/")
    entry = here.add("FilesetEntry", lab.ada, lab.group, fileset=fileset.ref, originalFile=file.ref)
    ada = here.connect(lab.ada_name)
    answer = delete(ada, "OriginalFile", file.id)
    assert answer.message == (
        f"may not delete OriginalFile[{file.id}] while FilesetEntry[{entry.id}] remains"
    )
    delete(ada, "Fileset", fileset.id)
    assert not here.exists(file)


def test_what_something_else_holds_stays(here: Here, lab: Lab) -> None:
    """ROIs of an image stay when a folder goes, reagents of a screen when a plate goes."""
    folder, below = (here.add("Folder", lab.ada, lab.group, name=name) for name in "ab")
    here.store.update(below, parentFolder=folder.ref)
    roi = here.add("Roi", lab.ada, lab.group, image=lab.images[0].ref)
    alone = here.add("Roi", lab.ada, lab.group)
    here.link(folder, roi)
    here.link(below, alone)
    ada = here.connect(lab.ada_name)
    delete(ada, "Folder", folder.id)
    assert [here.exists(row) for row in (below, roi, alone)] == [False, True, False]
    screen = here.add("Screen", lab.ada, lab.group, name="s")
    reagent = here.add("Reagent", lab.ada, lab.group, name="r", screen=screen.ref)
    plate = here.add("Plate", lab.ada, lab.group, name="p")
    well = here.add("Well", lab.ada, lab.group, plate=plate.ref)
    here.link(well, reagent)
    delete(ada, "Plate", plate.id)
    assert [here.exists(row) for row in (well, reagent)] == [False, True]
    delete(ada, "Screen", screen.id)
    assert not here.exists(reagent)


def test_a_script_outlives_its_jobs_and_external_information_does_not(here: Here, lab: Lab) -> None:
    files = []
    for kind in ("ScriptJob", "UploadJob"):
        job = here.add(kind, lab.ada, lab.group)
        file = here.add("OriginalFile", lab.ada, lab.group, name="f", path="/")
        here.add("JobOriginalFileLink", lab.ada, lab.group, parent=job.ref, child=file.ref)
        files.append(file)
        delete(here.connect(lab.ada_name), "Job", job.id)
    assert [here.exists(file) for file in files] == [True, False]
    info = here.add("ExternalInfo", 0, 0, entityId=1, entityType="x")
    here.store.update(lab.project, **{"@externalInfo": info.ref})
    answer = delete(here.connect(lab.ada_name), "Project", lab.project.id)
    assert answer.deletedObjects["ome.model.meta.ExternalInfo"] == [info.id]
    assert not here.exists(info)


# --- SkipHead, DoAll


def test_skip_head_starts_below(here: Here, lab: Lab) -> None:
    inner = omero.cmd.Delete2()
    request = omero.cmd.SkipHead({"Project": [lab.project.id]}, None, False, ["Image"], inner)
    answer = run(here.connect(lab.ada_name), request)
    assert len(answer.deletedObjects["ome.model.core.Image"]) == 2
    assert here.exists(lab.dataset)


def test_do_all_does_all_or_nothing(here: Here, lab: Lab) -> None:
    first = omero.cmd.Delete2({"Image": [lab.images[0].id]})
    ada = here.connect(lab.ada_name)
    answer = run(ada, omero.cmd.DoAll([first, omero.cmd.Delete2({"Image": [4711]})]))
    assert isinstance(answer, omero.cmd.ERR)
    assert here.exists(lab.images[0])
    answer = run(ada, omero.cmd.DoAll([first, omero.cmd.Delete2({"Project": [lab.project.id]})]))
    assert [type(each) for each in answer.responses] == [omero.cmd.Delete2Response] * 2


# --- Chgrp2, Chown2, Chmod2


def test_a_moved_image_takes_its_own_along_and_leaves_its_dataset(here: Here, lab: Lab) -> None:
    image = lab.images[0]
    new = here.group(f"new-{lab.group}")
    here.kernel.accounts.join(here.kernel.accounts.user(lab.ada), [here.kernel.accounts.group(new)])
    comment = lab.annotation("CommentAnnotation", image, textValue="mine")
    shared = lab.annotation("TagAnnotation", image, textValue="shared")
    here.link(lab.images[1], shared)
    answer = run(here.connect(lab.ada_name), omero.cmd.Chgrp2({"Image": [image.id]}, groupId=new))
    assert answer.includedObjects["ome.model.core.Image"] == [image.id]
    assert answer.deletedObjects.keys() == {
        "ome.model.annotations.ImageAnnotationLink", "ome.model.containers.DatasetImageLink",
    }  # fmt: skip
    moved = (image, here.pixels_of(image), comment)
    assert {row.group for row in moved} == {new}
    assert shared.group == lab.group
    assert not here.store.referring("DatasetImageLink", "child", image.ref)


@pytest.mark.parametrize(("level", "kept"), [("rwr---", True), ("rw----", False)])
def test_what_others_have_on_a_moved_image(here: Here, lab: Lab, level: str, kept: bool) -> None:
    new = here.group(f"new-{lab.group}", level)
    here.kernel.accounts.join(here.kernel.accounts.user(lab.ada), [here.kernel.accounts.group(new)])
    image = lab.images[0]
    pixels = here.pixels_of(image)
    comment = lab.annotation("CommentAnnotation", image, lab.bob, textValue="bob's")
    tag = lab.annotation("TagAnnotation", image, lab.bob, textValue="bob's")
    roi = here.add("Roi", lab.bob, lab.group, image=image.ref)
    shape = here.add("Rectangle", lab.bob, lab.group, roi=roi.ref)
    settings = here.add("RenderingDef", lab.bob, lab.group, pixels=pixels.ref)
    mine = here.add("RenderingDef", lab.ada, lab.group, pixels=pixels.ref)
    run(here.connect(lab.ada_name), omero.cmd.Chgrp2({"Image": [image.id]}, groupId=new))
    assert (image.group, mine.group, tag.group) == (new, new, lab.group)
    assert not here.exists(comment)
    assert [here.exists(row) for row in (roi, shape, settings)] == [kept] * 3
    assert {row.group for row in (roi, shape, settings)} == ({new} if kept else {lab.group})
    (channel,) = here.store.referring("Channel", "pixels", pixels.ref)
    assert here.store.get(*channel.values["logicalChannel"]).group == new


@pytest.mark.parametrize("member", ["Instrument", "ImagingEnvironment", "StageLabel", "Experiment"])
def test_images_that_share_something_move_together(here: Here, lab: Lab, member: str) -> None:
    new = here.group(f"new-{lab.group}")
    here.kernel.accounts.join(here.kernel.accounts.user(lab.ada), [here.kernel.accounts.group(new)])
    shared = here.add(member, lab.ada, lab.group)
    for image in lab.images:
        here.store.update(image, **{member[0].lower() + member[1:]: shared.ref})
    first, second = lab.images
    ada = here.connect(lab.ada_name)
    answer = run(ada, omero.cmd.Chgrp2({"Image": [first.id]}, groupId=new))
    assert answer.message == (
        f"may not move Image[{first.id}] while Image[{second.id}] remains as they share "
        f"{member}[{shared.id}]"
    )
    other = here.add("Dataset", lab.ada, lab.group, name="other")
    here.link(other, second)
    run(ada, omero.cmd.Chgrp2({"Dataset": [lab.dataset.id]}, groupId=new))
    assert (lab.dataset.group, first.group, second.group) == (new, lab.group, lab.group)
    answer = run(ada, omero.cmd.Chgrp2({"Image": [first.id, second.id]}, groupId=new))
    assert {row.group for row in (first, second, shared)} == {new}


def test_who_may_not_move(here: Here, lab: Lab) -> None:
    new = here.group(f"elsewhere-{lab.group}")
    request = omero.cmd.Chgrp2({"Image": [lab.images[0].id]}, groupId=new)
    answer = run(here.connect(lab.ada_name), request)
    assert answer.name == "not-in-group"
    request.groupId = lab.group
    answer = run(here.connect(lab.bob_name), request)
    assert "does not own" in answer.message
    assert run(here.connect(), omero.cmd.Chgrp2({"Image": [1]}, groupId=4711)).name == "bad-group"


def test_a_given_image_has_the_new_owner(here: Here, lab: Lab) -> None:
    bobs = lab.annotation("CommentAnnotation", lab.images[0], lab.bob, textValue="b")
    request = omero.cmd.Chown2({"Image": [lab.images[0].id]}, userId=lab.bob)
    answer = run(here.connect(lab.ada_name), request)
    assert "not permitted to change owner" in answer.message
    answer = run(here.connect(), request)
    assert answer.includedObjects["ome.model.core.Image"] == [lab.images[0].id]
    assert here.pixels_of(lab.images[0]).owner == lab.bob
    assert bobs.owner == lab.bob
    everything = omero.cmd.Chown2({}, userId=lab.bob, targetUsers=[lab.ada])
    run(here.connect(), everything)
    assert lab.project.owner == lab.images[1].owner == lab.bob


@pytest.mark.parametrize(
    ("level", "notes", "settings", "links"),
    [
        ("rw----", True, True, False),
        ("rwr---", True, False, False),
        ("rwra--", False, False, False),
        ("rwrw--", False, False, True),
    ],
)
def test_what_is_given_follows_the_groups_permissions(
    here: Here, level: str, notes: bool, settings: bool, links: bool
) -> None:
    """By `blitz-chown-rules.xml`: who may add to a group keeps what is added."""
    lab = Lab(here, level)
    image = lab.images[0]
    tag = lab.annotation("TagAnnotation", image)
    roi = here.add("Roi", lab.ada, lab.group, image=image.ref)
    pixels = here.pixels_of(image)
    mine = here.add("RenderingDef", lab.ada, lab.group, pixels=pixels.ref)
    (link,) = here.store.referring("DatasetImageLink", "child", image.ref)
    answer = run(here.connect(), omero.cmd.Chown2({"Image": [image.id]}, userId=lab.bob))
    assert (image.owner, pixels.owner, lab.dataset.owner) == (lab.bob, lab.bob, lab.ada)
    assert [row.owner == lab.bob for row in (tag, roi, mine)] == [notes, notes, settings]
    assert here.exists(link) is links
    gone = answer.deletedObjects.get("ome.model.containers.DatasetImageLink", [])
    assert gone == ([] if links else [link.id])


def test_a_group_becomes_private_and_loses_mixed_links(here: Here, lab: Lab) -> None:
    bobs = lab.annotation("CommentAnnotation", lab.images[0], lab.bob, textValue="b")
    link = here.store.referring("ImageAnnotationLink", "child", bobs.ref)[0]
    request = omero.cmd.Chmod2({"ExperimenterGroup": [lab.group]}, permissions="rw----")
    answer = run(here.connect(lab.ada_name), request)
    assert "not permitted to change permissions" in answer.message
    answer = run(here.connect(), request)
    assert answer.deletedObjects == {"ome.model.annotations.ImageAnnotationLink": [link.id]}
    assert here.kernel.accounts.level(lab.group) == "rw----"
    request.permissions = "rwxrwx"
    assert run(here.connect(), request).name == "bad-permissions"


# --- finding and counting


def test_parents_and_children_are_found(here: Here, lab: Lab) -> None:
    ada = here.connect(lab.ada_name)
    image = lab.images[0]
    up = omero.cmd.FindParents({"Image": [image.id]}, ["Project", "Dataset"])
    assert run(ada, up).parents == {
        "ome.model.containers.Dataset": [lab.dataset.id],
        "ome.model.containers.Project": [lab.project.id],
    }
    down = omero.cmd.FindChildren({"Project": [lab.project.id]}, ["Image"])
    assert run(ada, down).children == {
        "ome.model.core.Image": sorted(each.id for each in lab.images)
    }
    down.stopBefore = ["Dataset"]
    assert run(ada, down).children == {}


def test_legal_targets_are_listed(here: Here) -> None:
    answer = run(here.connect(), omero.cmd.LegalGraphTargets(omero.cmd.Delete2()))
    assert "ome.model.core.Image" in answer.targets
    assert "ome.model.meta.Experimenter" not in answer.targets
    answer = run(here.connect(), omero.cmd.LegalGraphTargets(omero.cmd.Chmod2()))
    assert answer.targets == ["ome.model.meta.ExperimenterGroup"]


def test_a_copy_is_whole_and_the_callers(here: Here, lab: Lab) -> None:
    bob = here.connect(lab.bob_name)
    request = omero.cmd.Duplicate({"Dataset": [lab.dataset.id]}, typesToIgnore=["IAnnotationLink"])
    lab.annotation("CommentAnnotation", lab.images[0], textValue="not copied")
    copies = run(bob, request, {"omero.group": str(lab.group)}).duplicates
    assert len(copies["ome.model.core.Image"]) == 2
    assert "ome.model.annotations.ImageAnnotationLink" not in copies
    dataset = here.store.get("Dataset", copies["ome.model.containers.Dataset"][0])
    assert dataset.owner == lab.bob
    links = here.store.referring("DatasetImageLink", "parent", dataset.ref)
    assert sorted(each.values["child"].id for each in links) == copies["ome.model.core.Image"]


def test_usage_counts_each_file_once(here: Here, lab: Lab) -> None:
    file = here.add("OriginalFile", lab.ada, lab.group, name="f", path="/", size=1000)
    for image in lab.images:
        lab.annotation("FileAnnotation", image, file=file.ref)
    answer = run(here.connect(lab.ada_name), omero.cmd.DiskUsage2({"Project": [lab.project.id]}))
    pair = omero.api.LongPair(lab.ada, lab.group)
    assert answer.totalBytesUsed == {pair: 1000}
    assert answer.bytesUsedByReferer[pair]["Annotation"] == 1000
    answer = run(here.connect(lab.ada_name), omero.cmd.DiskUsage2({"Experimenter": [lab.ada]}))
    assert answer.totalFileCount == {pair: 1}


def test_the_older_disk_usage_counts_for_the_owner_of_the_file(here: Here, lab: Lab) -> None:
    bob_file = here.add("OriginalFile", lab.bob, lab.group, name="of bob", path="/", size=70)
    annotation = here.add("FileAnnotation", lab.ada, lab.group, file=bob_file.ref)
    here.link(lab.project, annotation)
    ada = here.connect(lab.ada_name)
    newer = run(ada, omero.cmd.DiskUsage2({"Project": [lab.project.id]}))
    older = run(ada, omero.cmd.DiskUsage([], {"Project": [lab.project.id]}))
    mine = omero.api.LongPair(lab.ada, lab.group)
    theirs = omero.api.LongPair(lab.bob, lab.group)
    assert older.totalBytesUsed[theirs] == 70
    assert theirs not in newer.totalBytesUsed
    assert older.bytesUsedByReferer[theirs] == {"Annotation": 70}
    assert older.totalBytesUsed.get(mine, 0) == newer.totalBytesUsed[mine] - 70
    # By type, and of files that nothing refers to.
    alone = here.add("OriginalFile", lab.ada, lab.group, name="alone", path="/", size=5)
    by_id = run(ada, omero.cmd.DiskUsage([], {"OriginalFile": [alone.id]}))
    assert by_id.bytesUsedByReferer == {mine: {"OriginalFile": 5}}
    assert by_id.fileCountByReferer == {mine: {"OriginalFile": 1}}
    everything = run(ada, omero.cmd.DiskUsage(["OriginalFile"], {}))
    assert everything.totalFileCount[mine] >= 1
    refused = run(ada, omero.cmd.DiskUsage(["Odd"], {}))
    assert isinstance(refused, omero.cmd.ERR)


def test_used_files_are_those_of_the_fileset(here: Here, lab: Lab) -> None:
    image = lab.images[0]
    ada = here.connect(lab.ada_name)
    answer = run(ada, omero.cmd.UsedFilesRequest(image.id))
    assert isinstance(answer, omero.cmd.UsedFilesResponsePreFs)
    fileset = here.add("Fileset", lab.ada, lab.group, templatePrefix="x")
    file = here.add("OriginalFile", lab.ada, lab.group, name="raw.tif", path="/")
    here.add("FilesetEntry", lab.ada, lab.group, fileset=fileset.ref, originalFile=file.ref)
    here.store.update(image, fileset=fileset.ref)
    assert run(ada, omero.cmd.UsedFilesRequest(image.id)).binaryFilesThisSeries == [file.id]


# --- sessions


def test_sessions_of_others_are_hidden_from_members(here: Here, lab: Lab) -> None:
    ada = here.connect(lab.ada_name)
    root = here.connect()
    names = [each.userName for each in run(root, omero.cmd.CurrentSessionsRequest()).contexts]
    assert {"root", lab.ada_name} <= set(names)
    shown = run(ada, omero.cmd.CurrentSessionsRequest())
    assert {"root", lab.ada_name} <= {each.userName for each in shown.contexts}
    seen = {each.owner.id.val for each in shown.sessions if each is not None}
    assert seen == {ada.getUserId()}
    assert {each.sessionUuid for each in shown.contexts if each.userName == "root"} == {""}


def test_password_reset_is_refused(here: Here) -> None:
    answer = run(here.connect(), omero.cmd.ResetPasswordRequest("root", "root@example.org"))
    assert "no mail server" in answer.parameters["message"]


# --- handles


@pytest.fixture
def delayed(here: Here) -> Iterator[None]:
    """Commands take 0.3 s."""
    here.kernel.config[DELAY] = "300"
    yield
    del here.kernel.config[DELAY]


def test_a_command_is_never_finished_when_it_is_submitted(here: Here, lab: Lab) -> None:
    ada = here.connect(lab.ada_name)
    for wanted, flags in (
        (4711, [omero.cmd.State.FAILURE, omero.cmd.State.CANCELLED]),
        (lab.images[0].id, []),
    ):
        here.kernel.config[DELAY] = "200"
        handle = ada.c.sf.submit(omero.cmd.Delete2({"Image": [wanted]}))
        del here.kernel.config[DELAY]
        first = handle.getStatus()
        assert (list(first.flags), first.stopTime) == ([], 0)
        assert handle.getResponse() is None
        answered(handle)
        last = handle.getStatus()
        assert list(last.flags) == flags
        assert last.currentStep == last.steps - 1
        assert last.stopTime >= last.startTime
        handle.close()


@pytest.mark.usefixtures("delayed")
def test_a_delayed_command_calls_its_client_back(here: Here, lab: Lab) -> None:
    ada = here.connect(lab.ada_name)
    handle = ada.c.sf.submit(omero.cmd.Delete2({"Image": [lab.images[0].id]}))
    assert handle.getResponse() is None
    callback = omero.callbacks.CmdCallbackI(ada.c, handle)
    answer = callback.loop(50, 100)
    assert isinstance(answer, omero.cmd.Delete2Response)
    assert not callback.isFailure()
    callback.close(True)


@pytest.mark.usefixtures("delayed")
def test_a_delayed_command_can_be_cancelled(here: Here, lab: Lab) -> None:
    ada = here.connect(lab.ada_name)
    handle = ada.c.sf.submit(omero.cmd.Delete2({"Image": [lab.images[0].id]}))
    callback = omero.callbacks.CmdCallbackI(ada.c, handle)
    assert handle.cancel()
    assert callback.loop(50, 100).name == "cancelled"
    assert callback.isCancelled()
    assert not handle.cancel()
    assert here.exists(lab.images[0])
    callback.close(True)


def test_an_unknown_command_is_named(here: Here) -> None:
    answer = run(here.connect(), omero.cmd.FindPyramids())
    assert "does not support the command ::omero::cmd::FindPyramids" in answer.parameters["message"]
