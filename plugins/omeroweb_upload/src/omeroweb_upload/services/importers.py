"""Which importer an upload gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from omero_plugin_common.errors import Unavailable
from omero_plugin_common.jobs import JobFailed
from omero_plugin_common.sudo import user_session
from omeroweb_upload import configuration
from omeroweb_upload.bio_formats import Description, Unread
from omeroweb_upload.import_drivers import ImportDriver, Options, command_line
from omeroweb_upload.import_drivers.command_line import CommandLineImport, Login
from omeroweb_upload.import_drivers.java import Java, TookTooLong
from omeroweb_upload.import_drivers.native import NativeImport
from omeroweb_upload.omero_api import filesets
from omeroweb_upload.store.uploads import Upload

_NO_COMMAND = (
    "This site has no OMERO import client, which is needed to {what}. Choose the automatic "
    "importer, or ask its administrator for an image with OMERO's Java client"
)
_NOT_IN_PLACE = (
    "Files may not stay where they are on this site (spec.web.uploads.inPlace): choose the upload"
)


def importer(upload: Upload, conn: Any, *, readers_known: bool) -> ImportDriver:
    """The importer of an upload.

    Args:
        upload: with what the user chose.
        conn: a gateway of the user, in the upload's group.
        readers_known: whether Bio-Formats has said which reader each file needs.

    Raises:
        JobFailed: this site does not have what the user chose.
    """
    chosen = upload.settings.settings
    options = Options(thumbnails=chosen.thumbnails, statistics=chosen.statistics)
    in_place = chosen.transfer == "in_place"
    if in_place and not configuration.in_place_allowed():
        raise JobFailed(_NOT_IN_PLACE, code="not_in_place")
    driver = configuration.driver() if chosen.driver == "auto" else chosen.driver
    has_command = configuration.import_client() is not None
    by_command = in_place or driver == "command_line"
    if by_command and not has_command:
        what = "link files in place" if in_place else "import by the command line"
        raise JobFailed(_NO_COMMAND.format(what=what), code="no_import_client")
    if by_command or (driver == "auto" and not readers_known and has_command):
        return _command_line(upload, conn, options, in_place=in_place)
    return NativeImport(conn.c, options)


def groups_by_command(
    paths: Sequence[str], check: Callable[[], None]
) -> Callable[[Iterable[str]], Iterator[Description | Unread]] | None:
    """What OMERO's command line says about files, in the form of Bio-Formats' answers.

    Which reader a file needs is not among it, so the command line imports them, too.

    Args:
        paths: absolute paths of all files.
        check: raises what has to end it.

    Returns:
        Answers about these files; None where this site has no such command.

    Raises:
        Unavailable: it did not end in time.
    """
    jars = configuration.import_client()
    if jars is None:
        return None
    try:
        found = command_line.groups(_java(jars), paths, check)
    except TookTooLong:
        raise Unavailable(
            "OMERO's import command did not say in time what the files are",
            code="import_command_slow",
        ) from None
    of_path = {path: group for group in reversed(found) for path in group.files}

    def answers(files: Iterable[str]) -> Iterator[Description | Unread]:
        for file in files:
            group = of_path.get(file)
            if group is None:
                yield Unread(file, "unknown", "")
                continue
            others = [each for each in group.files if each != file]
            yield Description(file, (file, *others), group.reader, "", 1, group.plate)

    return answers


def _java(jars: Path) -> Java:
    return Java(jars, configuration.java_heap(), configuration.import_timeout())


def _command_line(
    upload: Upload, conn: Any, options: Options, *, in_place: bool
) -> CommandLineImport:
    jars = configuration.import_client()
    if jars is None:
        raise AssertionError
    batch = upload.settings.settings.batch_files or configuration.batch_files()
    return CommandLineImport(
        _java(jars), _sessions(upload, conn), _lookup(conn), options, batch, in_place=in_place
    )


def _sessions(upload: Upload, conn: Any) -> Any:
    """Makes a session for one start of Java, closed after it."""

    @contextmanager
    def login() -> Iterator[Login]:
        host, port = conn.c.getProperty("omero.host"), int(conn.c.getProperty("omero.port"))
        with user_session(upload.user_name, upload.group_id) as session:
            yield Login(host, port, str(session.c.getSessionId()))

    return login


def _lookup(
    conn: Any,
) -> Callable[[Sequence[str]], Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]]:
    def lookup(paths: Sequence[str]) -> Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]:
        newest = {path: found[-1] for path, found in filesets.from_paths(conn, paths).items()}
        return {path: (each.images, each.plates) for path, each in newest.items()}

    return lookup
