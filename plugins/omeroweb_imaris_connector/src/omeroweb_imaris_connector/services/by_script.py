"""The file written by the script of OMERO.server, where it has one that can run."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import omero_ims
from omero_plugin_common.jobs import JobContext, JobFailed
from omeroweb_imaris_connector import configuration
from omeroweb_imaris_connector.omero_api import script_files, scripts
from omeroweb_imaris_connector.planning.image import Image
from omeroweb_imaris_connector.services import same_image
from omeroweb_imaris_connector.services.room_watch import RoomWatch
from omeroweb_imaris_connector.store import files
from omeroweb_imaris_connector.store.files import File

LOGGER: Final = logging.getLogger(__name__)
_LONGEST_PAUSE: Final = 30.0
_LOOK_SECONDS: Final = 0.5


class _NotPossible(Exception):
    """The script cannot write this file; the message says why."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def write(context: JobContext, conn: Any, file: File, image: Image, part: Path) -> bool:
    """Let OMERO.server's script write a file, and bring it to the volume.

    Args:
        context: of the job.
        conn: the user's gateway.
        file: which file.
        image: of which image.
        part: where it goes.

    Returns:
        No where this worker has to write it itself.

    Raises:
        JobFailed: the site wants the script, and it cannot do it.
    """
    mode = configuration.script()
    if mode == "never":
        return False
    try:
        _write(context, conn, file, image, part)
    except _NotPossible as reason:
        if mode == "always":
            raise JobFailed(str(reason), code=reason.code) from reason
        if reason.code != "no_script":
            context.log(f"{reason}; the worker writes the file itself", "warning")
        files.step(file.id, context.job.id, "")
        return False
    return True


def _write(context: JobContext, conn: Any, file: File, image: Image, part: Path) -> None:
    name = configuration.script_name()
    script = scripts.find(conn, name)
    if script is None:
        raise _NotPossible(
            f"OMERO.server has no official script {name}: its administrators can upload it",
            "no_script",
        )
    with _running(context, conn, file, script) as run:
        _wait(context, run)
        made = _result(conn, run, name)
    try:
        _bring(context, conn, image, made, part)
    finally:
        _forget(conn, made)
    _check(conn, image, part, name)


@contextmanager
def _running(context: JobContext, conn: Any, file: File, script: int) -> Iterator[scripts.Run]:
    """The script, which does not go on when this worker does not."""
    run = _start(context, conn, file, script)
    files.step(file.id, context.job.id, "")
    context.progress(0, message="OMERO.server writes the file")
    try:
        yield run
    finally:
        run.close()


def _start(context: JobContext, conn: Any, file: File, script: int) -> scripts.Run:
    """Wait for a free processor, longer after each attempt."""
    inputs = {"Image_ID": file.image_id, "Attach": False}
    began, pause, attempt = time.monotonic(), 1.0, 0
    while True:
        attempt += 1
        try:
            return scripts.start(conn, file.group_id, script, inputs)
        except scripts.NoProcessor as error:
            raise _NotPossible(
                "OMERO.server runs no scripts: no processor is enabled", "no_processor"
            ) from error
        except scripts.Busy:
            waited = time.monotonic() - began
        if waited >= configuration.script_wait():
            raise _NotPossible(
                f"All processors of scripts of OMERO.server were busy for {waited:.0f} s",
                "processors_busy",
            )
        if attempt == 1:
            files.step(file.id, context.job.id, "waiting_for_processor")
        context.progress(
            0,
            message=f"All processors of scripts are busy; attempt {attempt + 1} in {pause:.0f} s",
        )
        _pause(context, min(pause, configuration.script_wait() - waited))
        pause = min(2 * pause, _LONGEST_PAUSE)


def _wait(context: JobContext, run: scripts.Run) -> None:
    ends = time.monotonic() + configuration.script_timeout()
    while not run.has_ended():
        if time.monotonic() > ends:
            raise _NotPossible(
                f"The script of OMERO.server did not end within {configuration.script_timeout()} s",
                "script_timeout",
            )
        _pause(context, _LOOK_SECONDS)


def _result(conn: Any, run: scripts.Run, name: str) -> script_files.Made:
    """The file that the script has made.

    The script's own word counts for nothing: it has ended well, and there is a file.
    """
    outcome = run.outcome()
    made = script_files.made(conn, outcome.file) if outcome.file is not None else None
    if outcome.code == 0 and made is not None:
        return made
    if made is not None:
        _forget(conn, made)
    why = outcome.error or outcome.message or "it made no file"
    raise _NotPossible(f"The script {name} of OMERO.server failed: {why}", "script_failed")


def _bring(
    context: JobContext, conn: Any, image: Image, made: script_files.Made, part: Path
) -> None:
    """Copy the script's file from OMERO to the volume."""
    watch = RoomWatch(part.parent, image)
    context.progress(0, message="Fetching the file from OMERO.server")
    try:
        with part.open("wb") as content:
            for block in script_files.blocks(conn, made):
                context.check()
                watch.check()
                content.write(block)
    except OSError as error:
        watch.explain(error)
        raise JobFailed(f"The file could not be stored: {error.strerror}") from error


def _check(conn: Any, image: Image, part: Path, name: str) -> None:
    """Imaris can open the file, and it is of this image.

    Its own converter writes a format of HDF5 that Bio-Formats does not know.
    """
    problems = [each for each in omero_ims.verify(part) if each.reader == "Imaris"]
    wrong = str(problems[0]) if problems else same_image.difference(conn, image, part)
    if wrong:
        part.unlink()
        raise _NotPossible(
            f"The script {name} of OMERO.server wrote a file that is not right: {wrong}",
            "bad_file",
        )


def _forget(conn: Any, made: script_files.Made) -> None:
    """The file in OMERO has served its purpose; one that stays does no harm."""
    try:
        script_files.delete(conn, made)
    except script_files.NotDeleted as error:
        LOGGER.warning("a file of a script stays in OMERO: %s", error)


def _pause(context: JobContext, seconds: float) -> None:
    """Wait; at once over when the user cancels."""
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        context.check()
        time.sleep(min(left, _LOOK_SECONDS))
