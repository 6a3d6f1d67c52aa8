"""Variable sets: what a user calls the parts of names, for the next time and for colleagues."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from omero_plugin_common.errors import Conflict, Forbidden, NotFound
from omero_plugin_common.web import Body
from omeroweb_omp_plugin.store import variable_sets as store
from omeroweb_omp_plugin.store.variable_sets import VariableSet

MOST_SETS: Final = 200
MOST_VARIABLES: Final = 100
_STRIPPED: Final = {"strip_whitespace": True, "min_length": 1}
SetName = Annotated[str, StringConstraints(max_length=100, **_STRIPPED)]
VariableName = Annotated[str, StringConstraints(max_length=255, **_STRIPPED)]


class Content(Body):
    """What a set holds: the parser's settings.

    Attributes:
        mode: how names are taken apart.
        pattern: what the mode says.
        variables: names of the parts, in their order.
    """

    mode: Literal["detect", "separators", "regex"]
    pattern: Annotated[str, Field(max_length=2_000)] = ""
    variables: Annotated[tuple[VariableName, ...], Field(min_length=1, max_length=MOST_VARIABLES)]


class ToSave(Body):
    """A set to keep.

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


class ToLoad(Body):
    """One's own set, or a colleague's by the id of its owner."""

    name: SetName
    owner: Annotated[int, Field(ge=0)] | None = None


class ToDelete(Body):
    """One of one's own sets."""

    name: SetName


def list_sets(
    user_id: int,
    groups: Mapping[int, str],
    names_of: Callable[[Collection[int]], Mapping[int, str]],
) -> dict[str, Any]:
    """All sets that a user may load, and the groups to share with.

    Args:
        user_id: who asks.
        groups: those that the user is a member of.
        names_of: gives the login names of users.
    """
    found = store.visible(user_id, list(groups))
    people = names_of({each.user_id for each in found if each.user_id != user_id})
    return {
        "sets": [
            as_json(each, user_id, groups) | {"ownerName": people.get(each.user_id)}
            for each in found
        ],
        "groups": [{"id": id_, "name": name} for id_, name in groups.items()],
        "most": MOST_SETS,
    }


def save_set(user_id: int, wanted: ToSave, groups: Mapping[int, str]) -> dict[str, Any]:
    """Keep a set. An existing one is overwritten only as the user has seen it.

    Raises:
        Conflict: `exists` with what to confirm, or `too_many`.
        Forbidden: the user is not in that group.
    """
    if wanted.group is not None and wanted.group not in groups:
        raise Forbidden("You can share with groups that you are a member of")
    content = wanted.content.model_dump(mode="json")
    kept = store.save(
        user_id,
        wanted.name,
        content,
        wanted.group,
        most=MOST_SETS,
        replaces=wanted.replaces,
    )
    if kept is not None:
        return as_json(kept, user_id, groups)
    there = store.find(user_id, wanted.name)
    if there is not None:
        raise SetExists(there)
    if wanted.replaces is not None:
        raise Conflict(
            f"The set {wanted.name!r} was deleted meanwhile. Save it again to create it",
            code="deleted",
        )
    raise Conflict(
        f"You have {MOST_SETS} variable sets, which is the limit. Delete one first",
        code="too_many",
    )


def load_set(user_id: int, wanted: ToLoad, groups: Mapping[int, str]) -> dict[str, Any]:
    """A set of one's own, or one that is shared with a group of one's own.

    Raises:
        NotFound: there is none that this user may load.
    """
    owner = user_id if wanted.owner is None else wanted.owner
    found = store.find(owner, wanted.name)
    if found is None or (owner != user_id and found.group_id not in groups):
        raise NotFound(f"There is no variable set {wanted.name!r} that you may load")
    return as_json(found, user_id, groups)


def delete_set(user_id: int, wanted: ToDelete) -> dict[str, Any]:
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

    def __init__(self, there: VariableSet) -> None:
        variables = len(there.content["variables"])
        super().__init__(
            f"You already have a set {there.name!r} with {variables} variable"
            f"{'' if variables == 1 else 's'}, saved on {there.updated:%Y-%m-%d %H:%M} "
            "UTC. Overwrite it?"
        )
        self._updated = there.updated

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
