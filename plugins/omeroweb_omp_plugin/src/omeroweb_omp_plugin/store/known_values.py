"""What OMERO knew of the images of a selection when the user asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from omero_plugin_common import database
from omero_plugin_common.database.packed import pack, unpack


def save(selection: UUID, kind: str, texts: Sequence[str]) -> None:
    """Store a text for each image, in the order of the selection.

    Raises:
        psycopg2.IntegrityError: the selection was deleted meanwhile.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "insert into omp_known_values (selection, kind, texts) values (%s, %s, %s) "
            "on conflict (selection, kind) do update set texts = excluded.texts",
            (selection, kind, pack(list(texts))),
        )


def kinds(selection: UUID) -> set[str]:
    """What is stored of a selection."""
    with database.default().transaction() as cursor:
        cursor.execute("select kind from omp_known_values where selection = %s", (selection,))
        return {row["kind"] for row in cursor.fetchall()}


def load(selection: UUID, wanted: Sequence[str]) -> dict[str, list[str]]:
    """The texts of these kinds, as far as they are stored."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select kind, texts from omp_known_values where selection = %s and kind = any(%s)",
            (selection, list(wanted)),
        )
        return {row["kind"]: unpack(row["texts"]) for row in cursor.fetchall()}
