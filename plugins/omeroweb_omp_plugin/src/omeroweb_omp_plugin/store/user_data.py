"""Deleting what the plugin stores about a user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from omero_plugin_common import database

Part = Literal[
    "apiKeys",
    "variableSets",
    "settings",
    "aiValues",
    "selections",
    "uploads",
    "written",
    "writtenValues",
    "jobs",
]
_STATEMENTS: Final[dict[Part, str]] = {
    "apiKeys": "delete from omp_ai_credentials where user_id = %s",
    "variableSets": "delete from omp_variable_sets where user_id = %s",
    "settings": "delete from omp_user_settings where user_id = %s",
    "aiValues": "delete from omp_ai_values using omero_plugin_jobs "
    "where omero_plugin_jobs.id = omp_ai_values.job and omero_plugin_jobs.user_id = %s",
    # Their previews go with them.
    "selections": "delete from omp_selections where user_id = %s",
    "uploads": "delete from omp_uploads where user_id = %s",
    "written": "delete from omp_written where user_id = %s",
    "writtenValues": "delete from omp_written_values where user_id = %s",
    # Their reports, logs and backups, and what undoing them needs, go with them.
    "jobs": "delete from omero_plugin_jobs where user_id = %s and plugin = 'omp' "
    "and finished is not null",
}
ALL: Final = tuple(_STATEMENTS)


def delete(user_id: int, parts: Sequence[Part]) -> dict[str, int]:
    """Delete parts of a user's data, all of them or nothing.

    Returns:
        How many rows there were of each part.
    """
    counts: dict[str, int] = {}
    with database.default().transaction() as cursor:
        for part in parts:
            cursor.execute(_STATEMENTS[part], (user_id,))
            counts[part] = cursor.rowcount
    return counts
