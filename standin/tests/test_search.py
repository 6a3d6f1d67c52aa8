"""Search by words in names, descriptions, annotations and attached files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import omero
import omero.model
import pytest
from omero.rtypes import rlong, rstring

from standin_here import Here, standin_here


@pytest.fixture(scope="module")
def here() -> Iterator[Here]:
    """A stand-in with images of two users in a private group and one of root's."""
    with standin_here() as running:
        lab = running.group("lab", "rw----")
        ada, bob = running.user("ada", lab), running.user("bob", lab)
        cells = running.image("HeLa_cells-01.tif", ada, lab, description="mitosis, stage two")
        running.image("HeLa_cells-02.tif", ada, lab)
        yeast = running.image("Yeast wild type.dv", ada, lab)
        running.image("HeLa_secret.tif", bob, lab)
        running.link(cells, running.add("TagAnnotation", ada, lab, textValue="good focus"))
        running.link(yeast, running.add("MapAnnotation", ada, lab, mapValue=[("strain", "BY4741")]))
        file = running.add(
            "OriginalFile", ada, lab, name="results_final.csv", path="/", mimetype="text/csv"
        )
        running.kernel.data.content(file).write_text("Well,Area\nA1,quartz\n")
        running.link(yeast, running.add("FileAnnotation", ada, lab, file=file.ref))
        running.add("Dataset", ada, lab, name="HeLa")
        yield running


@pytest.fixture(scope="module")
def ada(here: Here) -> Any:
    """The owner of most images."""
    return here.connect("ada")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("hela", ["01", "02"]),
        ("HELA AND mitosis", ["01"]),
        ("mitosis yeast", ["01", "Yeast"]),
        ("hela NOT 01", ["02"]),
        ("+hela -mitosis", ["02"]),
        ('"stage two"', ["01"]),
        ('"two stage"', []),
        ("mito*", ["01"]),
        ("*tosis", ["01"]),
        ("y?ast", ["Yeast"]),
        ("tag:focus", ["01"]),
        ("description:yeast", []),
        ("by4741", ["Yeast"]),
        ("strain:BY4741", ["Yeast"]),
        ("file.name:results*", ["Yeast"]),
        ("file.contents:quartz", ["Yeast"]),
        ("quartz", ["Yeast"]),
        ("has_key:strain", ["Yeast"]),
        ("has_key:BY4741", []),
        ("annotation.type:TagAnnotation", ["01"]),
        ("details.owner.omeName:ada AND mitosis", ["01"]),
        ("(mitosis OR wild) AND tif", ["01"]),
        ("secret", []),
    ],
)
def test_words_find_images(ada: Any, query: str, found: list[str]) -> None:
    names = [each.getName() for each in ada.searchObjects(["Image"], query)]
    assert len(names) == len(found)
    assert all(part in name for part, name in zip(found, sorted(names), strict=True))


def test_types_owners_fields_and_batches_narrow_down(here: Here, ada: Any) -> None:
    found = ada.searchObjects(["Image", "Dataset"], "hela", rawQuery=False)
    assert sorted(each.OMERO_CLASS for each in found) == ["Dataset", "Image", "Image"]
    assert ada.searchObjects(["Image"], "hela", ownedBy=4711, rawQuery=False) == []
    assert ada.searchObjects(["Image"], "mitosis", fields=("name",), rawQuery=False) == []
    assert len(ada.searchObjects(["Image"], "mitosis", fields=("description",), rawQuery=False))
    search = here.connect().c.sf.createSearchService()
    search.onlyType("Image")
    search.setBatchSize(2)
    search.addOrderByDesc("name")
    search.byFullText("hela", {"omero.group": "-1"})
    first = search.results({"omero.group": "-1"})
    assert [each.name.val for each in first] == ["HeLa_secret.tif", "HeLa_cells-02.tif"]
    assert search.hasNext()
    assert search.next({"omero.group": "-1"}).name.val == "HeLa_cells-01.tif"
    assert not search.hasNext()
    with pytest.raises(omero.ApiUsageException, match="no more results"):
        search.results()


@pytest.mark.parametrize(
    ("kind", "query", "count"),
    [
        ("TagAnnotation", "focus", 1),
        ("TagAnnotation", "textValue:good", 1),
        ("MapAnnotation", "has_key:strain", 1),
        ("MapAnnotation", "strain:BY4741", 1),
        ("FileAnnotation", "file.name:results*", 1),
        ("FileAnnotation", "quartz", 1),
        ("OriginalFile", "file.contents:quartz", 1),
        ("OriginalFile", "name:results*", 1),
        ("Annotation", "focus BY4741", 2),
        ("CommentAnnotation", "focus", 0),
    ],
)
def test_every_type_is_searched_by_its_own_texts(
    ada: Any, kind: str, query: str, count: int
) -> None:
    search = ada.c.sf.createSearchService()
    search.onlyType(kind)
    search.byFullText(query)
    assert search.hasNext() == bool(count)
    if count:
        found = search.results()
        assert len(found) == count
        assert all(isinstance(each, getattr(omero.model, kind)) for each in found)
    search.close()


def test_a_number_in_a_text_is_no_id(here: Here, ada: Any) -> None:
    search = ada.c.sf.createSearchService()
    search.onlyType("Image")
    number = here.store.rows("Image")[0].id
    search.byFullText(f"id:{number}")
    assert [each.id.val for each in search.results()] == [number]
    search.byFullText("987654")
    assert not search.hasNext()


def test_days_narrow_down(ada: Any) -> None:
    search = ada.c.sf.createSearchService()
    search.onlyType("Image")
    search.byLuceneQueryBuilder("", "20000101", "20000102", "import", "hela")
    assert not search.hasNext()
    search.byLuceneQueryBuilder("", "20000101", None, "import", "hela")
    assert search.hasNext()
    search.clearQueries()
    search.byLuceneQueryBuilder("", "20000101", None, "acquisitionDate", "hela")
    assert not search.hasNext()
    with pytest.raises(omero.ApiUsageException, match="not a day"):
        search.byLuceneQueryBuilder("", "yesterday", None, "import", "hela")


@pytest.mark.parametrize("query", ["", "  ", "(hela", "hela)", "AND", "*hela"])
def test_what_cannot_be_read_is_refused(ada: Any, query: str) -> None:
    search = ada.c.sf.createSearchService()
    search.onlyType("Image")
    with pytest.raises(omero.ApiUsageException):
        search.byFullText(query)


def test_a_search_needs_a_type(ada: Any) -> None:
    with pytest.raises(omero.ApiUsageException, match="onlyType"):
        ada.c.sf.createSearchService().byFullText("hela")


def annotated(gateway: Any, kind: str, *examples: Any) -> list[str]:
    """Names of what is annotated like the examples."""
    search = gateway.c.sf.createSearchService()
    try:
        search.onlyType(kind)
        search.byAnnotatedWith(list(examples))
        return [each.name.val for each in search.results()] if search.hasNext() else []
    finally:
        search.close()


def example(kind: str, **values: Any) -> Any:
    """An annotation that was never saved."""
    made = getattr(omero.model, f"{kind}I")()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def test_objects_are_found_by_annotations_like_theirs(here: Here, ada: Any) -> None:
    lab, owner = ada.getEventContext().groupId, ada.getUserId()
    first, second = here.image("one", owner, lab), here.image("two", owner, lab)
    for image, kind, values in (
        (first, "TagAnnotation", {"textValue": "mitosis"}),
        (first, "LongAnnotation", {"longValue": 4}),
        (second, "CommentAnnotation", {"textValue": "mitosis"}),
        (second, "LongAnnotation", {"longValue": 5}),
    ):
        here.link(image, here.add(kind, owner, lab, **values))
    file = here.add("OriginalFile", owner, lab, name="x.csv", path="/")
    here.link(second, here.add("FileAnnotation", owner, lab, file=file.ref))
    tag = example("TagAnnotation", textValue=rstring("mitosis"))
    # The value counts, not the type, as in the real server.
    assert annotated(ada, "Image", tag) == ["one", "two"]
    four = example("LongAnnotation", longValue=rlong(4))
    assert annotated(ada, "Image", tag, four) == ["one"]
    assert annotated(ada, "Image", example("LongAnnotation", longValue=rlong(6))) == []
    # Without a value it is the type that counts.
    comments = annotated(ada, "Image", example("CommentAnnotation"))
    assert comments == ["two"]
    with_file = example("FileAnnotation", file=omero.model.OriginalFileI(file.id, False))
    assert annotated(ada, "Image", with_file) == ["two"]
    assert annotated(ada, "Dataset", tag) == []
    # Others do not see them in a private group.
    assert annotated(here.connect("bob"), "Image", tag) == []


def test_searches_by_annotation_that_cannot_be_answered(ada: Any) -> None:
    tag = example("TagAnnotation", textValue=rstring("x"))
    search = ada.c.sf.createSearchService()
    with pytest.raises(omero.ApiUsageException, match="single type"):
        search.byAnnotatedWith([tag])
    search.onlyTypes(["Image", "Dataset"])
    with pytest.raises(omero.ApiUsageException, match="single type"):
        search.byAnnotatedWith([tag])
    search.onlyType("Image")
    with pytest.raises(omero.ApiUsageException, match="at least one"):
        search.byAnnotatedWith([])
    with pytest.raises(omero.ApiUsageException, match="MapAnnotation"):
        search.byAnnotatedWith([example("MapAnnotation")])
    search.close()
