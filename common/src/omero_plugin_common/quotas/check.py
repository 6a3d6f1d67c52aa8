"""Whether a group has room for more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from omero_plugin_common import database
from omero_plugin_common.errors import Conflict
from omero_plugin_common.quotas import store
from omero_plugin_common.quotas.model import NEARLY, Group
from omero_plugin_common.string_utils import bytes_in_words

CODE: Final = "over_quota"
# First part of the locks' numbers, which nothing else in the plugin database uses.
_LOCKS: Final = 0x0611C0


class OverQuota(Conflict):
    """A group may not have that many bytes."""

    code = CODE


@dataclass(frozen=True, slots=True)
class Room:
    """What a group with a limit has room for.

    Attributes:
        group: which.
        limit: bytes that it may have.
        used: bytes that it has, as far as they were counted.
        promised: bytes that are on their way to it.
    """

    group: Group
    limit: int
    used: int
    promised: int = 0

    def problem(self, wanted: int) -> str:
        """Why so many more bytes have no room, and what to do; empty when they have.

        Nothing more always has room, also where the limit has been lowered below what is used.
        """
        if not wanted or self.used + self.promised + wanted <= self.limit:
            return ""
        return (
            f"The group {self.group.name} may have {bytes_in_words(self.limit)} in OMERO: "
            f"{self._taken()}, and this needs {bytes_in_words(wanted)}. Delete what the group no "
            "longer needs, choose another group, or ask the administrators of this site for more"
        )

    def warning(self, wanted: int) -> str:
        """What should be said of so many more bytes that have room; empty when there is plenty."""
        after = self.used + self.promised + wanted
        if after < self.limit * NEARLY:
            return ""
        return (
            f"The group {self.group.name} will have used {100 * after // self.limit} % of the "
            f"{bytes_in_words(self.limit)} that it may have in OMERO: {self._taken()}, and this "
            f"needs {bytes_in_words(wanted)}"
        )

    def check(self, wanted: int) -> None:
        """See that so many more bytes have room.

        Raises:
            OverQuota: they have not.
        """
        if problem := self.problem(wanted):
            raise OverQuota(problem)

    def _taken(self) -> str:
        taken = f"{bytes_in_words(self.used)} are used"
        if not self.promised:
            return taken
        return f"{taken}, {bytes_in_words(self.promised)} are on their way in other uploads"


def room(group: Group, *, promised: int = 0, used: int | None = None) -> Room | None:
    """What a group has room for; nothing where it has no limit.

    Args:
        group: which.
        promised: bytes that are on their way to it.
        used: bytes that it has, from a count of this moment; the last stored count when not given,
            and nothing for a group that was never counted: an import counts again.
    """
    limit = store.limits([group.id]).get(group.id)
    if limit is None:
        return None
    if used is None:
        counted = store.usage([group.id]).get(group.id)
        used = counted.bytes if counted else 0
    return Room(group, limit, used, promised)


@contextmanager
def one_at_a_time(group_id: int) -> Iterator[None]:
    """Until the end of the block, no other process promises bytes to this group."""
    with database.default().transaction() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", (_LOCKS << 32 | group_id % 2**32,))
        yield
