"""What a model found in names, batch by batch, so that a resumed job asks for nothing twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from psycopg2.extras import Json

from omero_plugin_common import database
from omeroweb_omp_plugin.ai.answers import Row
from omeroweb_omp_plugin.ai.models import Usage

# The number of the batch with what a job took over from earlier ones.
TAKEN_OVER: Final = -1


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


def known(job: UUID) -> list[Row] | None:
    """What a job took over from earlier ones; nothing before it has done so."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select found from omp_ai_values where job = %s and batch = %s", (job, TAKEN_OVER)
        )
        row = cursor.fetchone()
    return None if row is None else [Row(*each) for each in row["found"]]


def asked_alike(user_id: int, kind: str, question: Mapping[str, Any]) -> Iterator[tuple[UUID, Row]]:
    """What the same model found for a user when it looked for the same keys, the newest first.

    Args:
        user_id: whose jobs.
        kind: of the jobs.
        question: `provider`, `model` and `variables`.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "select job, found from omp_ai_values "
            "join omero_plugin_jobs on omero_plugin_jobs.id = omp_ai_values.job "
            "where user_id = %(user)s and kind = %(kind)s "
            "and parameters->>'provider' = %(provider)s and parameters->>'model' = %(model)s "
            "and parameters->'variables' @> %(variables)s "
            "and parameters->'variables' <@ %(variables)s order by created desc, batch",
            {
                "user": user_id,
                "kind": kind,
                "provider": question["provider"],
                "model": question["model"],
                "variables": Json(list(question["variables"])),
            },
        )
        batches = cursor.fetchall()
    for each in batches:
        yield from ((each["job"], Row(*row)) for row in each["found"])


def of_names(user_id: int, names: Collection[str]) -> Iterator[Row]:
    """All that models ever found for a user in these names."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select found from omp_ai_values "
            "join omero_plugin_jobs on omero_plugin_jobs.id = omp_ai_values.job "
            "where user_id = %s",
            (user_id,),
        )
        batches = cursor.fetchall()
    for each in batches:
        yield from (Row(*row) for row in each["found"] if row[0] in names)


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
