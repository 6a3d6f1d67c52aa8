"""Whether the quota of a group of OMERO has room for an upload."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from omero_plugin_common import quotas
from omero_plugin_common.quotas import count, store
from omero_plugin_common.quotas.model import Group
from omero_plugin_common.sudo import service_session
from omeroweb_upload.store import uploads
from omeroweb_upload.store.uploads import Upload

# Between two counts of a group while something is imported into it.
_SECONDS: Final = 60.0


def for_upload(group_id: int, name: str) -> quotas.Room | None:
    """What a group has room for, besides the uploads of all users that are running.

    Args:
        group_id: where the images would go.
        name: of the group.

    Returns:
        Nothing where the group has no limit.
    """
    return quotas.room(Group(group_id, name), promised=uploads.promised_to(group_id))


@contextmanager
def reserved(group_id: int, name: str, wanted: int) -> Iterator[None]:
    """A block that stores an upload of so many bytes: of two at the same time, both are counted.

    Raises:
        OverQuota: the group has no room for it.
    """
    with quotas.one_at_a_time(group_id):
        room = for_upload(group_id, name)
        if room is not None:
            room.check(wanted)
        yield


class DuringImport:
    """Whether a group still has room while files are imported into it: it is counted again."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self._checked: float | None = None

    def check(self) -> None:
        """See that what is left of the upload has room; counts at most once a minute.

        Other uploads are not counted here: of two, the one that is imported first has the room.

        Raises:
            OverQuota: it has none.
            Unavailable: OMERO.server cannot be asked.
        """
        group_id, now = self._upload.group_id, time.monotonic()
        if self._checked is not None and now - self._checked < _SECONDS:
            return
        self._checked = now
        if not store.limits([group_id]):
            return
        with service_session() as conn:
            group, used = count.count(conn, group_id)
        room = quotas.room(group, used=used)
        if room is not None:
            room.check(uploads.left_to_import(self._upload.id))
