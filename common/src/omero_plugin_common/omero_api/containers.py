"""Projects, datasets, screens and plates: the columns of a query, and what a row says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["Project", "Dataset", "Screen", "Plate"]
# Of a query `select new map(COLUMNS) from … c WHO …`.
COLUMNS: Final = (
    "c.id as id, c.name as name, o.id as owner, o.omeName as login, o.firstName as first, "
    "o.lastName as last, g.id as grp, g.name as group_name, c as c_details_permissions"
)
WHO: Final = "join c.details.owner o join c.details.group g"


@dataclass(frozen=True, slots=True)
class Container:
    """A project, dataset, screen or plate that the user may see.

    Attributes:
        kind: which of them.
        id: its id.
        name: its name.
        owner_id: id of its owner.
        owner: the owner's name.
        group_id: id of its group.
        group: name of its group.
        link: whether the user may put images or datasets into it.
        annotate: whether the user may annotate it.
        edit: whether the user may change it.
    """

    kind: Kind
    id: int
    name: str
    owner_id: int
    owner: str
    group_id: int
    group: str
    link: bool
    annotate: bool
    edit: bool


def container(kind: Kind, row: Mapping[str, Any]) -> Container:
    """What a row with these columns says.

    Args:
        kind: of the object.
        row: from `hql.maps`.
    """
    may = row["c_details_permissions"]
    return Container(
        kind=kind,
        id=int(row["id"]),
        name=row["name"] or "",
        owner_id=int(row["owner"]),
        owner=f"{row['first'] or ''} {row['last'] or ''}".strip() or row["login"],
        group_id=int(row["grp"]),
        group=row["group_name"],
        link=bool(may.get("canLink")),
        annotate=bool(may.get("canAnnotate")),
        edit=bool(may.get("canEdit")),
    )
