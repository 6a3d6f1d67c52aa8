"""The import of an upload: unit by unit, going on where an earlier attempt ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from omero_plugin_common.jobs import JobContext
from omeroweb_upload import configuration
from omeroweb_upload.import_drivers import (
    Imported,
    NotImported,
    StagedFile,
    UnitToImport,
)
from omeroweb_upload.import_drivers.command_line import CommandLineImport
from omeroweb_upload.omero_api import filesets
from omeroweb_upload.planning.client_paths import client_paths, safe_path
from omeroweb_upload.services import group_room
from omeroweb_upload.services.import_turn import take_turn
from omeroweb_upload.services.importers import importer
from omeroweb_upload.services.make_target import Destination
from omeroweb_upload.services.prove import Settling
from omeroweb_upload.services.staged import StagedFolder
from omeroweb_upload.store import units as unit_store
from omeroweb_upload.store.units import Outcome, Unit
from omeroweb_upload.store.uploads import Upload
from omeroweb_upload.transfer.staging import Staging

# Answers are stored together at least this often.
_STORE_SECONDS: Final = 1.0
# What is imported before other users may have a turn; a larger unit is not divided.
_PART_BYTES: Final = 4 * 1024**3


class Progress:
    """Bytes that are in OMERO, told to the job; used by the threads of an importer."""

    def __init__(self, running: JobContext, done: int, total: int) -> None:
        self._running, self._done = running, done
        self._lock = threading.Lock()
        running.progress(done, total, "Importing")

    def sent(self, count: int) -> None:
        """So many more bytes are in OMERO."""
        with self._lock:
            self._done += count
            done = self._done
        self._running.progress(done)

    def check(self) -> None:
        """Raises what must end the import."""
        self._running.check()


def import_units(running: JobContext, upload: Upload, conn: Any) -> dict[str, int]:
    """Import the units of an upload that are not in OMERO.

    Args:
        running: the job; it is its turn.
        upload: in the state `importing`.
        conn: a gateway of the upload's user, in its group.

    Returns:
        How many units are in which state.

    Raises:
        JobFailed: this site does not have what the user chose.
        OverQuota: the group may not have the bytes that are left.
    """
    work = _Import(running, upload, conn)
    work.go_on_after_an_end()
    work.import_rest()
    return {state: count for state, count in unit_store.counts(upload.id).items() if count}


class _Import:
    """One attempt at the import of an upload."""

    def __init__(self, running: JobContext, upload: Upload, conn: Any) -> None:
        self._running, self._upload, self._conn = running, upload, conn
        self._units = unit_store.load(upload.id)
        numbers = {number for unit in self._units for number in unit.files}
        self._files = {file.number: file for file in unit_store.files_of(upload.id, numbers)}
        self._folder = StagedFolder(upload.id)
        self._settling = Settling(upload, conn, self._files)
        settings = upload.settings
        self._destination = Destination(conn, upload.group_id, settings.target, upload.created)
        open_units = [unit for unit in self._units if unit.state in unit_store.OPEN]
        self._driver = importer(upload, conn, readers_known=all(unit.reader for unit in open_units))
        done = self._size(unit for unit in self._units if unit.state == "imported")
        self._progress = Progress(running, done, self._size(self._units))

    def go_on_after_an_end(self) -> None:
        """Find out about the units whose import was begun before.

        The worker that did so may have been killed, or the server answered too late: OMERO may have
        them all the same, and none is imported twice.
        """
        begun = [each for each in self._units if each.attempts and each.state in unit_store.OPEN]
        if not begun:
            return
        wanted = {unit.number: self._wanted(unit, None, "Dataset") for unit in begun}
        firsts = [wanted[unit.number].files[0].client_path for unit in begun]
        there = filesets.from_paths(self._conn, firsts)
        if unfinished := [each.id for found in there.values() for each in found if not each.images]:
            filesets.wait_for_running(self._conn, unfinished, self._running.check)
            there = filesets.from_paths(self._conn, firsts)
        outcomes, dead = [], []
        for unit in begun:
            made = there.get(wanted[unit.number].files[0].client_path, [])
            dead += [each.id for each in made if not each.images]
            whole = (each for each in reversed(made) if each.images)
            adopted = (self._settling.adopt(unit, wanted[unit.number], each) for each in whole)
            outcomes += [each for each in adopted if each.state == "imported"][:1]
        filesets.delete(self._conn, self._upload.group_id, dead)
        self._settling.store(outcomes)
        done = {each.number for each in outcomes}
        self._progress.sent(self._size(unit for unit in begun if unit.number in done))
        self._units = [unit for unit in self._units if unit.number not in done]

    def import_rest(self) -> None:
        """Import all that is not in OMERO."""
        rest = [unit for unit in self._units if unit.state in unit_store.OPEN]
        room = group_room.DuringImport(self._upload)
        # Also where only attachments are left.
        room.check()
        for some in self._parts(rest):
            take_turn(self._running)
            room.check()
            self._import(some)

    def _import(self, units: Sequence[Unit]) -> None:
        targets, wanted = {}, []
        for unit in units:
            one = self._with_target(unit)
            wanted.append(one)
            dataset = one.kind == "Dataset"
            targets[unit.number] = (
                one.target if dataset else None,
                None if dataset else one.target,
            )
        if self._upload.settings.settings.transfer == "in_place":
            Staging(configuration.staging_folder()).mark_linked(self._upload.id)
        unit_store.begin(self._upload.id, targets)
        by_number = {unit.number: unit for unit in units}
        asked = {one.number: one for one in wanted}
        waiting: list[tuple[Unit, UnitToImport, Imported | NotImported]] = []
        stored = time.monotonic()
        try:
            for answer in self._driver.import_units(wanted, self._progress):
                waiting.append((by_number[answer.number], asked[answer.number], answer))
                if time.monotonic() - stored > _STORE_SECONDS:
                    self._settle(waiting)
                    waiting, stored = [], time.monotonic()
        finally:
            # Also what ended before something else went wrong is in OMERO.
            self._settle(waiting)

    def _settle(self, given: list[tuple[Unit, UnitToImport, Imported | NotImported]]) -> None:
        if not given:
            return
        outcomes = self._settling.settle(given)
        for outcome in outcomes:
            if outcome.state == "failed":
                self._failed(outcome, next(u for u, _, _ in given if u.number == outcome.number))

    def _failed(self, outcome: Outcome, unit: Unit) -> None:
        self._running.log(f"{unit.path}: {outcome.message}", "error")
        if outcome.fileset_id is None:
            first = self._client_paths(unit)[0]
            there = filesets.from_paths(self._conn, [first]).get(first, [])
            dead = [each.id for each in there if not each.images]
            filesets.delete(self._conn, self._upload.group_id, dead)

    def _with_target(self, unit: Unit) -> UnitToImport:
        if unit.plate:
            return self._wanted(unit, self._destination.screen(), "Screen")
        dataset = unit.dataset_id or self._destination.dataset(unit.path)
        return self._wanted(unit, dataset, "Dataset")

    def _wanted(self, unit: Unit, target: int | None, kind: Any) -> UnitToImport:
        files = tuple(map(self._staged, unit.files, self._client_paths(unit)))
        return UnitToImport(unit.number, files, unit.reader, target, kind)

    def _staged(self, number: int, client_path: str) -> StagedFile:
        file = self._files[number]
        return StagedFile(file.path, self._folder.at(file.path), client_path, file.sha1_browser)

    def _client_paths(self, unit: Unit) -> list[str]:
        """What OMERO stores as the places that the files of a unit came from.

        The command stores where it read the files. The plugin's own importer stores what the user
        knows, after the ids of the upload and of the unit.
        """
        paths = [self._files[number].path for number in unit.files]
        if isinstance(self._driver, CommandLineImport):
            return [safe_path(str(self._folder.at(path)).lstrip("/")) for path in paths]
        return client_paths(self._upload.id.hex, unit.number, paths)

    def _size(self, units: Iterable[Unit]) -> int:
        return sum(self._files[number].size for unit in units for number in unit.files)

    def _parts(self, units: Sequence[Unit]) -> Iterator[list[Unit]]:
        """Units that are imported before others may have a turn: not too many, not too large."""
        part: list[Unit] = []
        for unit in units:
            if part and (
                len(part) == self._driver.batch or self._size([*part, unit]) > _PART_BYTES
            ):
                yield part
                part = []
            part.append(unit)
        if part:
            yield part
