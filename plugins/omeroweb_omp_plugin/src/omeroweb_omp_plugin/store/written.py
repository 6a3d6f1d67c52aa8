"""How names were read, and which values users gave, when images were last written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg2.extras import execute_values

from omero_plugin_common import database
from omero_plugin_common.database.packed import pack, unpack
from omeroweb_omp_plugin.planning.ticks import Ticks
from omeroweb_omp_plugin.store.previews import Overrides


@dataclass(frozen=True, slots=True)
class Written:
    """The newest write to one of some containers.

    Attributes:
        user_id: who wrote.
        reading: mode, pattern and names that the user asked for.
        written: when.
    """

    user_id: int
    reading: dict[str, Any]
    written: datetime


def save(
    user_id: int,
    containers: Sequence[str],
    reading: dict[str, Any],
    images: Sequence[int],
    given: Overrides,
    ticks: Ticks,
) -> None:
    """Keep what was written, in the place of what was written before to the same.

    Args:
        user_id: who wrote.
        containers: such as `Dataset:7`.
        reading: mode, pattern and names that the user asked for.
        images: ids of all of the selection.
        given: values that the user gave, by image and variable.
        ticks: images that the user decided to write or not.
    """
    # In one order for all: two jobs that end at the same time must not wait for each other.
    decided = sorted(given.keys() | ticks.keys())
    rows = [(one, user_id, pack(given.get(one, {})), ticks.get(one)) for one in decided]
    places = [(each, user_id, json.dumps(reading)) for each in sorted(containers)]
    with database.default().transaction() as cursor:
        execute_values(
            cursor,
            "insert into omp_written (container, user_id, reading) values %s "
            "on conflict (container) do update set user_id = excluded.user_id, "
            "reading = excluded.reading, written = now()",
            places,
        )
        cursor.execute(
            "delete from omp_written_values where image = any(%s) and not image = any(%s)",
            (list(images), decided),
        )
        execute_values(
            cursor,
            "insert into omp_written_values (image, user_id, given, ticked) values %s "
            "on conflict (image) do update set user_id = excluded.user_id, "
            "given = excluded.given, ticked = excluded.ticked",
            rows,
        )


def newest(containers: Sequence[str]) -> Written | None:
    """The newest write to one of these containers."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select user_id, reading, written from omp_written where container = any(%s) "
            "order by written desc limit 1",
            (list(containers),),
        )
        row = cursor.fetchone()
    return Written(row["user_id"], row["reading"], row["written"]) if row else None


def given_to(images: Sequence[int]) -> tuple[Overrides, Ticks]:
    """The values that users gave to images when these were last written, and their ticks."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select image, given, ticked from omp_written_values where image = any(%s)",
            (list(images),),
        )
        rows = cursor.fetchall()
    given = {row["image"]: unpack(row["given"]) for row in rows}
    ticks = {row["image"]: row["ticked"] for row in rows if row["ticked"] is not None}
    return {image: values for image, values in given.items() if values}, ticks
