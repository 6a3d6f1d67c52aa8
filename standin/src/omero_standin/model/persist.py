"""Rows in the OMERO database, so that accounts and the root password outlive a pod.

The stand-in has a table of its own, and a `dbpatch` and a `configuration` like the real server's. A
database with a `dbpatch` but without the stand-in's table belongs to a real OMERO.server: it is
refused, never touched.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Final

import psycopg2
import psycopg2.extensions
from psycopg2.extras import execute_values

from omero_standin.model.store import Ref, Row

SCHEMA: Final = ("OMERO5.4", 0)
_TABLES: Final = """
create table dbpatch (
    id serial primary key, currentversion varchar(255) not null, currentpatch int not null,
    previousversion varchar(255) not null, previouspatch int not null, finished timestamp, message
    varchar(255) ); create table standin_object (kind text not null, id bigint not null, body jsonb
    not null, primary key (kind, id));
"""
# What programs beside the server look at, under the real server's names; databases of earlier
# stand-ins get it, too. The uuid is also the name of a folder in each repository.
_LOOKED_AT: Final = """
create table if not exists configuration (name varchar(255) primary key, value text);
insert into configuration values ('omero.db.uuid', gen_random_uuid()::text) on conflict do nothing;
create table if not exists password (experimenter_id bigint primary key, hash text);
insert into password values (0, null) on conflict do nothing;
create or replace view pixels as select id from standin_object where kind = 'Pixels';
create or replace view originalfile as select id, body -> 'values' ->> 'repo' as repo,
    body -> 'values' ->> 'mimetype' as mimetype from standin_object where kind = 'OriginalFile';
"""
# Who restores a site writes root's password where the real server keeps it, as MD5. The stand-in
# takes it from there when it starts, once: it keeps its own hashes with the accounts.
_TAKE_PASSWORDS: Final = """
update standin_object set body = jsonb_set(body, '{secret}', to_jsonb('md5$' || hash))
    from password where kind = 'Experimenter' and id = experimenter_id and hash is not null;
update password set hash = null where hash is not null;
"""
_ROWS_OF_A_STATEMENT: Final = 500


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
                    "the OMERO stand-in does not change it; use an empty database"
                )
            if not patched:
                return None
            cursor.execute(_LOOKED_AT)
            cursor.execute(_TAKE_PASSWORDS)
            cursor.execute("select kind, id, body from standin_object order by kind, id")
            return [_row(kind, row_id, body) for kind, row_id, body in cursor.fetchall()]

    def initialise(self, rows: list[Row]) -> None:
        """Make the tables and write the first rows, in one transaction."""
        version, patch = SCHEMA
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute(_TABLES + _LOOKED_AT)
            _write(cursor, rows, [])
            cursor.execute(
                "insert into dbpatch (currentversion, currentpatch, previousversion, "
                "previouspatch, finished, message)"
                " values (%s, %s, %s, %s, now(), 'Database ready (OMERO stand-in).')",
                (version, patch, version, patch),
            )

    def uuid(self) -> str:
        """The database's own name for itself."""
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute("select value from configuration where name = 'omero.db.uuid'")
            (uuid,) = cursor.fetchone() or ("",)
            return str(uuid)

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
    # An import changes sixty rows: many in a statement, not a round trip for each.
    execute_values(
        cursor,
        "insert into standin_object (kind, id, body) values %s"
        " on conflict (kind, id) do update set body = excluded.body",
        [(row.kind, row.id, json.dumps(_body(row))) for row in changed],
        page_size=_ROWS_OF_A_STATEMENT,
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
