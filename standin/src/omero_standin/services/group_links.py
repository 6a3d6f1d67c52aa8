"""Links between the data of different users, which a private group cannot have."""

from __future__ import annotations

from omero_standin.call import Call
from omero_standin.model import relations
from omero_standin.model.store import Row


def mixed_links(call: Call, group: Row) -> list[Row]:
    """The links of a group whose ends have different owners."""
    return [
        link
        for kind in relations.links()
        for link in call.store.rows(kind.kind)
        if link.group == group.id
        and call.store.get(*link.values["parent"]).owner
        != call.store.get(*link.values["child"]).owner
    ]
