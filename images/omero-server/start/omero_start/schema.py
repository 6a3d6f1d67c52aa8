"""Whether the database is new, current, older or newer than this OMERO: decided by looking at it.

OMERO writes each schema into the table `dbpatch`; what this OMERO needs is in
`etc/omero.properties`, and how to get there in `sql/psql/TO/FROM.sql`.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from omero_start import programs
from omero_start.database import Database
from omero_start.failure import CannotStart
from omero_start.settings import Settings

_NAME = re.compile(r"OMERO(\d+)\.(\d+)(DEV)?__(\d+)")
_TABLES = """
    select count(*) filter (where c.relname = 'dbpatch'), count(*)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
      and n.nspname not like 'pg\\_%'
"""
_CURRENT = "select currentversion || '__' || currentpatch from dbpatch order by id desc limit 1"


def bring_up_to_date(settings: Settings, database: Database, private: Path) -> str:
    """Make a new database OMERO's, upgrade an older one when that is allowed, leave a current one.

    Args:
        settings: The site.
        database: Its database.
        private: A folder that only this user can read.

    Returns:
        What was done, for the log.

    Raises:
        CannotStart: For a database that this OMERO must not touch; nothing was changed in it.
    """
    wanted = wanted_schema(settings.home)
    ((has_patches, tables),) = database.ask(_TABLES)
    if has_patches == "0":
        if tables != "0":
            raise CannotStart(
                f"{database} has {tables} tables, and none of OMERO's (dbpatch is missing). "
                "Nothing was changed. Use an empty database, or the one that OMERO has used"
            )
        _initialise(settings, database, wanted, private)
        return f"{database} is new: schema {wanted}"
    rows = database.ask(_CURRENT)
    present = rows[0][0] if rows else ""
    if present == wanted:
        return f"{database} has schema {wanted}"
    if _order(present, database) > _order(wanted, database):
        raise CannotStart(
            f"{database} has schema {present}, which is newer than {wanted} of this OMERO.server. "
            "Nothing was changed. Use the image that upgraded it, or restore the backup of before"
        )
    scripts = _scripts(settings.home, present, wanted, database)
    if not settings.may_upgrade:
        raise CannotStart(
            f"{database} has schema {present}, and this OMERO.server needs {wanted}. Nothing was "
            "changed: an upgrade cannot be undone. Make a backup, then allow it "
            "(OMERO_DB_UPGRADE=allow), or use the image of before"
        )
    for script in scripts:
        database.apply(script, f"{database} could not be upgraded by {script.name}")
    now = database.ask(_CURRENT)[0][0]
    if now != wanted:
        raise CannotStart(
            f"{database} has schema {now} after its upgrade to {wanted}. Restore the backup "
            "of before"
        )
    return f"{database} was upgraded from {present} to {wanted}"


def look(settings: Settings, database: Database) -> str:
    """Whether a database has the schema that this OMERO needs; nothing is changed.

    Returns:
        What was seen, for the log.

    Raises:
        CannotStart: It has another one, or none.
    """
    wanted = wanted_schema(settings.home)
    ((has_patches, _),) = database.ask(_TABLES)
    rows = database.ask(_CURRENT) if has_patches != "0" else []
    present = rows[0][0] if rows else "none"
    if present != wanted:
        raise CannotStart(
            f"{database} has schema {present}, and this OMERO.server needs {wanted}. A read-only "
            "server waits until the server that may change the database has done so"
        )
    return f"{database} has schema {wanted}"


def wanted_schema(home: Path) -> str:
    """The schema of this OMERO.server, for example `OMERO5.4__0`."""
    properties = _properties(home / "etc" / "omero.properties")
    try:
        return f"{properties['omero.db.version']}__{properties['omero.db.patch']}"
    except KeyError as error:
        raise CannotStart(
            f"{home}/etc/omero.properties has no {error}: no OMERO.server that can be started"
        ) from error


def password_hash(password: str, user: int = 0) -> str:
    """A password as OMERO stores it (`PasswordUtil` of omero-server): salted MD5 in base64."""
    salted = user.to_bytes(8, "big") + password.encode()
    return base64.b64encode(hashlib.md5(salted, usedforsecurity=False).digest()).decode()


def _initialise(settings: Settings, database: Database, wanted: str, private: Path) -> None:
    """Apply OMERO's own script.

    `omero db script` hands the password of root to a Java program as an argument. It gets a random
    one, whose hash is then replaced in the script; where that hash is not found, this OMERO hashes
    in another way, and nothing is done.
    """
    if not settings.root_password.strip():
        raise CannotStart(
            f"{database} is new, and ROOTPASS, the password for OMERO's root user, is not set"
        )
    version, patch = wanted.split("__")
    script, passing = private / "schema.sql", secrets.token_hex(16)
    programs.run(
        [
            *("omero", "db", "script", "--version", version, "--patch", patch),
            *("--password", passing, "--file", str(script)),
        ],
        "the script for a new database could not be made",
    )
    text = script.read_text(encoding="utf-8")
    if text.count(password_hash(passing)) != 1:
        raise CannotStart(
            "the script of `omero db script` does not have the password's hash where it is "
            "expected: this version of OMERO.server is not supported. Nothing was changed"
        )
    script.write_text(
        text.replace(password_hash(passing), password_hash(settings.root_password)),
        encoding="utf-8",
    )
    database.apply(script, f"{database} could not be initialised")
    script.unlink()


def _order(schema: str, database: Database) -> tuple[int, int, bool, int]:
    """Schemas in their order; a development version comes before its release."""
    found = _NAME.fullmatch(schema)
    if not found:
        raise CannotStart(
            f"{database} has an unknown schema {schema!r} in its table dbpatch. Nothing was changed"
        )
    return int(found[1]), int(found[2]), not found[3], int(found[4])


def _scripts(home: Path, present: str, wanted: str, database: Database) -> list[Path]:
    """The shortest way of upgrade scripts from one schema to another."""
    folder = home / "sql" / "psql"
    ways: dict[str, list[Path]] = {present: []}
    waiting = [present]
    while waiting:
        here = waiting.pop(0)
        if here == wanted:
            return ways[here]
        for script in sorted(folder.glob(f"OMERO*/{here}.sql")):
            there = script.parent.name
            if there not in ways:
                ways[there] = [*ways[here], script]
                waiting.append(there)
    raise CannotStart(
        f"{database} has schema {present}, and this OMERO.server has no upgrade from it to "
        f"{wanted}. Nothing was changed. Upgrade by an OMERO.server in between"
    )


def _properties(path: Path) -> Mapping[str, str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise CannotStart(f"{path} cannot be read: {error.strerror}") from error
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}
