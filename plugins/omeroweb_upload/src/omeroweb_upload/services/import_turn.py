"""Imports are fair: one at a time for each user, and only so many on a site."""

from __future__ import annotations

from typing import Final

from omero_plugin_common.jobs import JobContext, JobWaits
from omeroweb_upload import configuration

# Numbers that nothing else locks in the plugin database.
_USER: Final = 0x0611B0
_PLACE: Final = 0x0611B1


def take_turn(running: JobContext) -> None:
    """Take one of the site's places for imports, or go on with it, if it is this user's turn.

    Between two parts of an import it is asked again: a large one lets other users' imports go
    first every now and then.

    Raises:
        JobWaits: the user has another import that runs, or all places are taken.
        JobCancelled, LeaseLost: see `JobContext.check`.
    """
    running.give_way()
    user = _USER << 31 | running.job.user_id % 2**31
    places = configuration.imports()
    # Not all users begin to look at the same place.
    first = running.job.user_id % places
    for number in range(places):
        try:
            running.take_turn([user, _PLACE << 31 | (first + number) % places])
        except JobWaits:
            if number == places - 1:
                raise
        else:
            return
