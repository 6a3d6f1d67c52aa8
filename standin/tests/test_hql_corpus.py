"""Every query in the installed OMERO packages can be read, and names what the model has."""

from __future__ import annotations

from typing import Any, Final

import omero.gateway  # noqa: F401 - registers OMERO's model classes
import pytest

import hql_corpus
from omero_standin.hql.evaluate import Evaluation
from omero_standin.model.store import Row, Store

FOUND: Final = list(hql_corpus.queries())
# What cannot be read, and why that is right.
UNREADABLE: Final = {
    "omero/plugins/fs.py:667": "the first half of a text that the program puts together",
    "omero/util/script_utils.py:1220": "`orderby` in one word: the real server refuses it, too",
}
# What clients send that is in no installed package: the platform's own plugins, ezomero,
# omero-metadata and omero-rdf.
OTHERS: Final = (
    "select mv.name, mv.value from MapAnnotation a join a.mapValue mv where a.id = :aid",
    "select a.id from ImageAnnotationLink l join l.child a where l.parent.id = :iid and a.ns = :ns",
    "select l.id from ImageAnnotationLink l where l.child.id = :aid",
    "select sum(f.size), f.details.owner.id, f.details.group.id from OriginalFile f "
    "group by f.details.owner.id, f.details.group.id",
    "select i.id from Image i join i.fileset fs join fs.usedFiles u where u.clientPath = :path",
    "SELECT link FROM ImageAnnotationLink AS link JOIN FETCH link.parent "
    "JOIN FETCH link.child AS ann WHERE ann.ns IN (:nss) AND ann.class = MapAnnotation",
    "select i from Image i left outer join fetch i.annotationLinks il "
    "left outer join fetch il.child where i.id in (:ids)",
    "select d from Dataset d left outer join fetch d.annotationLinks dal "
    "left outer join fetch dal.child left outer join fetch d.imageLinks dil "
    "left outer join fetch dil.child where d.id = :id",
    "select obj from ome.model.core.Image obj where obj.class = ome.model.core.Image",
    "select e.id from Experimenter e "
    "where e.id in (select distinct i.details.owner.id from Image i)",
    "select count(distinct i.id), year(i.acquisitionDate) from Image i "
    "group by year(i.acquisitionDate)",
)  # fmt: skip


class AnyValue(dict[str, Any]):
    """Has a value for each parameter."""

    def __contains__(self, key: object) -> bool:
        """Always."""
        return True

    def __getitem__(self, key: str) -> Any:
        """One."""
        return 1


class Everything:
    """Sees every row."""

    def sees(self, _row: Row) -> bool:
        """Yes."""
        return True


def run(text: str) -> None:
    """Read a query and run it on no rows: each path is checked against the model."""
    Evaluation(Store(), text).run(Everything(), AnyValue())


def test_there_are_queries_to_read() -> None:
    assert len(FOUND) > 250
    assert set(UNREADABLE) <= {each.place for each in FOUND}


@pytest.mark.parametrize("found", FOUND, ids=[each.place for each in FOUND])
def test_it_can_be_read_and_names_what_is_there(found: hql_corpus.Found) -> None:
    if found.place in UNREADABLE:
        with pytest.raises(Exception, match="cannot read the query"):
            run(found.text)
    else:
        run(found.text)


@pytest.mark.parametrize("text", OTHERS)
def test_what_others_send(text: str) -> None:
    """It is read as a query with sources and items of its own, and finds nothing in nothing."""
    evaluation = Evaluation(Store(), text)
    assert evaluation.query.sources
    assert len(evaluation.query.items) == text.lower().split(" from ")[0].count(",") + 1
    assert evaluation.run(Everything(), AnyValue()) == []
