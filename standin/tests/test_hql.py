"""The query language over a small store: the shapes that OMERO's clients send."""

# ruff: noqa: E501 - a query is read best on one line
from __future__ import annotations

from typing import Any

import omero.clients
import omero.gateway  # noqa: F401 - registers OMERO's model classes
import pytest

from omero_standin.hql.evaluate import Evaluation
from omero_standin.model.store import Row, Store


class Everything:
    """A caller that sees every row but those of one owner."""

    def __init__(self, hidden: int | None = None) -> None:
        """Hide an owner's rows."""
        self._hidden = hidden

    def sees(self, row: Row) -> bool:
        """Whether the row exists for this caller."""
        return row.owner != self._hidden


@pytest.fixture
def store() -> Store:
    """Two projects of one user with three datasets, images and tags; one project of another."""
    made = Store()

    def put(kind: str, owner: int = 1, **values: Any) -> Row:
        return made.insert(kind, values, owner=owner, group=3)

    for name in ("root", "alice", "bob"):
        put("Experimenter", 0, omeName=name)
    projects = [
        put("Project", name="beta"),
        put("Project", name="Alpha"),
        put("Project", 2, name="gamma"),
    ]
    datasets = [put("Dataset", name=f"d{number}") for number in range(3)]
    for project, dataset in ((0, 0), (0, 1), (1, 2)):
        put("ProjectDatasetLink", parent=projects[project].ref, child=datasets[dataset].ref)
    images = [put("Image", name=f"i{number}", series=number) for number in range(4)]
    for image in images[:3]:
        put("DatasetImageLink", parent=datasets[0].ref, child=image.ref)
    tag = put("TagAnnotation", textValue="good", ns="n")
    note = put("CommentAnnotation", textValue="look")
    for child in (tag, note):
        put("ImageAnnotationLink", parent=images[0].ref, child=child.ref)
    for owner, size in ((1, 10), (1, 20), (2, 5), (2, None)):
        put("OriginalFile", owner, name="f", size=size)
    return made


def ask(
    store: Store, text: str, hidden: int | None = None, **parameters: Any
) -> list[tuple[Any, ...]]:
    """The values of a query."""
    lines = Evaluation(store, text).run(Everything(hidden), parameters)
    return [
        tuple(v.values["name"] if isinstance(v, Row) else v for v in line.values) for line in lines
    ]


@pytest.mark.parametrize(
    ("query", "parameters", "expected"),
    [
        ("select obj from Project obj where obj.id in (:ids) order by lower(obj.name), obj.id", {"ids": [1, 2]}, [("Alpha",), ("beta",)]),
        ("from Project as p where p.name = 'gamma'", {}, [("gamma",)]),
        ("select count(distinct obj) from Project obj left outer join obj.datasetLinks l", {}, [(3,)]),
        ("select count(*) from Screen", {}, [(0,)]),
        (
            "select new map(p.id as id, p.name as name, (select count(id) from "
            "ProjectDatasetLink pdl "
            "where pdl.parent=p.id) as childCount) from Project p where p.details.owner.id = "
            ":eid order by lower(p.name)",
            {"eid": 1}, [(2, "Alpha", 1), (1, "beta", 2)],
        ),
        (
            "select i.name from Image i where not exists (select l from DatasetImageLink as l "
            "where l.child=i.id)",
            {}, [("i3",)],
        ),
        ("select d from Dataset d join d.projectLinks l join l.parent p where p.id = :pid", {"pid": 1}, [("d0",), ("d1",)]),
        (
            "select a.id from ImageAnnotationLink l join l.child a where l.parent.id=:iid and "
            "a.ns=:ns",
            {"iid": 1, "ns": "n"}, [(1,)],
        ),
        ("select a.textValue from Annotation a where a.class = TagAnnotation", {}, [("good",)]),
        ("select a.textValue from Annotation a where type(a) = TagAnnotation", {}, [("good",)]),
        (
            "select sum(f.size), f.details.owner.id from OriginalFile f group by "
            "f.details.owner.id order by sum(f.size) desc",
            {}, [(30, 1), (5, 2)],
        ),
        ("select f.id from OriginalFile f where f.size is null", {}, [(4,)]),
        # Hibernate reads these as `is null` and `is not null`; SQL would find nothing.
        ("select f.id from OriginalFile f where f.size = null", {}, [(4,)]),
        ("select f.id from OriginalFile f where null = f.size", {}, [(4,)]),
        ("select f.id from OriginalFile f where f.size <> null order by f.id", {}, [(1,), (2,), (3,)]),
        ("select f.id from OriginalFile f where f.size != null and not f.size = null order by f.id", {}, [(1,), (2,), (3,)]),
        ("select i.id from Image i left outer join i.annotationLinks l left outer join l.child as a where a <> null", {}, [(1,), (1,)]),
        ("select f.id from OriginalFile f where f.size < null", {}, []),
        ("select f.id from OriginalFile f where not f.size > 10", {}, [(1,), (3,)]),
        ("select i.name from Image i where i.name like 'i%' and i.series between 1 and 2", {}, [("i1",), ("i2",)]),
        ("select i.name from Image i where i.series = 0 or (i.series > 2 and i.name in ('i3', 'x'))", {}, [("i0",), ("i3",)]),
        ("select case when i.series > 2 then 'late' else 'early' end from Image i where i.id in (3, 4)", {}, [("early",), ("late",)]),
        ("select coalesce(f.size, 0) + 1 from OriginalFile f where f.details.owner.omeName = 'bob'", {}, [(6,), (1,)]),
        ("select distinct l.parent.id from ProjectDatasetLink l order by l.parent.id desc", {}, [(2,), (1,)]),
        ("select d.name from Dataset d where d.id in (select l.child.id from ProjectDatasetLink l where l.parent.name = 'Alpha')", {}, [("d2",)]),
        ("select count(i.id), max(i.series) from Image i where i.id > 100", {}, [(0, None)]),
        ("select i.name, (select count(id) from DatasetImageLink o where o.parent=l.parent.id) from Image i left outer join i.datasetLinks l where i.id in (3, 4) order by i.id", {}, [("i2", 3), ("i3", 0)]),
        ("select p.name, l.id from Project p left join p.datasetLinks l with l.id > 2 order by p.id, l.id", {}, [("beta", None), ("Alpha", 3), ("gamma", None)]),
    ],
)  # fmt: skip
def test_shapes(store: Store, query: str, parameters: dict[str, Any], expected: list[Any]) -> None:
    assert ask(store, query, **parameters) == expected


def test_what_the_caller_may_not_see_is_in_no_part_of_a_query(store: Store) -> None:
    assert ask(store, "select p from Project p", hidden=1) == [("gamma",)]
    assert ask(store, "select count(l) from Image i left join i.datasetLinks l", hidden=1) == [(0,)]
    query = "select f.id from OriginalFile f where exists (select i from Image i)"
    assert ask(store, query, hidden=1) == []


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    before = {row.ref: dict(row.values) for row in store.everything()}
    project = store.get("Project", 1)

    def break_off() -> None:
        with store.transaction():
            store.update(project, name="changed")
            store.insert("Project", {"name": "new"}, owner=1, group=3)
            store.delete(store.get("Image", 4))
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        break_off()
    assert {row.ref: dict(row.values) for row in store.everything()} == before
