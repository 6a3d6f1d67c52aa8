"""Who may list, save, load and delete settings that have a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from omero_plugin_common.errors import Conflict, Forbidden, NotFound
from omero_plugin_common.named_settings.bodies import DeleteNamed, LoadNamed, SaveNamed
from omero_plugin_common.named_settings.table import Named, Table
from omero_plugin_common.omero_api import users


def _no_more(_content: Mapping[str, Any]) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class NamedSettings:
    """One kind of such settings, for instance the profiles of a plugin.

    Attributes:
        table: where they are.
        one: what users call one of them.
        many: what they call several; also the key of the list in answers.
        most: how many a user may have.
        owner_key: the key of a colleague's login name in answers.
        described: what the question before overwriting says of the content, after the name.
    """

    table: Table
    one: str
    many: str
    most: int = 200
    owner_key: str = "owner_name"
    described: Callable[[Mapping[str, Any]], str] = _no_more

    def listed(self, conn: Any, user_id: int) -> dict[str, Any]:
        """All that a user may load, and the groups to share with.

        Args:
            conn: the user's gateway.
            user_id: who asks.
        """
        groups = users.own_groups(conn)
        found = self.table.visible(user_id, list(groups))
        return {
            self.many: self.with_owners(conn, user_id, found, groups),
            "groups": [{"id": id_, "name": name} for id_, name in groups.items()],
            "most": self.most,
        }

    def with_owners(
        self, conn: Any, user_id: int, found: Iterable[Named], groups: Mapping[int, str]
    ) -> list[dict[str, Any]]:
        """Settings as pages get them, with the login name of each colleague.

        Args:
            conn: the user's gateway.
            user_id: who asks.
            found: the settings.
            groups: names of the user's groups.
        """
        found = list(found)
        owners = users.login_names(conn, {each.user_id for each in found} - {user_id})
        return [
            _as_json(each, user_id, groups) | {self.owner_key: owners.get(each.user_id)}
            for each in found
        ]

    def save(self, conn: Any, user_id: int, wanted: SaveNamed) -> dict[str, Any]:
        """Store settings. Existing ones are overwritten only as the user has seen them.

        Raises:
            Conflict: `exists` with what to confirm, `deleted` or `too_many`.
            Forbidden: the user is not in that group.
        """
        groups = users.own_groups(conn)
        if wanted.group is not None and wanted.group not in groups:
            raise Forbidden(f"You can share a {self.one} with groups that you are a member of")
        saved = self.table.save(
            user_id,
            wanted.name,
            wanted.content.model_dump(mode="json"),
            wanted.group,
            most=self.most,
            replaces=wanted.replaces,
        )
        if saved is None:
            raise self._why_not(user_id, wanted)
        return _as_json(saved, user_id, groups)

    def load(self, conn: Any, user_id: int, wanted: LoadNamed) -> dict[str, Any]:
        """Settings of one's own, or such as are shared with a group of one's own.

        Raises:
            NotFound: there are none that this user may load.
        """
        owner = user_id if wanted.owner is None else wanted.owner
        groups = users.own_groups(conn)
        stored = self.table.find(owner, wanted.name)
        if stored is None or (owner != user_id and stored.group_id not in groups):
            raise NotFound(f"There is no {self.one} {wanted.name!r} that you may load")
        return _as_json(stored, user_id, groups)

    def delete(self, user_id: int, wanted: DeleteNamed) -> dict[str, Any]:
        """Delete settings of one's own.

        Raises:
            NotFound: there are none.
        """
        if not self.table.delete(user_id, wanted.name):
            raise NotFound(f"You have no {self.one} {wanted.name!r}")
        return {"deleted": wanted.name}

    def _why_not(self, user_id: int, wanted: SaveNamed) -> Conflict:
        """Why the table did not accept settings."""
        existing = self.table.find(user_id, wanted.name)
        if existing is not None:
            return _Exists(
                f"You already have a {self.one} {existing.name!r}"
                f"{self.described(existing.content)}. Overwrite it?",
                existing,
            )
        if wanted.replaces is not None:
            return Conflict(
                f"The {self.one} {wanted.name!r} was deleted meanwhile. Save it again to create it",
                code="deleted",
            )
        return Conflict(
            f"You have {self.most} {self.many}, which is the limit. Delete one first",
            code="too_many",
        )


class _Exists(Conflict):
    """There are settings of this name: the user decides whether they are overwritten."""

    code = "exists"

    def __init__(self, message: str, existing: Named) -> None:
        super().__init__(message)
        self._updated = existing.updated

    def as_json(self) -> dict[str, object]:
        """With what the page sends back when the user agrees."""
        return {**super().as_json(), "replaces": self._updated.isoformat()}


def _as_json(one: Named, user_id: int, groups: Mapping[int, str]) -> dict[str, Any]:
    shared = one.group_id
    return {
        "name": one.name,
        "owner": one.user_id,
        "own": one.user_id == user_id,
        "content": one.content,
        "group": None if shared is None else {"id": shared, "name": groups.get(shared)},
        "updated": one.updated.isoformat(),
    }
