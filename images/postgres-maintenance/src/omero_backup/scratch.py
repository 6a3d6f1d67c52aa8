"""A PostgreSQL server of this program's own, to try a dump in; the site's is not touched."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from omero_backup import processes
from omero_backup.errors import BackupError
from omero_backup.settings import Database

_SETTINGS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=")


@contextmanager
def server(folder: Path) -> Iterator[Database]:
    """A running server with the empty database `scratch`; deleted at the end.

    Args:
        folder: Where it is made; nothing may be there that is needed.

    Raises:
        BackupError: It does not start.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    data, errors = folder / "data", folder / "errors"
    environment = _environment(folder)
    locale = ["--locale=C", "--encoding=UTF8"]
    initdb = ["initdb", "-D", str(data), "-U", "scratch", "--auth=trust", "--no-sync", *locale]
    with processes.started(initdb, errors, environment=environment) as made:
        made.communicate()
    if made.returncode:
        raise BackupError(f"no scratch database: {processes.last_words(errors)}")
    options = [word for each in _SETTINGS for word in ("-c", each)]
    command = ["postgres", "-D", str(data), "-k", str(folder), *options]
    with processes.started(
        command, errors, environment=environment, stdout=subprocess.DEVNULL
    ) as running:
        try:
            _wait(folder, running, errors, environment)
            yield Database("scratch", str(folder), 5432, "scratch", "scratch", "")
        finally:
            running.kill()
            running.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _wait(
    folder: Path,
    running: subprocess.Popen[bytes],
    errors: Path,
    environment: Mapping[str, str],
) -> None:
    command = ["createdb", "--no-password", "-h", str(folder), "-U", "scratch", "scratch"]
    for _ in range(600):
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        if done.returncode == 0:
            return
        if running.poll() is not None:
            break
        time.sleep(0.1)
    raise BackupError(f"the scratch database does not start: {processes.last_words(errors)}")


def _environment(folder: Path) -> Mapping[str, str]:
    """PostgreSQL runs as nobody whom the system has no name for; a library gives it one."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        (folder / "passwd").write_text(f"scratch:x:{os.geteuid()}:{os.getegid()}::/tmp:/bin/sh\n")
        (folder / "group").write_text(f"scratch:x:{os.getegid()}:\n")
        kept |= {
            "LD_PRELOAD": "libnss_wrapper.so",
            "NSS_WRAPPER_PASSWD": str(folder / "passwd"),
            "NSS_WRAPPER_GROUP": str(folder / "group"),
        }
    return kept
