"""Plans of queries: they look up instead of searching, and change no answer."""

# ruff: noqa: E501 - a query is read best on one line
from __future__ import annotations

import random
from collections import Counter
from typing import Any, Final

import omero.gateway
import pytest

from omero_standin.hql import compiled, edges, plan
from omero_standin.hql.evaluate import Evaluation
from omero_standin.hql.values import key
from omero_standin.model.store import Row, Store

IMAGES: Final = 60


class Somebody:
    """Sees what is not of user 9."""

    def sees(self, row: Row) -> bool:
        """Whether the row exists for this caller."""
        return row.owner != 9


def data(seed: int) -> Store:
    """A small site, at random."""
    chance = random.Random(seed)
    store = Store()

    def put(kind: str, **values: Any) -> Row:
        owner = chance.choice((1, 1, 2, 9)) if kind != "Experimenter" else 0
        return store.insert(kind, values, owner=owner, group=chance.choice((3, 4)))

    for name in ("root", "ada", "bob"):
        put("Experimenter", omeName=name, firstName=name.title())
    kinds = [
        put("PixelsType", value=value, bitSize=bits)
        for value, bits in (("uint8", 8), ("uint16", 16))
    ]
    projects = [put("Project", name=f"p{at % 3}") for at in range(5)]
    datasets = [put("Dataset", name=f"d{at}") for at in range(8)]
    filesets = [put("Fileset", templatePrefix=f"f{at}") for at in range(6)]
    tags = [
        put("TagAnnotation", textValue=f"t{at}", ns=chance.choice((None, "a", "b")))
        for at in range(5)
    ]
    maps = [
        put("MapAnnotation", ns="kv", mapValue=[("k", str(at % 3)), ("l", "x")]) for at in range(5)
    ]
    images = []
    for at in range(IMAGES):
        values: dict[str, Any] = {"name": f"i{at % 7}", "series": at}
        if chance.random() < 0.6:
            values["fileset"] = chance.choice(filesets).ref
        image = put("Image", **values)
        images.append(image)
        pixels = put(
            "Pixels", image=image.ref, sizeX=at, sizeY=2, pixelsType=chance.choice(kinds).ref
        )
        for _ in range(chance.randint(0, 3)):
            put("Channel", pixels=pixels.ref)
    for parents, children, link in (
        (projects, datasets, "ProjectDatasetLink"),
        (datasets, images, "DatasetImageLink"),
        (images, tags + maps, "ImageAnnotationLink"),
        (tags, tags, "AnnotationAnnotationLink"),
    ):
        for _ in range(len(children)):
            put(link, parent=chance.choice(parents).ref, child=chance.choice(children).ref)
    plate = put("Plate", name="plate")
    for at in range(6):
        well = put("Well", plate=plate.ref, row=at // 3, column=at % 3)
        for _ in range(2):
            put("WellSample", well=well.ref, image=chance.choice(images).ref)
    return store


QUERIES: Final = (
    "select i from Image i join i.datasetLinks l join l.parent d where d.id = :id",
    "select i.id, d.id, p.id from Image i left outer join i.datasetLinks l left outer join l.parent d left outer join d.projectLinks pl left outer join pl.parent p where i.id in (:ids)",
    "select i.id from Image i left outer join i.datasetLinks l join l.parent d where d.name = :name",
    "select d.id, (select count(l.id) from DatasetImageLink l where l.parent = d.id) from Dataset d",
    "select i.id from Image i where not exists (select l from DatasetImageLink l where l.child = i.id) and i.details.owner.id = :id",
    "select i.id from Image i where i.id in (select l.child.id from DatasetImageLink l where l.parent.id = :id)",
    "select i.id from Image i where i.id not in (select l.child.id from DatasetImageLink l)",
    "select i.id, mv.name, mv.value from Image i join i.annotationLinks l join l.child a join a.mapValue mv where mv.value = :text",
    "select a.id from ImageAnnotationLink l join l.child a where a.class = MapAnnotation and l.parent.id in (:ids)",
    "select count(distinct i.id), t.textValue from ImageAnnotationLink l join l.parent i, TagAnnotation t where l.child = t group by t.textValue",
    "select t.value, sum(p.sizeX * p.sizeY * t.bitSize / 8) from Pixels p join p.pixelsType t join p.image i left join i.fileset f where f is null group by t.value",
    "select i.id from Image i, WellSample ws where ws.image = i and ws.well.plate.id = 1",
    "select w.id, index(ws), ws.image.id from Well w left join w.wellSamples ws where w.plate.id = 1",
    "select w.row, max(index(ws)) from Well w join w.wellSamples ws group by w.row having count(ws) > 1",
    "select p.id, c.id from Pixels p left outer join p.channels c with c.id > :id",
    "select i.id, i.fileset.id from Image i",
    "select i.id, i.fileset.templatePrefix from Image i",
    "select i.id from Image i where i.fileset.templatePrefix = 'f1' or i.id < 5",
    "select i.id from Image i left join i.fileset f where f.templatePrefix = 'f1' or i.id < 5",
    "select t.id from TagAnnotation t where t.ns is null or t.ns = :ns",
    "select l.id from DatasetImageLink l where l.parent.id = :id and l.child.name like 'i%' and l.details.owner.omeName = :name",
    "select d.id, o.omeName from Dataset d join d.details.owner o where o.id = :id",
    "select p.id from Project p where p.name = :name or exists (select l from ProjectDatasetLink l where l.parent = p and l.child.id = :id)",
    "select distinct d.id, i.id from Dataset d join d.imageLinks l join l.child i join i.annotationLinks al join al.child a where a.id = :id",
    "select a.id, b.id from TagAnnotation a join a.annotationLinks l join l.child b where l.parent.id = :id or l.child.id = :id",
    "select i.id from Image i left join i.datasetLinks l where l is null",
    "select count(*) from Image i where i.details.group.id = :id and i.series between 3 and 30",
)  # fmt: skip


def parameters(chance: random.Random) -> dict[str, Any]:
    """Values for all names."""
    return {
        "id": chance.randint(1, 6),
        "ids": [chance.randint(1, IMAGES) for _ in range(5)],
        "name": chance.choice(("p1", "d1", "ada")),
        "text": str(chance.randint(0, 2)),
        "ns": chance.choice("ab"),
    }


def answer(store: Store, text: str, given: dict[str, Any]) -> Counter[Any]:
    """The lines of an answer, in any order."""
    lines = Evaluation(store, text).run(Somebody(), given)
    return Counter(tuple(key(value) for value in line.values) for line in lines)


@pytest.mark.parametrize("text", QUERIES)
def test_a_plan_answers_as_the_plain_order_does(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain order: each source whole and in its place, each join forwards, then the condition."""
    chance = random.Random(text)
    cases = [(data(seed), parameters(chance)) for seed in range(4)]
    planned = [answer(store, text, given) for store, given in cases]
    monkeypatch.setattr(plan.Planner, "_usable", lambda *_: False)
    monkeypatch.setattr(edges.Edge, "short", property(lambda _: False))
    monkeypatch.setattr(edges.Edge, "idle", property(lambda _: False))
    monkeypatch.setattr(compiled._Compiler, "_require", lambda *_: None)
    assert [answer(store, text, given) for store, given in cases] == planned
    assert any(planned)


class Everybody:
    """Sees every row."""

    def sees(self, _row: Row) -> bool:
        """Whether the row exists for this caller."""
        return True


@pytest.mark.parametrize("text", QUERIES)
def test_a_second_run_knows_nothing_of_the_first(text: str) -> None:
    """A query is compiled once; parameters, caller and rows are those of each run."""
    chance = random.Random(text)
    store = data(1)
    kept = Evaluation(store, text)
    for view in (Somebody(), Everybody(), Somebody()):
        given = parameters(chance)
        fresh = Evaluation(store, text).run(view, given)
        assert [line.values for line in kept.run(view, given)] == [line.values for line in fresh]
        for image in store.rows("Image")[::3]:
            store.update(image, name=f"i{chance.randrange(9)}", series=chance.randrange(60))


def test_a_parameter_without_a_value_is_named_in_each_run() -> None:
    kept = Evaluation(data(1), "select i.id from Image i where i.id = :id and i.name = :name")
    assert kept.run(Everybody(), {"id": 1, "name": "nothing is called so"}) == []
    with pytest.raises(omero.QueryException) as told:
        kept.run(Everybody(), {"id": 1})
    assert ":name" in told.value.message


class Searched(Exception):
    """A whole type was gone through."""


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("select i from Image i where i.id = :id", {"id": 3}),
        ("select i from Image i where i.id in (:ids)", {"ids": [1, 2]}),
        ("select i from Image i join fetch i.details.owner where i.details.owner.id = :id order by lower(i.name)", {"id": 2}),
        ("select i.id from Image i where i.details.group.id = :id", {"id": 3}),
        ("select i from Image i join i.datasetLinks l join l.parent d where d.id = :id", {"id": 1}),
        ("select l.child.id from DatasetImageLink l where l.parent.id = :id", {"id": 1}),
        ("select l from ImageAnnotationLink l join fetch l.child a where l.parent.id = 4", {}),
        ("select l.parent.id from ImageAnnotationLink l where l.child.id in (:ids)", {"ids": [1, 2]}),
        ("select i.id from Image i where exists (select l from DatasetImageLink l where l.child = i.id) and i.id = 4", {}),
        ("select i.id from Image i where i.id in (select l.child.id from DatasetImageLink l where l.parent.id = 2)", {}),
        ("select i.id from Image i left outer join i.datasetLinks l left outer join l.parent d where d.id = :id", {"id": 1}),
        ("select w.id from Well w join w.wellSamples ws join ws.image i where i.id = :id", {"id": 1}),
        ("select r.id from Roi r, DatasetImageLink l where l.child = r.image and l.parent.id = :id", {"id": 1}),
        ("select p.id from Pixels p where p.image.id = :id", {"id": 1}),
        ("select t from TagAnnotation t where t.textValue = :text", {"text": "t1"}),
        ("select f.id from Fileset f join f.images i where i.id in (:ids)", {"ids": [1, 2]}),
        ("select a.ns from Annotation a join a.annotationLinks l where l.child.id = :id", {"id": 1}),
    ],
)  # fmt: skip
def test_what_is_named_is_looked_up(
    text: str, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = data(1)
    expected = answer(store, text, given)

    def searched(_store: Store, kind: str) -> list[Row]:
        raise Searched(kind)

    monkeypatch.setattr(Store, "rows", searched)
    assert answer(store, text, given) == expected


def test_the_test_would_see_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    def searched(_store: Store, kind: str) -> list[Row]:
        raise Searched(kind)

    monkeypatch.setattr(Store, "rows", searched)
    with pytest.raises(Searched):
        answer(data(1), "select i from Image i where i.series > 3", {})
