"""Projects, datasets and screens that a user may put images into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.model
from omero.rtypes import rstring, unwrap

from omero_plugin_common.omero_api import hql
from omero_plugin_common.omero_api.containers import COLUMNS, WHO, Container, container
from omero_plugin_common.string_utils import whole_number

Kind = Literal["Project", "Dataset", "Screen"]
# Rows of one call of OMERO.
PAGE: Final = 1000


def listed(
    conn: Any, kind: Kind, *, search: str = "", project: int | None = None, offset: int = 0
) -> Iterator[tuple[int, Container]]:
    """The containers that the user may link to, by name, each with where the list goes on.

    OMERO cannot select by permission, so the rows are read 1000 at a time and sorted out here.

    Args:
        conn: the user's gateway.
        kind: which.
        search: what the name contains, in upper or lower case; or an id.
        project: only datasets of this project.
        offset: rows that were seen before.
    """
    query, values = _query(kind, search, project)
    while True:
        window = hql.parameters(**values)
        window.page(offset, PAGE)
        lines = conn.getQueryService().projection(query, window, hql.context(conn))
        for line in lines:
            offset += 1
            one = container(kind, unwrap(line[0]))
            if one.link:
                yield offset, one
        if len(lines) < PAGE:
            return


def found(conn: Any, kind: Kind, id_: int) -> Container | None:
    """One container, which the user may see but perhaps not link to."""
    query = f"select new map({COLUMNS}) from {kind} c {WHO} where c.id = :id"  # noqa: S608
    rows = hql.maps(conn, query, id=id_)
    return container(kind, rows[0]) if rows else None


def projects_of(conn: Any, dataset: int) -> list[int]:
    """The ids of the projects that a dataset is in, the oldest link first."""
    query = "select l.parent.id from ProjectDatasetLink l where l.child.id = :id order by l.id"
    return [int(row[0]) for row in hql.rows(conn, query, id=dataset)]


def datasets_named(
    conn: Any, group: int, names: Sequence[str], project: int | None
) -> dict[str, Container]:
    """Datasets that have one of these names and that the user may link to, the oldest of each name.

    Args:
        conn: the user's gateway.
        group: they are in it.
        names: exactly as they are stored.
        project: they are in it; without one, they are the user's own and in no project.
    """
    values: dict[str, Any] = {"grp": group}
    if project is None:
        where = (
            "where not exists (select l.id from ProjectDatasetLink l where l.child.id = c.id) "
            "and o.id = :me"
        )
        values["me"] = int(conn.getUserId())
    else:
        where = (
            "where exists (select l.id from ProjectDatasetLink l where l.child.id = c.id "
            "and l.parent.id = :project)"
        )
        values["project"] = project
    query = (
        f"select new map({COLUMNS}) from Dataset c {WHO} {where} "  # noqa: S608
        "and g.id = :grp and c.name in (:names) order by c.id"
    )
    by_name: dict[str, Container] = {}
    for some in hql.batches(names):
        for row in hql.maps(conn, query, names=list(some), **values):
            one = container("Dataset", row)
            if one.link:
                by_name.setdefault(one.name, one)
    return by_name


def own_named(conn: Any, kind: Kind, group: int, name: str) -> int | None:
    """The user's own project or screen of this name in a group, the oldest; nothing if none is."""
    query = (
        f"select c.id from {kind} c where c.name = :name and c.details.owner.id = :me "  # noqa: S608
        "and c.details.group.id = :grp order by c.id"
    )
    rows = hql.rows(conn, query, name=name, me=int(conn.getUserId()), grp=group)
    return int(rows[0][0]) if rows else None


def create(conn: Any, kind: Kind, group: int, name: str, *, project: int | None = None) -> int:
    """Make a project, dataset or screen of the user; its id.

    Args:
        conn: the user's gateway.
        kind: which.
        group: in which group of OMERO.
        name: of the new one.
        project: for a dataset: the project that it is linked to, in the same call.
    """
    made = getattr(omero.model, f"{kind}I")()
    made.name = rstring(name)
    options = hql.context(conn, group)
    update = conn.getUpdateService()
    if project is None:
        return int(update.saveAndReturnObject(made, options).id.val)
    link = omero.model.ProjectDatasetLinkI()
    link.parent = omero.model.ProjectI(project, False)
    link.child = made
    return int(update.saveAndReturnObject(link, options).child.id.val)


def group_name(conn: Any, group: int) -> str | None:
    """The name of a group that the user may see; nothing when there is none."""
    query = "select g.name from ExperimenterGroup g where g.id = :id"
    rows = hql.rows(conn, query, id=group)
    return str(rows[0][0]) if rows else None


def _query(kind: Kind, search: str, project: int | None) -> tuple[str, dict[str, Any]]:
    wanted: list[str] = []
    values: dict[str, Any] = {}
    if project is not None:
        wanted.append(
            "exists (select l.id from ProjectDatasetLink l where l.child.id = c.id "
            "and l.parent.id = :project)"
        )
        values["project"] = project
    if search:
        by_id = whole_number(search)
        wanted.append("(lower(c.name) like :search" + (" or c.id = :id)" if by_id else ")"))
        values["search"] = f"%{_literal(search.lower())}%"
        if by_id:
            values["id"] = by_id
    where = f"where {' and '.join(wanted)} " if wanted else ""
    query = (
        f"select new map({COLUMNS}) from {kind} c {WHO} {where}"  # noqa: S608
        "order by lower(c.name), c.id"
    )
    return query, values


def _literal(text: str) -> str:
    """A text in which no character stands for others in `like`; PostgreSQL escapes by backslash."""
    for special in "\\%_":
        text = text.replace(special, f"\\{special}")
    return text
