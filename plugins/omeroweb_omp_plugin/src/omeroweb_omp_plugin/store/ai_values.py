"""What a model found in names, batch by batch, so that a resumed job asks for nothing twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from psycopg2.extras import Json

from omero_plugin_common import database
from omeroweb_omp_plugin.ai.answers import Row
from omeroweb_omp_plugin.ai.models import Usage


def save(job: UUID, batch: int, rows: Sequence[Row], usage: Usage) -> None:
    """Keep a batch; done twice, the first one stays."""
    content = Json([[row.name, row.values, row.problem] for row in rows])
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omp_ai_values (job, batch, found, input_tokens, output_tokens) "
            "values (%s, %s, %s, %s, %s) on conflict (job, batch) do nothing",
            (job, batch, content, usage.input, usage.output),
        )


def done(job: UUID) -> tuple[frozenset[int], Usage]:
    """The numbers of a job's batches that are there, and what they cost."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select batch, input_tokens, output_tokens from omp_ai_values where job = %s", (job,)
        )
        rows = cursor.fetchall()
    usage = Usage(
        sum(row["input_tokens"] for row in rows), sum(row["output_tokens"] for row in rows)
    )
    return frozenset(row["batch"] for row in rows), usage


def of_user(job: UUID, user_id: int) -> Iterator[Row]:
    """What a job of this user found, in the order of the names; nothing for others' jobs."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select found from omp_ai_values "
            "join omero_plugin_jobs on omero_plugin_jobs.id = omp_ai_values.job "
            "where job = %s and user_id = %s order by batch",
            (job, user_id),
        )
        batches = [row["found"] for row in cursor.fetchall()]
    for batch in batches:
        yield from (Row(name, values, problem) for name, values, problem in batch)
