"""IQuery and its relatives: what of an answer is loaded, in which types values come, pages."""

from __future__ import annotations

from typing import Any

import omero
import pytest
from omero.rtypes import rint, rlist, rlong, unwrap

from direct_calls import Office
from omero_standin.model import schema
from omero_standin.model.store import Row
from omero_standin.services.icontainer import Container
from omero_standin.services.imetadata import Metadata
from omero_standin.services.iquery import QueryService
from omero_standin.services.itimeline import Timeline
from omero_standin.services.itypes import Types

QUERY = QueryService()


class Lab:
    """A project with two datasets of three images each; two tags on the first image."""

    def __init__(self) -> None:
        """All of it is ada's."""
        office = self.office = Office()
        self.group = office.group("lab", "rwra--")
        self.ada = office.user("ada", self.group)
        self.project = self.add("Project", name="p")
        self.datasets = [self.add("Dataset", name=f"d{at}") for at in range(2)]
        self.images = [self.add("Image", name=f"i{at}", series=at) for at in range(6)]
        for at, image in enumerate(self.images):
            self.link("DatasetImageLink", self.datasets[at // 3], image)
        for dataset in self.datasets:
            self.link("ProjectDatasetLink", self.project, dataset)
        self.tags = [self.add("TagAnnotation", textValue=f"t{at}", ns="n") for at in range(2)]
        for tag in self.tags:
            self.link("ImageAnnotationLink", self.images[0], tag)

    def add(self, kind: str, **values: Any) -> Row:
        """A row of ada's."""
        return self.office.add(kind, self.ada, self.group, **values)

    def link(self, kind: str, parent: Row, child: Row) -> Row:
        """A link of ada's."""
        return self.add(kind, parent=parent.ref, child=child.ref)

    def call(self) -> Any:
        """One of ada's calls."""
        return self.office.call(self.ada, -1)

    def find(self, text: str, page: tuple[int, int] | None = None, **values: Any) -> list[Any]:
        """Objects."""
        found: list[Any] = QUERY.findAllByQuery(self.call(), text, asked(page, **values))
        return found

    def project_(self, text: str, **values: Any) -> list[Any]:
        """Values, in their types."""
        found: list[Any] = QUERY.projection(self.call(), text, asked(None, **values))
        return found


def asked(page: tuple[int, int] | None, **values: Any) -> Any:
    """Parameters of a query."""
    made = omero.sys.ParametersI()
    for name, value in values.items():
        made.map[name] = omero.rtypes.wrap(value)
    if page:
        made.page(*page)
    return made


@pytest.fixture(scope="module")
def lab() -> Lab:
    """Nobody changes it."""
    return Lab()


def test_what_is_not_fetched_is_not_loaded(lab: Lab) -> None:
    (link,) = lab.find("select l from DatasetImageLink l where l.child.id = 1")
    assert not link.parent.loaded
    assert not link.details.owner.loaded
    assert not link.details.creationEvent.loaded
    # Only the group, whose permissions decide about the object: OMERO.figure shows its name.
    assert link.details.group.name.val
    (image,) = lab.find("select i from Image i where i.id = 1")
    assert not image.isAnnotationLinksLoaded()
    assert image.sizeOfAnnotationLinks() == -1


def test_what_is_fetched_is_loaded_and_shared(lab: Lab) -> None:
    links = lab.find(
        "select l from DatasetImageLink l join fetch l.parent d join fetch l.details.owner "
        "where d.id = 1"
    )
    assert len({id(each.parent) for each in links}) == 1
    assert links[0].parent.name.val == "d0"
    assert links[0].details.owner.omeName.val == "ada"
    assert not links[0].child.loaded


def test_a_collection_holds_what_the_query_found_in_it(lab: Lab) -> None:
    text = (
        "select d from Dataset d left outer join fetch d.imageLinks l "
        "left outer join fetch l.child i where i.series in (1, 2)"
    )
    found = lab.find(text)
    assert {each.name.val for each in found} == {"d0"}
    assert sorted(each.child.name.val for each in found[0].copyImageLinks()) == ["i1", "i2"]
    (empty,) = lab.find(
        "select p from Project p left outer join fetch p.annotationLinks where p.id = 1"
    )
    assert empty.sizeOfAnnotationLinks() == 0


def test_a_page_counts_objects_when_a_collection_is_fetched(lab: Lab) -> None:
    text = "select d from Dataset d left outer join fetch d.imageLinks order by d.id desc"
    assert [each.id.val for each in lab.find(text, (0, 1))] == [2]
    (second,) = lab.find(text, (1, 1))
    assert (second.id.val, second.sizeOfImageLinks()) == (1, 3)
    plain = "select i from Image i order by i.id"
    assert [each.id.val for each in lab.find(plain, (2, 3))] == [3, 4, 5]


def test_what_is_fetched_hangs_on_what_is_selected(lab: Lab) -> None:
    with pytest.raises(omero.QueryException, match="owner of the fetched association"):
        lab.find("select i from DatasetImageLink l join l.child i join fetch l.parent")


def test_values_come_in_their_own_types(lab: Lab) -> None:
    ((number, name, series, time, kind, owner),) = lab.project_(
        "select i.id, i.name, i.series, e.time, type(i.class), i.details.owner from Image i "
        "join i.details.creationEvent e where i.id = 2"
    )
    kinds = [each.ice_id().rpartition("::")[2] for each in (number, name, series, time)]
    assert kinds == ["RLong", "RString", "RInt", "RTime"]
    assert kind.val == "ome.model.core.Image"
    assert owner.val.omeName.val == "ada"


def test_a_sum_of_nothing(lab: Lab) -> None:
    assert lab.project_("select sum(f.size) from OriginalFile f") == [[]]
    assert lab.project_("select sum(f.size), max(f.id) from OriginalFile f") == [[None, None]]


def test_maps_and_rights_in_projections(lab: Lab) -> None:
    ((found,),) = lab.project_(
        "select new map(i.id as id, i as image_details_permissions, "
        "i.details.permissions as perms) from Image i where i.id = 1"
    )
    value = unwrap(found)
    assert value["id"] == 1
    assert value["image_details_permissions"]["canEdit"] is True
    assert value["perms"]["perm"] == "rwra--"


def test_one_or_none(lab: Lab) -> None:
    call = lab.call()
    assert QUERY.findByQuery(call, "select i from Image i where i.id = 99", None) is None
    with pytest.raises(omero.ValidationException, match="found 6 objects"):
        QUERY.findByQuery(call, "select i from Image i", None)
    assert QUERY.find(call, "ome.model.core.Image", 99) is None
    with pytest.raises(omero.ValidationException, match="No row with the given identifier exists"):
        QUERY.get(call, "ImageI", 99)
    with pytest.raises(omero.ApiUsageException, match="not a type"):
        QUERY.get(call, "Imago", 1)
    with pytest.raises(omero.QueryException, match="use projection"):
        QUERY.findAllByQuery(call, "select i.id from Image i", None)


def test_examples_and_texts(lab: Lab) -> None:
    call, example = lab.call(), omero.model.ImageI()
    example.series = rint(4)
    assert QUERY.findByExample(call, example).name.val == "i4"
    assert QUERY.findByString(call, "Dataset", "name", "d1").id.val == 2
    found = QUERY.findAllByString(call, "Image", "name", "I", False, None)
    assert len(found) == 6
    assert len(QUERY.findAll(call, "Dataset", None)) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select i from Image i right join i.rois r", "right joins are not supported"),
        (
            "select i from Image i where i.name ~ 'x'",
            "cannot read the character '~' at position 35",
        ),
        ("select i from Image i where i.datasetLinks.id = 1", "dereference collection"),
        ("select i.name.id from Image i", "of a plain value"),
        ("select i from Image i where count(i) > 1", r"count\(\) is not allowed here"),
        ("select extract(century from i.acquisitionDate) from Image i where i.id = 1", None),
        ("select i from Image i where i.id = 1 limit 5", "cannot read the query at 'limit'"),
        ("select index(i) from Image i", "has no index in any list"),
        ("select size(i.name) from Image i", "needs a collection"),
        ("from Image i join fetch i.pixels.channels", "dereference collection"),
    ],
)
def test_what_cannot_be_answered_is_named_with_its_query(
    lab: Lab, text: str, message: str | None
) -> None:
    if message is None:
        lab.office.store.update(lab.images[0], acquisitionDate=1)
        message = r"extract\(century from"
    with pytest.raises(omero.ApiUsageException, match=message) as caught:
        lab.project_(text)
    assert text in caught.value.message


# --- services that answer with trees


def test_hierarchies_images_and_counts(lab: Lab) -> None:
    container, call = Container(), lab.call()
    (project,) = container.loadContainerHierarchy(call, "Project", [1], None)
    assert [each.child.name.val for each in project.copyDatasetLinks()] == ["d0", "d1"]
    assert not project.copyDatasetLinks()[0].child.isImageLinksLoaded()
    leaves = omero.sys.ParametersI().leaves()
    (project,) = container.loadContainerHierarchy(call, "Project", [1], leaves)
    assert project.copyDatasetLinks()[0].child.sizeOfImageLinks() == 3
    images = container.getImages(call, "Project", [1], None)
    assert [each.id.val for each in images] == [1, 2, 3, 4, 5, 6]
    links = "ome.model.containers.Dataset_imageLinks"
    counts = container.getCollectionCount(call, "Dataset", links, [1, 2], None)
    assert counts == {1: 3, 2: 3}
    (found,) = container.findContainerHierarchies(call, "Project", [1], None)
    assert found.id.val == 1


def test_annotations_by_object(lab: Lab) -> None:
    metadata, call = Metadata(), lab.call()
    found = metadata.loadAnnotations(call, "Image", [1, 2], None, None, None)
    assert {key: [each.textValue.val for each in value] for key, value in found.items()} == {
        1: ["t0", "t1"], 2: [],
    }  # fmt: skip
    assert found[1][0].details.owner.omeName.val == "ada"
    assert len(metadata.loadSpecifiedAnnotations(call, "TagAnnotation", ["n"], [], None)) == 2
    assert metadata.loadSpecifiedAnnotations(call, "TagAnnotation", [], ["n"], None) == []
    linked = metadata.loadSpecifiedAnnotationsLinkedTo(
        call, "TagAnnotation", [], [], "Image", [1], None
    )
    assert len(linked[1]) == 2
    assert metadata.getTaggedObjectsCount(call, [lab.tags[0].id], None) == {lab.tags[0].id: 1}


def test_enumerations_and_the_timeline(lab: Lab) -> None:
    call = lab.call()
    assert Types().getEnumeration(call, "ome.model.enums.PixelsType", "uint16").bitSize.val == 16
    with pytest.raises(omero.ApiUsageException, match="value uint17 does not exist"):
        Types().getEnumeration(call, "PixelsType", "uint17")
    asked_for = omero.sys.ParametersI().page(0, 2).exp(rlong(lab.ada.id))
    found = Timeline().getMostRecentObjects(call, ["Image"], asked_for, False)
    assert [each.id.val for each in found["Image"]] == [6, 5]
    start, end = omero.rtypes.rtime(0), omero.rtypes.rtime(2**42)
    assert Timeline().countByPeriod(call, ["Image", "Project"], start, end, None) == {
        "Image": 6, "Project": 1,
    }  # fmt: skip


def test_lists_as_parameters(lab: Lab) -> None:
    ids = rlist([rlong(1), rlong(3)])
    made = omero.sys.ParametersI()
    made.map["ids"] = ids
    found = QUERY.projection(lab.call(), "select i.name from Image i where i.id in (:ids)", made)
    assert [unwrap(line) for line in found] == [["i0"], ["i2"]]


# Abstract types in OMERO's mappings, with a subtype that has rows.
ABSTRACT = {"Annotation": "TagAnnotation", "Job": "UploadJob", "LightSource": "Laser",
            "Shape": "Rectangle"}  # fmt: skip
AT_ONCE = [
    (kind, member.name, member.target)
    for kind in schema.kinds()
    for member in schema.members(kind).values()
    if member.target in ABSTRACT and member.shape is schema.Shape.ONE
]


def test_every_link_to_an_annotation_is_among_them() -> None:
    assert ("ImageAnnotationLink", "child", "Annotation") in AT_ONCE
    assert ("FilesetJobLink", "child", "Job") in AT_ONCE
    assert len(AT_ONCE) > 30


@pytest.mark.parametrize(("kind", "member", "target"), AT_ONCE)
def test_references_to_abstract_types_are_loaded_at_once(
    lab: Lab, kind: str, member: str, target: str
) -> None:
    held = lab.add(ABSTRACT[target])
    row = lab.add(kind, **{member: held.ref})
    text = " ".join(("select x from", kind, "x where x.id = :id"))
    for found in (
        QUERY.get(lab.call(), kind, row.id),
        lab.find(text, id=row.id)[0],
        lab.project_(text, id=row.id)[0][0].val,
    ):
        assert getattr(found, member).loaded
        assert getattr(found, member).id.val == held.id


def test_the_roi_of_a_shape_is_loaded_by_a_plain_join() -> None:
    """As omero-metadata reads the names of ROIs; another join, or none, loads nothing."""
    lab = Lab()
    roi = lab.add("Roi", name="cell", image=lab.images[0].ref)
    lab.add("Rectangle", roi=roi.ref)
    joined = "select distinct s from {} as s join s.roi as r join r.image as i where i.id = 1"
    for kind in ("Shape", "Rectangle"):
        (shape,) = QUERY.findAllByQuery(lab.call(), joined.format(kind), None)
        assert unwrap(shape.roi.name) == "cell"
        assert not shape.roi.image.loaded
    (shape,) = QUERY.findAllByQuery(lab.call(), "select s from Shape s where s.roi.id = 1", None)
    assert not shape.roi.loaded
    linked = "select l from DatasetImageLink l join l.parent d where d.id = 1"
    assert not QUERY.findAllByQuery(lab.call(), linked, None)[0].parent.loaded


def test_more_parameters_than_the_driver_can_send_fail_as_in_the_server(lab: Lab) -> None:
    ids = [image.id for image in lab.images]
    padded = rlist([rlong(each) for each in [*ids, *range(10**6, 10**6 + 32_767 - len(ids))]])
    query = "select i from Image i where i.id in (:ids)"
    assert len(lab.find(query, ids=padded)) == 6
    with pytest.raises(omero.InternalException) as refused:
        lab.find(f"{query} and i.series < :series", ids=padded, series=9)
    assert "out-of-range integer as a 2-byte value: 32768" in refused.value.message
