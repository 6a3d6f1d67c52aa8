"""What the image openmicroscopy/omero-server does before its server starts, done for the stand-in.

Configuration from files and variables, waiting for the database, first initialisation with
ROOTPASS, the folders below the data directory, the certificate. See `docs/server-image.md` for the
comparison.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg2

from omero_standin.binary.folder import MANAGED, REPOSITORIES
from omero_standin.kernel import Kernel
from omero_standin.model.persist import Database, PostgresKeeper

log = logging.getLogger(__name__)
DATABASE_WAIT_SECONDS: Final = 50
DATA_FOLDERS: Final = (
    "BioFormatsCache", "DropBox", "Files", "FullText", "ManagedRepository", "Pixels",
    "Thumbnails", "certs",
)  # fmt: skip


class CannotStart(Exception):
    """What is missing, and what to do; the process ends with this message."""


def database(config: Mapping[str, str]) -> Database:
    """The OMERO database of a configuration, with the defaults of the real server."""
    return Database(
        host=config.get("omero.db.host", "db"),
        port=int(config.get("omero.db.port", "5432")),
        name=config.get("omero.db.name", "omero"),
        user=config.get("omero.db.user", "omero"),
        password=config.get("omero.db.pass", "omero"),
    )


def connect(where: Database) -> PostgresKeeper:
    """Wait for the database, at most 50 seconds; a wrong password is not waited for."""
    until = time.monotonic() + DATABASE_WAIT_SECONDS
    target = f"database {where.name} on {where.host}:{where.port} as {where.user}"
    log.info("connecting to %s", target)
    while True:
        try:
            return PostgresKeeper(where)
        except psycopg2.OperationalError as error:
            reason = str(error).strip().splitlines()[-1]
            if "authentication failed" in reason or "does not exist" in reason:
                raise CannotStart(
                    f"{target}: {reason}. Check omero.db.user, omero.db.pass and omero.db.name; "
                    "the database keeps the "
                    "password it was created with"
                ) from error
            if time.monotonic() > until:
                raise CannotStart(
                    f"{target}: not reachable for {DATABASE_WAIT_SECONDS} s: {reason}"
                ) from error
            time.sleep(1)


def open_kernel(
    config: dict[str, str], root_password: str, load: Callable[[Kernel], None]
) -> Kernel:
    """A kernel on the rows of the database, which is initialised and loaded when it is empty."""
    keeper = connect(database(config))
    kept = keeper.kept()
    if kept is None:
        fresh = Kernel(config)
        fresh.fill([], root_password)
        load(fresh)
        keeper.initialise(fresh.store.everything())
        kept = fresh.store.everything()
        log.info("database initialised; the root password is the one of this first start")
    else:
        log.info("database holds %d objects; ROOTPASS is not used again", len(kept))
    mark_repositories(Path(config.get("omero.data.dir", "/OMERO")), keeper.uuid())
    kernel = Kernel(config, keeper)
    kernel.fill(kept, root_password)
    return kernel


def prepare_folders(data: Path, var: Path) -> None:
    """The folders that the real server makes; an error names the one that cannot be written."""
    for folder in (*(data / name for name in DATA_FOLDERS), var / "log", var / "tmp"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK):
                raise PermissionError(13, "not writable", str(folder))
        except OSError as error:
            raise CannotStart(
                f"{folder} cannot be written by uid {os.getuid()}: {error.strerror}. Give the "
                "volume to this user (fsGroup)"
            ) from error


def mark_repositories(data: Path, database: str) -> None:
    """What the real server leaves in each repository: its uuid, by the uuid of the database.

    `repo_uuid` is what Java's `writeUTF` writes: two bytes with the length, then the text
    (https://github.com/ome/omero-blitz, FileMaker).
    """
    for root, uuid in ((data, str(uuid4())), (data / MANAGED, REPOSITORIES[MANAGED])):
        file = root / ".omero" / "repository" / database / "repo_uuid"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(len(uuid).to_bytes(2, "big") + uuid.encode())
