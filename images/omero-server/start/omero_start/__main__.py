"""`omero-start`: prepare, then run OMERO.server. `omero-start schema`: only its database.

The steps are in the order in which a wrong one does the least harm: nothing is written into the
database or the repository before both were seen to belong together.
"""

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from omero_start import certificate, configuration, programs, schema, server, settings, volume
from omero_start.database import Database
from omero_start.failure import CannotStart

# Of a server that has none.
_NO_LOCK = -1


def main() -> int:
    """Do what was asked, and leave the reason where the kubelet finds it."""
    what = sys.argv[1:] or ["all"]
    if what not in (["all"], ["schema"]):
        _say("usage: omero-start [all | schema]")
        return 2
    os.umask(0o002)
    try:
        return start(settings.from_environment(), only_schema=what == ["schema"])
    except CannotStart as error:
        _say(str(error))
        _leave(str(error))
        return 1


def start(site: settings.Settings, *, only_schema: bool) -> int:
    """The steps of a start; the last one ends with the server."""
    with tempfile.TemporaryDirectory(prefix="omero-start-") as folder:
        private = Path(folder)
        lines = configuration.site_lines(site.config_folder)
        given = configuration.values(lines)
        managed = configuration.managed_folder(site, given)
        database = Database(site, private)
        if site.read_only:
            lock = _NO_LOCK
            volume.folders(site.var)
            _check_repository(site, managed, database)
            _say(schema.look(site, database))
        else:
            volume.prepare(site.data, managed, site.var)
            lock = volume.hold(site.data, site.hold_seconds)
            _check_repository(site, managed, database)
            _say(schema.bring_up_to_date(site, database, private))
            if only_schema:
                return 0
            _clear_locks([site.data, managed], lock)
        made = certificate.prepare(site, private)
        _say(f"the certificate of port 4064 is valid until {made.expires}")
        for name, value in configuration.load(site, lines, made, private).items():
            _say(f"{name}={value}")
        for stale in ("master", "registry"):
            # What icegridnode left when it was killed; it makes both again.
            shutil.rmtree(site.var / stale, ignore_errors=True)
    _say("starting OMERO.server")
    return server.run(settings.without_secrets(os.environ), lock)


def _check_repository(site: settings.Settings, managed: Path, database: Database) -> None:
    """The same program as the operator's init container, for sites that run the image alone."""
    try:
        said = programs.run(
            ["check-repository"],
            "",
            OMERO_DB_HOST=site.database_host,
            OMERO_DB_PORT=str(site.database_port),
            OMERO_DB_NAME=site.database_name,
            OMERO_DB_USER=site.database_user,
            OMERO_DB_PASSWORD_FILE=str(database.password_file),
            OMERO_DATA_DIR=str(site.data),
            OMERO_MANAGED_DIR=str(managed),
        )
    except programs.ProgramFailed as error:
        raise CannotStart(error.said.removeprefix("check-repository: ")) from error
    sys.stdout.write(said)


def _clear_locks(roots: list[Path], lock: int) -> None:
    locks = volume.stale_locks(roots)
    if not locks:
        return
    names = ", ".join(map(str, locks))
    if lock < 0:
        _say(
            f"not removed, because this volume's file system has no locks and another server may "
            f"run: {names}. If none does, and imports do not start, delete them"
        )
        return
    volume.clear(locks)
    _say(f"removed locks of a server that was killed: {names}")


def _say(text: str) -> None:
    sys.stdout.write(f"omero-start: {text}\n")
    sys.stdout.flush()


def _leave(text: str) -> None:
    with suppress(OSError):
        # The kubelet keeps 4096 bytes of it.
        Path(os.environ.get("TERMINATION_LOG", "/dev/termination-log")).write_text(text[:2000])


if __name__ == "__main__":
    sys.exit(main())
