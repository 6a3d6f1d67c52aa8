"""After the import: does OMERO have the bytes that were sent? Only then is the staging cleared."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from omeroweb_upload.import_drivers import Imported, NotImported, UnitToImport
from omeroweb_upload.omero_api import filesets
from omeroweb_upload.omero_api.filesets import Fileset
from omeroweb_upload.services.staged import StagedFolder
from omeroweb_upload.store import units as unit_store
from omeroweb_upload.store.units import JobFile, Outcome, Sums, Unit
from omeroweb_upload.store.uploads import Upload

_BLOCK: Final = 1024 * 1024
_OTHER_BYTES: Final = "OMERO has other bytes than were sent"
_NO_SUM: Final = "OMERO has no SHA-1 of it, so its bytes are not proven the same"


class Settling:
    """Compares what was imported, stores it, and clears what is proven.

    Args:
        upload: whose units.
        conn: a gateway of the user.
        files: the files of the upload, by number.
    """

    def __init__(self, upload: Upload, conn: Any, files: Mapping[int, JobFile]) -> None:
        self._upload, self._conn, self._files = upload, conn, files
        self._folder = StagedFolder(upload.id)

    def settle(
        self,
        given: Sequence[tuple[Unit, UnitToImport, Imported | NotImported]],
    ) -> list[Outcome]:
        """Store how units ended; what was asked for, and the importer's answer, with each."""
        there = self._filesets([answer for _, _, answer in given])
        outcomes = []
        for unit, wanted, answer in given:
            if isinstance(answer, Imported):
                outcomes.append(self._imported(unit, wanted, answer, there.get(unit.number)))
            else:
                outcomes.append(self._failed(unit, answer))
        unit_store.save(self._upload.id, outcomes)
        self._clear(outcomes)
        return outcomes

    def adopt(self, unit: Unit, wanted: UnitToImport, fileset: Fileset) -> Outcome:
        """How a unit ended that an earlier attempt imported, without having stored so."""
        answer = Imported(unit.number, fileset.images, fileset.plates)
        return self._imported(unit, wanted, answer, fileset)

    def store(self, outcomes: Sequence[Outcome]) -> None:
        """Store outcomes, and clear what is proven."""
        unit_store.save(self._upload.id, outcomes)
        self._clear(outcomes)

    def _filesets(self, answers: Sequence[Imported | NotImported]) -> dict[int, Fileset]:
        done = [answer for answer in answers if isinstance(answer, Imported)]
        images = {each.images[0]: each.number for each in done if each.images}
        plates = {each.plates[0]: each.number for each in done if each.plates and not each.images}
        found = {images[i]: f for i, f in filesets.of_images(self._conn, list(images)).items()}
        if plates:
            of_plates = filesets.of_plates(self._conn, list(plates))
            found |= {plates[each]: fileset for each, fileset in of_plates.items()}
        return found

    def _imported(
        self, unit: Unit, wanted: UnitToImport, answer: Imported, fileset: Fileset | None
    ) -> Outcome:
        sums: dict[int, Sums] = {}
        for number, file in zip(unit.files, wanted.files, strict=True):
            staged = answer.sums.get(file.path) or self._sha1(file.path)
            omero = fileset.sums.get(file.client_path) if fileset else None
            problem = _compared(self._files[number].sha1_browser, staged, omero)
            sums[number] = Sums(staged, omero or None, problem)
        bad = [self._files[number].path for number, each in sums.items() if each.problem]
        objects = {
            "images": fileset.images if fileset else answer.images,
            "plates": fileset.plates if fileset else answer.plates,
        }
        message = unit.message
        if bad:
            first = next(each.problem for each in sums.values() if each.problem)
            message = f"{', '.join(bad)}: {first}. The received file stays until you decide"
        return Outcome(
            unit.number,
            "failed" if bad else "imported",
            message,
            fileset.id if fileset else None,
            objects,
            sums,
        )

    def _failed(self, unit: Unit, answer: NotImported) -> Outcome:
        paths = {self._files[number].path: number for number in unit.files}
        bad = {paths[path]: Sums(problem=why) for path, why in answer.files.items()}
        whole = {number: Sums() for number in unit.files}
        whole[unit.files[0]] = Sums(problem=answer.reason)
        return Outcome(unit.number, "failed", answer.reason, sums=whole | bad)

    def _sha1(self, path: str) -> str | None:
        digest = hashlib.sha1(usedforsecurity=False)
        try:
            with self._folder.at(path).open("rb") as content:
                while block := content.read(_BLOCK):
                    digest.update(block)
        except OSError:
            return None
        return digest.hexdigest()

    def _clear(self, outcomes: Sequence[Outcome]) -> None:
        """Delete what OMERO is proven to have, and nothing else needs."""
        if self._upload.settings.settings.transfer == "in_place":
            # OMERO reads these very files.
            return
        proven = {
            number
            for outcome in outcomes
            if outcome.state == "imported"
            for number in outcome.sums
            if self._files[number].role == "image"
        }
        for number in proven - unit_store.needed_by_open(self._upload.id, proven):
            with suppress(FileNotFoundError):
                self._folder.at(self._files[number].path).unlink()


def _compared(browser: str | None, staged: str | None, omero: str | None) -> str:
    """What is wrong with the checksums of a file; empty when they agree."""
    if not omero:
        return _NO_SUM
    if any(each is not None and each != omero for each in (browser, staged)):
        return (
            f"{_OTHER_BYTES}: SHA-1 {omero} in OMERO, {staged or 'unknown'} on the server, "
            f"{browser or 'unknown'} on your computer"
        )
    return ""
