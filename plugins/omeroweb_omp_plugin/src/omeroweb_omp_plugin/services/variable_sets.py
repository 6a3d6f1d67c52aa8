"""Variable sets: what a user calls the parts of names, for the next time and for colleagues."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints, model_validator

from omero_plugin_common.body import Body
from omero_plugin_common.errors import Conflict, Forbidden, NotFound
from omero_plugin_common.omero_api import users
from omeroweb_omp_plugin.services.reading import MOST_KEYS, Names, ReadingWithoutKeys
from omeroweb_omp_plugin.store import variable_sets as store
from omeroweb_omp_plugin.store.variable_sets import VariableSet

MOST_SETS: Final = 200
MOST_VARIABLES: Final = MOST_KEYS
_STRIPPED: Final = {"strip_whitespace": True, "min_length": 1}
SetName = Annotated[str, StringConstraints(max_length=100, **_STRIPPED)]
VariableName = Annotated[str, StringConstraints(max_length=255, **_STRIPPED)]


class Content(ReadingWithoutKeys):
    """What a set holds: a reading.

    Attributes:
        variables: keys of the pieces, in their order; an empty one is for a piece without a key.
        project: the project of OMERO that it belongs to: it is offered there first, and for no
            other.
    """

    variables: Names
    project: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Content:
        if not (any(map(str.strip, self.variables)) or self.constants or self.also):
            raise ValueError("a set needs at least one key")
        return self


class SaveSet(Body):
    """A set to store.

    Attributes:
        name: how the user calls it.
        content: what it holds.
        group: the group whose members may load it; nobody else may when absent.
        replaces: `updated` of the set of this name that the user has agreed to overwrite.
    """

    name: SetName
    content: Content
    group: Annotated[int, Field(ge=0)] | None = None
    replaces: datetime | None = None


class LoadSet(Body):
    """One's own set, or a colleague's by the id of its owner."""

    name: SetName
    owner: Annotated[int, Field(ge=0)] | None = None


class DeleteSet(Body):
    """One of one's own sets."""

    name: SetName


def list_sets(conn: Any, user_id: int) -> dict[str, Any]:
    """All sets that a user may load, and the groups to share with.

    Args:
        conn: the user's gateway.
        user_id: who asks.
    """
    groups = users.own_groups(conn)
    sets = store.visible(user_id, list(groups))
    owners = users.login_names(conn, {each.user_id for each in sets if each.user_id != user_id})
    return {
        "sets": [
            as_json(each, user_id, groups) | {"ownerName": owners.get(each.user_id)}
            for each in sets
        ],
        "groups": [{"id": id_, "name": name} for id_, name in groups.items()],
        "most": MOST_SETS,
    }


def save_set(conn: Any, user_id: int, wanted: SaveSet) -> dict[str, Any]:
    """Store a set. An existing one is overwritten only as the user has seen it.

    Raises:
        Conflict: `exists` with what to confirm, or `too_many`.
        Forbidden: the user is not in that group.
    """
    groups = users.own_groups(conn)
    if wanted.group is not None and wanted.group not in groups:
        raise Forbidden("You can share with groups that you are a member of")
    content = wanted.content.model_dump(mode="json")
    saved = store.save(
        user_id,
        wanted.name,
        content,
        wanted.group,
        most=MOST_SETS,
        replaces=wanted.replaces,
    )
    if saved is not None:
        return as_json(saved, user_id, groups)
    existing = store.find(user_id, wanted.name)
    if existing is not None:
        raise SetExists(existing)
    if wanted.replaces is not None:
        raise Conflict(
            f"The set {wanted.name!r} was deleted meanwhile. Save it again to create it",
            code="deleted",
        )
    raise Conflict(
        f"You have {MOST_SETS} variable sets, which is the limit. Delete one first",
        code="too_many",
    )


def load_set(conn: Any, user_id: int, wanted: LoadSet) -> dict[str, Any]:
    """A set of one's own, or one that is shared with a group of one's own.

    Raises:
        NotFound: there is none that this user may load.
    """
    owner = user_id if wanted.owner is None else wanted.owner
    groups = users.own_groups(conn)
    stored = store.find(owner, wanted.name)
    if stored is None or (owner != user_id and stored.group_id not in groups):
        raise NotFound(f"There is no variable set {wanted.name!r} that you may load")
    return as_json(stored, user_id, groups)


def delete_set(user_id: int, wanted: DeleteSet) -> dict[str, Any]:
    """Delete one of one's own.

    Raises:
        NotFound: there is none.
    """
    if not store.delete(user_id, wanted.name):
        raise NotFound(f"You have no variable set {wanted.name!r}")
    return {"deleted": wanted.name}


class SetExists(Conflict):
    """A set of this name is there: the user decides whether it is overwritten."""

    code = "exists"

    def __init__(self, existing: VariableSet) -> None:
        keys = sum(1 for key in existing.content["variables"] if key)
        super().__init__(
            f"You already have a set {existing.name!r} with {keys} key"
            f"{'' if keys == 1 else 's'}. Overwrite it?"
        )
        self._updated = existing.updated

    def as_json(self) -> dict[str, object]:
        """With what the page sends back when the user agrees."""
        return {**super().as_json(), "replaces": self._updated.isoformat()}


def as_json(one: VariableSet, user_id: int, groups: Mapping[int, str]) -> dict[str, Any]:
    """A set as pages get it."""
    shared = one.group_id
    return {
        "name": one.name,
        "owner": one.user_id,
        "own": one.user_id == user_id,
        "content": one.content,
        "group": None if shared is None else {"id": shared, "name": groups.get(shared)},
        "updated": one.updated.isoformat(),
    }
