"""What an importer gets and what it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One file of a unit.

    Attributes:
        path: relative, as on the user's disk.
        staged: where it is now.
        client_path: what OMERO stores as the path that it came from.
        sha1: of its content as the sender knows it; None when nobody said.
    """

    path: str
    staged: Path
    client_path: str
    sha1: str | None = None


@dataclass(frozen=True, slots=True)
class UnitToImport:
    """Files that become one fileset.

    Attributes:
        number: the unit's.
        files: the one to be read first, then the others.
        reader: Bio-Formats' class for them; empty when it is not known.
        target: id of the dataset, or of the screen, that the images go to.
        kind: which of both.
    """

    number: int
    files: tuple[StagedFile, ...]
    reader: str
    target: int | None = None
    kind: Literal["Dataset", "Screen"] = "Dataset"


@dataclass(frozen=True, slots=True)
class Imported:
    """A unit that OMERO has.

    Attributes:
        number: the unit's.
        images: ids of its images, where the importer says them.
        plates: ids of its plates.
        sums: SHA-1 of the bytes that were sent, by relative path.
    """

    number: int
    images: tuple[int, ...] = ()
    plates: tuple[int, ...] = ()
    sums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotImported:
    """A unit that OMERO has not.

    Attributes:
        number: the unit's.
        reason: why, for its user.
        files: what is wrong with single files, by relative path.
    """

    number: int
    reason: str
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Options:
    """How is imported.

    Attributes:
        thumbnails: whether OMERO makes thumbnails at once.
        statistics: whether OMERO reads all pixels for their smallest and largest values.
    """

    thumbnails: bool = True
    statistics: bool = True


class Watch(Protocol):
    """How an importer tells how far it is, and learns that it has to stop; used by threads."""

    def sent(self, count: int) -> None:
        """So many more bytes are in OMERO."""

    def check(self) -> None:
        """Raises what must end the import, such as `JobCancelled`."""


class ImportDriver(Protocol):
    """An importer."""

    @property
    def batch(self) -> int:
        """Units that it is best given at a time."""

    def import_units(
        self, units: Sequence[UnitToImport], watch: Watch
    ) -> Iterator[Imported | NotImported]:
        """Import units; each is answered as soon as its end is known.

        Raises:
            Exception: what ends the whole import: a server that does not answer, or `watch.check`.
        """
