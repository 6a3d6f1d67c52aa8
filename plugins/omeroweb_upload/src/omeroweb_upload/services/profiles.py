"""Profiles: targets and settings that are used again, by oneself or by a group."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from omero_plugin_common.body import Body
from omero_plugin_common.errors import Conflict, Forbidden, NotFound
from omero_plugin_common.omero_api import users
from omeroweb_upload.planning.settings import StoredSettings
from omeroweb_upload.store import profiles as store
from omeroweb_upload.store.profiles import Profile

MOST_PROFILES: Final = 200
ProfileName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class SaveProfile(Body):
    """A profile to store.

    Attributes:
        name: how the user calls it.
        content: target and settings, as in the body of `start/`.
        group: the group whose members may load it; nobody else may when it is left out.
        replaces: `updated` of the profile of this name that the user has agreed to overwrite.
    """

    name: ProfileName
    content: StoredSettings
    group: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    replaces: datetime | None = None


class LoadProfile(Body):
    """One's own profile, or a colleague's by the id of its owner."""

    name: ProfileName
    owner: Annotated[int, Field(ge=0, lt=2**63)] | None = None


class DeleteProfile(Body):
    """One of one's own profiles."""

    name: ProfileName


def list_profiles(conn: Any, user_id: int) -> dict[str, Any]:
    """All profiles that a user may load, and the groups to share with."""
    groups = users.own_groups(conn)
    found = store.visible(user_id, list(groups))
    owners = users.login_names(conn, {each.user_id for each in found if each.user_id != user_id})
    return {
        "profiles": [
            _as_json(each, user_id, groups) | {"owner_name": owners.get(each.user_id)}
            for each in found
        ],
        "groups": [{"id": id_, "name": name} for id_, name in groups.items()],
        "most": MOST_PROFILES,
    }


def save_profile(conn: Any, user_id: int, wanted: SaveProfile) -> dict[str, Any]:
    """Store a profile. An existing one is overwritten only as the user has seen it.

    Raises:
        Conflict: `exists` with what to confirm, `deleted` or `too_many`.
        Forbidden: the user is not in that group.
    """
    groups = users.own_groups(conn)
    if wanted.group is not None and wanted.group not in groups:
        raise Forbidden("You can share a profile with groups that you are a member of")
    saved = store.save(
        user_id,
        wanted.name,
        wanted.content.model_dump(mode="json"),
        wanted.group,
        most=MOST_PROFILES,
        replaces=wanted.replaces,
    )
    if saved is not None:
        return _as_json(saved, user_id, groups)
    existing = store.find(user_id, wanted.name)
    if existing is not None:
        raise ProfileExists(existing)
    if wanted.replaces is not None:
        raise Conflict(
            f"The profile {wanted.name!r} was deleted meanwhile. Save it again to create it",
            code="deleted",
        )
    raise Conflict(
        f"You have {MOST_PROFILES} profiles, which is the limit. Delete one first",
        code="too_many",
    )


def load_profile(conn: Any, user_id: int, wanted: LoadProfile) -> dict[str, Any]:
    """A profile of one's own, or one that is shared with a group of one's own.

    Raises:
        NotFound: there is none that this user may load.
    """
    owner = user_id if wanted.owner is None else wanted.owner
    groups = users.own_groups(conn)
    stored = store.find(owner, wanted.name)
    if stored is None or (owner != user_id and stored.group_id not in groups):
        raise NotFound(f"There is no profile {wanted.name!r} that you may load")
    return _as_json(stored, user_id, groups)


def delete_profile(user_id: int, wanted: DeleteProfile) -> dict[str, Any]:
    """Delete one of one's own.

    Raises:
        NotFound: there is none.
    """
    if not store.delete(user_id, wanted.name):
        raise NotFound(f"You have no profile {wanted.name!r}")
    return {"deleted": wanted.name}


class ProfileExists(Conflict):
    """A profile of this name is there: the user decides whether it is overwritten."""

    code = "exists"

    def __init__(self, existing: Profile) -> None:
        super().__init__(f"You already have a profile {existing.name!r}. Overwrite it?")
        self._updated = existing.updated

    def as_json(self) -> dict[str, object]:
        """With what the page sends back when the user agrees."""
        return {**super().as_json(), "replaces": self._updated.isoformat()}


def _as_json(one: Profile, user_id: int, groups: Mapping[int, str]) -> dict[str, Any]:
    shared = one.group_id
    return {
        "name": one.name,
        "owner": one.user_id,
        "own": one.user_id == user_id,
        "content": one.content,
        "group": None if shared is None else {"id": shared, "name": groups.get(shared)},
        "updated": one.updated.isoformat(),
    }
