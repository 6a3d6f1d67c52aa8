"""A step whose images have many sets of pairs."""

from __future__ import annotations

import pytest

from omero_plugin_common.omero_api import hql
from omeroweb_omp_plugin.omero_api import remove as removing
from omeroweb_omp_plugin.omero_api.remove import Linked, remove
from omp_lab import Lab


def test_many_sets_are_looked_up_in_parts(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the sets is on an image that keeps it."""
    images = lab.images("notes")[:3]
    sets = [lab.annotate("ada", [image], {"number": str(at)}) for image in images for at in "1234"]
    shared = lab.annotate("ada", images[:2], {"number": "shared"})
    conn = lab.user("ada")
    going = [
        Linked(image, each.link, each.annotation, each.deletable)
        for image, some in lab.sets(images[:1]).items()
        for each in some
    ]
    asked: list[int] = []
    rows = hql.rows

    def counted(conn: object, query: str, **values: list[int]) -> list[list[object]]:
        asked.append(sum(map(len, values.values())))
        return rows(conn, query, **values)

    monkeypatch.setattr(removing.hql, "rows", counted)
    monkeypatch.setattr(hql, "IDS", 4)
    assert len(going) == 5
    assert remove(conn, going) == {}
    assert asked == [4, 4, 2]
    left = {each.annotation for some in lab.sets(images).values() for each in some}
    assert left == {*sets[4:], shared}
