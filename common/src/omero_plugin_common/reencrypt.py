"""`python -m omero_plugin_common.reencrypt`: put every stored secret under the newest key.

It can be stopped and run again at any time, and while the site runs: a secret that a user changes
meanwhile stays as the user wrote it. Afterwards the old keys may be removed, if it says that
nothing was unreadable.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

import psycopg2
from psycopg2 import sql

from omero_plugin_common import database, plugin_packages, secret_box
from omero_plugin_common.database import Database
from omero_plugin_common.env_utils import EnvironmentProblem
from omero_plugin_common.errors import Unavailable
from omero_plugin_common.secret_box import CannotDecrypt, EncryptedColumn, SecretBox

_BATCH: Final = 500


@dataclass(slots=True)
class Count:
    """How many secrets of a column were in which condition."""

    rotated: int = 0
    current: int = 0
    unreadable: int = 0


def reencrypt(base: Database, box: SecretBox, column: EncryptedColumn) -> Count:
    """Put one column's secrets under the newest key, in batches.

    Args:
        base: the plugin database.
        box: the site's keys.
        column: where the secrets are.

    Raises:
        psycopg2.Error: the database does not answer, or has no such column.
    """
    names = {
        "table": sql.Identifier(column.table),
        "key": sql.Identifier(column.key),
        "column": sql.Identifier(column.column),
    }
    select = sql.SQL(
        "select {key} as key, {column} as token from {table} where {column} is not null "
        "and (%(last)s::text is null or {key}::text > %(last)s) "
        "order by {key}::text limit %(batch)s"
    ).format(**names)
    # Only what is still as it was read: a user may have stored a new secret in between.
    update = sql.SQL("update {table} set {column} = %s where {key} = %s and {column} = %s").format(
        **names
    )
    count, last = Count(), None
    while True:
        with base.transaction() as cursor:
            cursor.execute(select, {"last": last, "batch": _BATCH})
            rows = cursor.fetchall()
            for row in rows:
                if box.is_current(row["token"]):
                    count.current += 1
                    continue
                try:
                    token = box.rotate(row["token"])
                except CannotDecrypt:
                    count.unreadable += 1
                    continue
                cursor.execute(update, (token, row["key"], row["token"]))
                count.rotated += cursor.rowcount
        if len(rows) < _BATCH:
            return count
        last = str(rows[-1]["key"])


def main() -> int:
    """Do it for every declared column; 1 when a secret cannot be read with any key."""
    unreadable = 0
    try:
        plugin_packages.load_jobs()
        base, box = database.default(), secret_box.default()
        for column in secret_box.columns():
            count = reencrypt(base, box, column)
            unreadable += count.unreadable
            sys.stdout.write(
                f"{column.table}.{column.column}: {count.rotated} re-encrypted with the newest "
                f"key, {count.current} already used it, {count.unreadable} unreadable\n"
            )
    except (EnvironmentProblem, Unavailable, psycopg2.Error) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 1 if unreadable else 0


if __name__ == "__main__":
    sys.exit(main())
