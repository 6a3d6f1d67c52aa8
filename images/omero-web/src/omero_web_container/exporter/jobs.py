"""How many jobs of each kind are in which state, from the plugin database: one grouped query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, get_args

from prometheus_client.core import Metric

from omero_plugin_common import database
from omero_plugin_common.jobs.model import State
from omero_web_container.exporter.source import Failed, Figure

JOBS: Final = Figure(
    "omero_jobs",
    "Jobs in the plugin database by kind and state; ended ones are deleted after some weeks.",
    ("kind", "state"),
)
STATES: Final[tuple[str, ...]] = get_args(State)
_COUNT: Final = "select kind, state, count(*) as number from omero_plugin_jobs group by kind, state"


def read() -> Sequence[Metric]:
    """Count them.

    Raises:
        Failed: there are no jobs' tables yet.
        psycopg2.Error, Unavailable: the database does not answer.
    """
    pool = database.default()
    with pool.transaction() as cursor:
        cursor.execute("select 1 where to_regclass('omero_plugin_jobs') is not null")
        if cursor.fetchone() is None:
            raise Failed("the plugin database has no jobs yet: the first worker makes their tables")
        cursor.execute(_COUNT)
        rows = [(row["kind"], row["state"], row["number"]) for row in cursor.fetchall()]
    return [family(rows)]


def family(rows: Iterable[tuple[str, str, int]]) -> Metric:
    """The metric: of a kind that is known, every state has a number.

    Args:
        rows: kind, state and number.
    """
    numbers = {(kind, state): number for kind, state, number in rows}
    kinds = sorted({kind for kind, _ in numbers})
    return JOBS.by({(k, state): numbers.get((k, state), 0) for k in kinds for state in STATES})
