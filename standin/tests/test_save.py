"""IUpdate: graphs become rows, with the real server's checks."""

from __future__ import annotations

from typing import Any

import omero
import pytest
from omero.model.enums import UnitsLength
from omero.rtypes import rdouble, rint, rlong, rstring

from direct_calls import Office
from omero_standin.model.store import Row
from omero_standin.services.iquery import QueryService
from omero_standin.services.iupdate import Update

UPDATE = Update()


class Lab:
    """A read-annotate group with two members, and another group of the first one's."""

    def __init__(self) -> None:
        """Nothing is in them."""
        self.office = Office()
        self.group = self.office.group("lab", "rwra--")
        self.other = self.office.group("other", "rwra--")
        self.ada = self.office.user("ada", self.group, self.other)
        self.bob = self.office.user("bob", self.group)

    def save(self, given: Any, user: Row | None = None, group: Row | int | None = None) -> Any:
        """Save and return, as ada in the lab when nothing else is said."""
        call = self.office.call(user or self.ada, self.group if group is None else group)
        return UPDATE.saveAndReturnObject(call, given)

    def read(self, kind: str, row_id: int, user: Row | None = None) -> Any:
        """An object as it is now."""
        return QueryService().get(self.office.call(user or self.ada, -1), kind, row_id)

    def rows(self, kind: str) -> list[Row]:
        """All rows of a type."""
        return self.office.store.rows(kind)


@pytest.fixture
def lab() -> Lab:
    """A fresh one."""
    return Lab()


def project(name: str | None = "p") -> Any:
    """A new project."""
    made = omero.model.ProjectI()
    made.name = None if name is None else rstring(name)
    return made


def tag_on(target: Any, text: str = "t") -> Any:
    """A link from an object to a new tag."""
    link = getattr(omero.model, f"{type(target).__name__.removesuffix('I')}AnnotationLinkI")()
    link.parent, link.child = target, omero.model.TagAnnotationI()
    link.child.textValue = rstring(text)
    return link


def test_a_tree_is_saved_at_once_and_comes_back_with_ids(lab: Lab) -> None:
    made, dataset = project(), omero.model.DatasetI()
    dataset.name = rstring("d")
    made.linkDataset(dataset)
    saved = lab.save(made)
    link = saved.copyDatasetLinks()[0]
    assert (saved.id.val, link.child.id.val, link.child.name.val) == (1, 1, "d")
    assert link.parent is saved
    assert saved.details.owner.id.val == lab.ada.id
    assert saved.details.group.id.val == lab.group.id
    assert saved.details.creationEvent.time.val > 0
    assert saved.details.creationEvent.id.val == link.details.creationEvent.id.val
    assert saved.version.val == 0


def test_saving_is_all_or_nothing(lab: Lab) -> None:
    before = lab.office.store.everything()
    call = lab.office.call(lab.ada, lab.group)
    with pytest.raises(omero.ValidationException, match="name must have a value"):
        UPDATE.saveArray(call, [project("first"), project(None)])
    assert lab.rows("Project") == []
    assert len(lab.office.store.everything()) == len(before)


def test_ids_come_in_order(lab: Lab) -> None:
    call = lab.office.call(lab.ada, lab.group)
    assert UPDATE.saveAndReturnIds(call, [project("a"), project("b")]) == [1, 2]
    saved = UPDATE.saveAndReturnArray(call, [project("c"), project("d")])
    assert [each.name.val for each in saved] == ["c", "d"]
    with pytest.raises(omero.ApiUsageException, match="cannot be null"):
        UPDATE.saveArray(call, [None])


def test_the_subtypes_of_annotation_share_their_ids(lab: Lab) -> None:
    ids = []
    for kind in ("Tag", "Comment", "Map", "Long", "Double", "Boolean", "Timestamp", "Term", "Xml"):
        made = getattr(omero.model, f"{kind}AnnotationI")()
        ids.append(lab.save(made).id.val)
    assert ids == list(range(1, 10))


def test_a_change_makes_a_version_and_an_event(lab: Lab) -> None:
    saved = lab.save(project())
    first = lab.read("Project", 1)
    first.name = rstring("renamed")
    again = lab.save(first)
    assert (again.name.val, again.version.val) == ("renamed", 1)
    assert again.details.updateEvent.id.val > saved.details.updateEvent.id.val
    assert again.details.creationEvent.id.val == saved.details.creationEvent.id.val
    logged = [(row.values["action"], row.values["entityType"]) for row in lab.rows("EventLog")]
    assert logged[-2:] == [
        ("INSERT", "ome.model.containers.Project"),
        ("UPDATE", "ome.model.containers.Project"),
    ]


def test_saving_without_a_change_changes_nothing(lab: Lab) -> None:
    lab.save(project())
    events = len(lab.rows("Event"))
    assert lab.save(lab.read("Project", 1)).version.val == 0
    assert len(lab.rows("Event")) == events


def test_who_saves_what_somebody_else_has_changed_is_told(lab: Lab) -> None:
    lab.save(project())
    mine, hers = lab.read("Project", 1), lab.read("Project", 1)
    hers.name = rstring("first")
    lab.save(hers)
    mine.name = rstring("second")
    with pytest.raises(omero.OptimisticLockException, match="version 1"):
        lab.save(mine)
    assert lab.read("Project", 1).name.val == "first"


def test_a_member_without_a_value_loses_the_one_it_had(lab: Lab) -> None:
    made = project()
    made.description = rstring("long")
    saved = lab.save(made)
    saved.description = None
    lab.save(saved)
    assert lab.read("Project", 1).description is None


def test_what_was_deleted_cannot_be_saved_again(lab: Lab) -> None:
    saved = lab.save(project())
    call = lab.office.call(lab.ada, lab.group)
    UPDATE.deleteObject(call, omero.model.ProjectI(1, False))
    saved.name = rstring("x")
    with pytest.raises(omero.ValidationException, match="no longer exists"):
        lab.save(saved)
    link = omero.model.ProjectDatasetLinkI()
    link.parent, link.child = omero.model.ProjectI(1, False), omero.model.DatasetI(7, False)
    with pytest.raises(omero.ValidationException, match="No row with the given identifier"):
        lab.save(link)


def test_links_are_made_once_per_owner(lab: Lab) -> None:
    lab.save(project())
    lab.save(tag_on(omero.model.ProjectI(1, False)))

    def link() -> Any:
        made = omero.model.ProjectAnnotationLinkI()
        made.parent = omero.model.ProjectI(1, False)
        made.child = omero.model.TagAnnotationI(1, False)
        return made

    with pytest.raises(omero.ValidationException, match=r"unique constraint on \(parent, child, o"):
        lab.save(link())
    assert lab.save(link(), lab.bob).details.owner.id.val == lab.bob.id


def test_a_loaded_collection_of_links_loses_those_that_are_not_given(lab: Lab) -> None:
    """Also one that is loaded and empty because it was so when the object was new."""
    stale = lab.save(project())
    for _ in range(2):
        lab.save(tag_on(omero.model.ProjectI(1, False)))
    assert len(lab.rows("ProjectAnnotationLink")) == 2
    reference = lab.read("Project", 1)
    assert not reference.annotationLinksLoaded
    lab.save(reference)
    assert len(lab.rows("ProjectAnnotationLink")) == 2, "one that is not loaded loses nothing"
    assert stale.annotationLinksLoaded
    lab.save(stale)
    assert lab.rows("ProjectAnnotationLink") == []
    assert len(lab.rows("TagAnnotation")) == 2


def test_a_link_of_somebody_else_is_replaced_by_ones_own(lab: Lab) -> None:
    """A client's dataset keeps the link that was saved with the project."""
    group = lab.office.group("writers", "rwrw--")
    cleo, dan = lab.office.user("cleo", group), lab.office.user("dan", group)
    dataset = omero.model.DatasetI()
    dataset.name = rstring("d")
    parent, child = lab.save(project(), cleo, group), lab.save(dataset, dan, group)
    parent.linkDataset(child)
    lab.save(parent, cleo, group)
    assert [row.owner for row in lab.rows("ProjectDatasetLink")] == [cleo.id]
    lab.save(child, dan, group)
    assert [row.owner for row in lab.rows("ProjectDatasetLink")] == [dan.id]


def test_a_link_that_one_may_not_delete_keeps_the_object_from_being_saved(lab: Lab) -> None:
    stale = lab.save(project())
    lab.save(tag_on(omero.model.ProjectI(1, False)), lab.bob)
    with pytest.raises(omero.SecurityViolation, match=r"Deleting \S+AnnotationLink:Id_1 not"):
        lab.save(stale)
    assert len(lab.rows("ProjectAnnotationLink")) == 1


def test_a_link_cannot_be_saved_and_lost_at_once(lab: Lab) -> None:
    stale = lab.save(project())
    link = lab.save(tag_on(omero.model.ProjectI(1, False)))
    with pytest.raises(omero.ValidationException, match="re-saved by cascade"):
        UPDATE.saveArray(lab.office.call(lab.ada, lab.group), [stale, link])
    assert len(lab.rows("ProjectAnnotationLink")) == 1


def test_a_shape_that_is_taken_out_of_its_roi_is_deleted(lab: Lab) -> None:
    roi = omero.model.RoiI()
    for _ in range(2):
        roi.addShape(omero.model.PointI())
    saved = lab.save(roi)
    gone = saved.getShape(0)
    saved.removeShape(gone)
    assert lab.save(saved).sizeOfShapes() == 1
    assert gone.id.val not in [row.id for row in lab.rows("Shape")]
    # One that others refer to: what the server does then is not known.
    link = omero.model.ShapeAnnotationLinkI()
    link.parent, link.child = saved.getShape(0), omero.model.TagAnnotationI()
    link.child.textValue = rstring("t")
    lab.save(link)
    empty = lab.save(lab.read("Roi", saved.id.val))
    assert not empty.shapesLoaded
    saved.clearShapes()
    with pytest.raises(omero.ApiUsageException, match="a ShapeAnnotationLink refers to"):
        lab.save(saved)


@pytest.mark.parametrize(
    ("part", "kind", "member"),
    [("owner", "Experimenter", "ldap"), ("group", "ExperimenterGroup", "ldap")],
)
def test_loaded_accounts_in_the_details_must_be_whole(
    lab: Lab, part: str, kind: str, member: str
) -> None:
    """Those that a client made from JSON are not, and the server saves what is loaded."""
    saved = lab.save(project())
    lab.save(saved)
    setattr(getattr(saved.details, part), member, None)
    with pytest.raises(omero.ValidationException, match=rf"not-null property .*\.{kind}\.ldap"):
        lab.save(saved)
    saved.unloadDetails()
    lab.save(saved)


def test_enumerations_are_found_by_their_value_and_added_by_administrators(lab: Lab) -> None:
    made = omero.model.ImageI()
    made.name, made.format = rstring("i"), omero.model.FormatI()
    made.format.value = rstring("Tiff")
    count = len(lab.rows("Format"))
    lab.save(made)
    assert len(lab.rows("Format")) == count
    new = omero.model.FormatI()
    new.value = rstring("Invented")
    with pytest.raises(omero.SecurityViolation, match="System-type"):
        lab.save(new)
    root = lab.office.accounts.user_named("root")
    assert lab.save(new, root, lab.office.accounts.group_named("system")).value.val == "Invented"


def test_units_pixels_channels_and_rois(lab: Lab) -> None:
    image, pixels = omero.model.ImageI(), omero.model.PixelsI()
    image.name = rstring("i")
    for name in ("sizeX", "sizeY", "sizeZ", "sizeC", "sizeT"):
        setattr(pixels, name, rint(2))
    pixels.sha1 = rstring("x")
    pixels.pixelsType, pixels.dimensionOrder = (
        omero.model.PixelsTypeI(),
        omero.model.DimensionOrderI(),
    )
    pixels.pixelsType.value, pixels.dimensionOrder.value = rstring("uint8"), rstring("XYZCT")
    pixels.physicalSizeX = omero.model.LengthI(0.25, UnitsLength.NANOMETER)
    for name in ("red", "green"):
        channel, logical = omero.model.ChannelI(), omero.model.LogicalChannelI()
        logical.name = rstring(name)
        channel.logicalChannel = logical
        pixels.addChannel(channel)
    image.addPixels(pixels)
    lab.save(image)
    held = lab.read("Pixels", 1)
    assert (held.physicalSizeX.getValue(), held.physicalSizeX.getSymbol()) == (0.25, "nm")
    lines = QueryService().projection(
        lab.office.call(lab.ada, -1),
        "select index(c), l.name, p.physicalSizeX.value, p.pixelsType.bitSize from Pixels p "
        "join p.channels c join c.logicalChannel l order by index(c)",
        None,
    )
    values = [[each.val for each in line] for line in lines]
    assert values == [[0, "red", 0.25, 8], [1, "green", 0.25, 8]]

    roi, shape = omero.model.RoiI(), omero.model.RectangleI()
    roi.setImage(omero.model.ImageI(1, False))
    shape.x, shape.y, shape.width, shape.height = (rdouble(n) for n in (1, 2, 3, 4))
    roi.addShape(shape)
    assert lab.save(roi).copyShapes()[0].width.val == 3.0


def test_map_annotations_keep_the_order_and_the_doubles_of_their_pairs(lab: Lab) -> None:
    made = omero.model.MapAnnotationI()
    pairs = [("b", "1"), ("a", "2"), ("b", "1")]
    made.mapValue = [omero.model.NamedValue(*pair) for pair in pairs]
    saved = lab.save(made)
    assert [(each.name, each.value) for each in lab.read("MapAnnotation", 1).mapValue] == pairs
    saved.mapValue = saved.mapValue[:1]
    assert lab.save(saved).version.val == 1
    assert len(lab.read("MapAnnotation", 1).mapValue) == 1


def test_objects_of_two_groups_do_not_mix(lab: Lab) -> None:
    lab.save(project())
    dataset = omero.model.DatasetI()
    dataset.name = rstring("d")
    lab.save(dataset, group=lab.other)
    link = omero.model.ProjectDatasetLinkI()
    link.parent, link.child = omero.model.ProjectI(1, False), omero.model.DatasetI(1, False)
    with pytest.raises(omero.SecurityViolation, match="MIXED GROUP"):
        lab.save(link)
    with pytest.raises(omero.SecurityViolation, match="MIXED GROUP"):
        lab.save(link, group=-1)


def test_with_all_groups_a_new_object_needs_one_that_says_which(lab: Lab) -> None:
    with pytest.raises(omero.SecurityViolation, match="set omero"):
        lab.save(project(), group=-1)
    made = project()
    made.details.group = omero.model.ExperimenterGroupI(lab.other.id, False)
    assert lab.save(made, group=-1).details.group.id.val == lab.other.id
    roi = omero.model.RoiI()
    image = omero.model.ImageI()
    image.name = rstring("i")
    roi.image = omero.model.ImageI(lab.save(image).id.val, False)
    assert lab.save(roi, group=-1).details.group.id.val == lab.group.id


def test_with_all_groups_or_another_one_nothing_is_changed(lab: Lab) -> None:
    saved = lab.save(project())
    saved.name = rstring("x")
    with pytest.raises(omero.SecurityViolation, match="Cannot alter object in group"):
        lab.save(saved, group=-1)
    with pytest.raises(
        omero.SecurityViolation, match=r"Cannot read ome\.model\.containers\.Project:Id_1"
    ):
        lab.save(saved, group=lab.other)


def test_only_privileged_administrators_make_objects_for_others(lab: Lab) -> None:
    made = project()
    made.details.owner = omero.model.ExperimenterI(lab.bob.id, False)
    with pytest.raises(omero.SecurityViolation, match="set the Experimenter"):
        lab.save(made)
    root = lab.office.accounts.user_named("root")
    assert lab.save(made, root).details.owner.id.val == lab.bob.id
    reader = lab.office.user("reader", privileges=[])
    with pytest.raises(omero.SecurityViolation, match="not authorized to create"):
        lab.save(project(), reader)


def test_a_group_that_one_is_not_in_cannot_be_worked_in(lab: Lab) -> None:
    with pytest.raises(omero.SecurityViolation, match="not a member of group"):
        lab.save(project(), lab.bob, lab.other)


def test_what_others_refer_to_is_not_deleted(lab: Lab) -> None:
    lab.save(project())
    lab.save(tag_on(omero.model.ProjectI(1, False)))
    call = lab.office.call(lab.ada, lab.group)
    with pytest.raises(omero.ValidationException, match="ProjectAnnotationLink:1 still refers"):
        UPDATE.deleteObject(call, omero.model.ProjectI(1, False))
    UPDATE.deleteObject(call, omero.model.ProjectAnnotationLinkI(1, False))
    UPDATE.deleteObject(call, omero.model.ProjectI(1, False))
    assert lab.rows("Project") == []
    with pytest.raises(omero.ApiUsageException, match="Must have an id"):
        UPDATE.deleteObject(call, project())


@pytest.mark.parametrize(
    ("name", "message"),
    [("x" * 256, "256 characters"), ("nul \0 inside", "cannot hold the character 0")],
)
def test_texts_that_the_database_does_not_take(lab: Lab, name: str, message: str) -> None:
    with pytest.raises(omero.ValidationException, match=message):
        lab.save(project(name))


def test_external_information_is_kept_with_an_object(lab: Lab) -> None:
    made, info = project(), omero.model.ExternalInfoI()
    info.entityId, info.entityType, info.lsid = rlong(1), rstring("x"), rstring("urn:x")
    made.details.externalInfo = info
    lab.save(made)
    found = QueryService().findByQuery(
        lab.office.call(lab.ada, -1),
        "select p from Project p left outer join fetch p.details.externalInfo",
        None,
    )
    assert found.details.externalInfo.lsid.val == "urn:x"


def test_external_information_is_taken_away(lab: Lab) -> None:
    info = omero.model.ExternalInfoI()
    info.entityType, info.entityId = rstring("x"), rlong(1)
    made = project()
    made.details.externalInfo = info
    saved = lab.save(made)
    assert lab.save(lab.read("Project", saved.id.val)).details.externalInfo is not None
    again = lab.read("Project", saved.id.val)
    again.details.externalInfo = None
    assert lab.save(again).details.externalInfo is None
    assert lab.read("Project", saved.id.val).details.externalInfo is None


@pytest.mark.parametrize("method", ["saveAndReturnArray", "saveAndReturnObject"])
def test_a_graph_comes_back_with_all_its_links(lab: Lab, method: str) -> None:
    dataset = omero.model.DatasetI()
    dataset.name = rstring("shared")
    given = [project("a"), project("b")]
    for each in given:
        each.linkDataset(dataset)
    call = lab.office.call(lab.ada, lab.group)
    if method == "saveAndReturnArray":
        saved = UPDATE.saveAndReturnArray(call, given)
    else:
        shared = UPDATE.saveAndReturnObject(call, dataset)
        assert shared.sizeOfProjectLinks() == 2
        saved = [link.parent for link in shared.copyProjectLinks()]
    assert [each.sizeOfDatasetLinks() for each in saved] == [1, 1]
    (one,), (two,) = (each.copyDatasetLinks() for each in saved)
    assert one.child is two.child
    assert one.child.sizeOfProjectLinks() == 2


LINKED = [
    ("ProjectDatasetLink", "Project", "Dataset"),
    ("DatasetImageLink", "Dataset", "Image"),
    ("ScreenPlateLink", "Screen", "Plate"),
    ("ImageAnnotationLink", "Image", "TagAnnotation"),
    ("AnnotationAnnotationLink", "TagAnnotation", "TagAnnotation"),
    ("FolderRoiLink", "Folder", "Roi"),
]


@pytest.mark.parametrize(("kind", "parent", "child"), LINKED)
def test_the_ends_of_a_saved_link_are_loaded(lab: Lab, kind: str, parent: str, child: str) -> None:
    ends = [
        lab.office.add(each, lab.ada, lab.group, name="n")
        if each not in ("TagAnnotation", "Roi")
        else lab.office.add(each, lab.ada, lab.group)
        for each in (parent, child)
    ]
    link = getattr(omero.model, f"{kind}I")()
    link.parent = getattr(omero.model, f"{parent}I")(ends[0].id, False)
    link.child = getattr(omero.model, f"{child}I")(ends[1].id, False)
    saved = lab.save(link)
    assert (saved.parent.loaded, saved.child.loaded) == (True, True)
    # Only what is new or changed is looked at.
    again = lab.save(lab.read(kind, saved.id.val))
    assert again.parent.loaded is (kind == "AnnotationAnnotationLink")


def test_enumerations_of_a_saved_object_stay_references(lab: Lab) -> None:
    file = omero.model.OriginalFileI()
    file.name, file.path = rstring("f"), rstring("/")
    algorithm = lab.rows("ChecksumAlgorithm")[0]
    file.hasher = omero.model.ChecksumAlgorithmI(algorithm.id, False)
    saved = lab.save(file)
    assert saved.hasher.id.val == algorithm.id
    assert not saved.hasher.loaded
