"""Rows in the OMERO database, so that accounts and the root password outlive a pod.

The stand-in has two tables of its own and a `dbpatch` like the real server's. A database with a
`dbpatch` but without the stand-in's tables belongs to a real OMERO.server: it is refused, never
touched.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Final

import psycopg2
import psycopg2.extensions

from omero_standin.model.store import Ref, Row

SCHEMA: Final = ("OMERO5.4", 0)
_TABLES: Final = """
create table dbpatch (
    id serial primary key, currentversion varchar(255) not null, currentpatch int not null,
    previousversion varchar(255) not null, previouspatch int not null, finished timestamp, message
    varchar(255) ); create table standin_object (kind text not null, id bigint not null, body jsonb
    not null, primary key (kind, id));
"""


class NotOurs(Exception):
    """The database is a real OMERO.server's."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where the OMERO database is."""

    host: str
    port: int
    name: str
    user: str
    password: str

    def connect(self) -> psycopg2.extensions.connection:
        """A new connection."""
        return psycopg2.connect(
            host=self.host,
            port=self.port,
            dbname=self.name,
            user=self.user,
            password=self.password,
            connect_timeout=5,
            application_name="omero-standin",
        )


class PostgresKeeper:
    """Writes committed rows; reconnects once when the database was restarted in between."""

    def __init__(self, database: Database) -> None:
        """Connect; the caller has waited until that works."""
        self._database = database
        self._connection = database.connect()

    def kept(self) -> list[Row] | None:
        """The rows of an earlier start, or `None` for an empty database."""
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute(
                "select to_regclass('dbpatch') is not null, to_regclass('standin_object') is not "
                "null"
            )
            patched, ours = cursor.fetchone() or (False, False)
            if patched and not ours:
                raise NotOurs(
                    f"the database {self._database.name} on {self._database.host} belongs to a "
                    "real OMERO.server: "
                    "the OMERO stand-in does not touch it; give it an empty database"
                )
            if not patched:
                return None
            cursor.execute("select kind, id, body from standin_object order by kind, id")
            return [_row(kind, row_id, body) for kind, row_id, body in cursor.fetchall()]

    def initialise(self, rows: list[Row]) -> None:
        """Make the tables and write the first rows, in one transaction."""
        version, patch = SCHEMA
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute(_TABLES)
            _write(cursor, rows, [])
            cursor.execute(
                "insert into dbpatch (currentversion, currentpatch, previousversion, "
                "previouspatch, finished, message)"
                " values (%s, %s, %s, %s, now(), 'Database ready (OMERO stand-in).')",
                (version, patch, version, patch),
            )

    def write(self, changed: list[Row], deleted: list[Ref]) -> None:
        """Write one transaction."""
        try:
            self._write(changed, deleted)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            self._connection.close()
            self._connection = self._database.connect()
            self._write(changed, deleted)

    def _write(self, changed: list[Row], deleted: list[Ref]) -> None:
        with self._connection, self._connection.cursor() as cursor:
            _write(cursor, changed, deleted)


def _write(cursor: Any, changed: list[Row], deleted: list[Ref]) -> None:
    for row in changed:
        cursor.execute(
            "insert into standin_object (kind, id, body) values (%s, %s, %s)"
            " on conflict (kind, id) do update set body = excluded.body",
            (row.kind, row.id, json.dumps(_body(row))),
        )
    for ref in deleted:
        cursor.execute("delete from standin_object where kind = %s and id = %s", (ref.kind, ref.id))


def _body(row: Row) -> dict[str, Any]:
    return {
        "values": {name: _kept(value) for name, value in row.values.items()},
        "owner": row.owner,
        "group": row.group,
        "time": row.time,
        "secret": row.secret,
        "version": row.version,
        "created": row.created,
        "updated": row.updated,
    }


def _kept(value: Any) -> Any:
    """A value as JSON; what JSON does not know is named by its key."""
    if isinstance(value, Ref):
        return {"ref": list(value)}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    return value


def _found(kept: Any) -> Any:
    match kept:
        case {"ref": [kind, row_id]}:
            return Ref(kind, row_id)
        case {"bytes": text}:
            return base64.b64decode(text)
    return kept


def _row(kind: str, row_id: int, body: dict[str, Any]) -> Row:
    values = {name: _found(kept) for name, kept in body["values"].items()}
    # Databases of the first stand-in know neither versions nor events.
    return Row(
        kind,
        row_id,
        values,
        body["owner"],
        body["group"],
        body["time"],
        body["secret"],
        body.get("version", 0),
        body.get("created", 0),
        body.get("updated", 0),
    )
