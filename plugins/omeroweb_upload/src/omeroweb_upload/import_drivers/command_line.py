"""OMERO's command line as an importer: several units for each start of Java.

A unit is imported when OMERO has a fileset with images whose first file came from the unit's: what
the command prints only helps to say why one is not. Its exit code says nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from omeroweb_upload.import_drivers import command_output
from omeroweb_upload.import_drivers.command_output import Group
from omeroweb_upload.import_drivers.interface import (
    Imported,
    NotImported,
    Options,
    UnitToImport,
    Watch,
)
from omeroweb_upload.import_drivers.java import Java, Said, TookTooLong

# Linux takes 2 MiB of arguments in all.
_LONGEST_ARGUMENTS: Final = 512 * 1024
_LAST_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True)
class Login:
    """A session that the command joins.

    It is in the arguments of Java, which others on the same machine can read, so it is made for one
    start and closed after it.

    Attributes:
        host: of OMERO.server.
        port: of its router.
        session: the session's id.
    """

    host: str
    port: int
    session: str


# Units that OMERO has, by the path that their first file came from: ids of images and plates.
Lookup = Callable[[Sequence[str]], Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]]


class CommandLineImport:
    """OMERO's command line.

    Args:
        java: how it is started.
        login: makes the session of one start.
        lookup: asks OMERO what there is.
        options: how is imported.
        batch: units of one start.
        in_place: whether OMERO links the files instead of copying them (`ln_s`).
    """

    def __init__(
        self,
        java: Java,
        login: Callable[[], AbstractContextManager[Login]],
        lookup: Lookup,
        options: Options,
        batch: int,
        *,
        in_place: bool = False,
    ) -> None:
        self._java, self._login, self._lookup = java, login, lookup
        self._options, self._in_place = options, in_place
        self.batch = batch

    def import_units(
        self, units: Sequence[UnitToImport], watch: Watch
    ) -> Iterator[Imported | NotImported]:
        """See `ImportDriver`: units of one target at a time, and only so many."""

        def target(unit: UnitToImport) -> tuple[str, int]:
            return unit.kind, unit.target or 0

        for _, same in groupby(sorted(units, key=target), key=target):
            for some in _starts(list(same), self.batch):
                yield from self._start(some, watch)

    def _start(
        self, units: Sequence[UnitToImport], watch: Watch
    ) -> Iterator[Imported | NotImported]:
        watch.check()
        said, problem = None, ""
        firsts = [unit.files[0].client_path for unit in units]
        # What an earlier attempt left is no success of this one.
        before = self._lookup(firsts)
        with self._login() as login:
            try:
                said = self._java.run(self._arguments(units, login), watch.check)
            except TookTooLong:
                problem = f"OMERO's import command had not ended after {self._java.seconds:g} s"
        there = self._lookup(firsts)
        for unit in units:
            path = unit.files[0].client_path
            found = there.get(path)
            if found is not None and any(found) and found != before.get(path):
                for file in unit.files:
                    watch.sent(file.staged.stat().st_size)
                yield Imported(unit.number, *found)
            else:
                yield NotImported(unit.number, problem or _reason(said, unit))

    def _arguments(self, units: Iterable[UnitToImport], login: Login) -> list[str]:
        units = list(units)
        words = ["-s", login.host, "-p", str(login.port), "-k", login.session]
        if units[0].target is not None:
            words += ["-d" if units[0].kind == "Dataset" else "-r", str(units[0].target)]
        # One that fails does not stop the others.
        words += ["-c", "--output", "yaml", "--no-upgrade-check"]
        words += ["--checksum-algorithm", "SHA1-160"]
        if not self._options.thumbnails:
            words.append("--no-thumbnails")
        if not self._options.statistics:
            words.append("--no-stats-info")
        if self._in_place:
            words += ["--transfer", "ln_s"]
        return [*words, *(str(unit.files[0].staged) for unit in units)]


def groups(java: Java, paths: Sequence[str], check: Callable[[], None]) -> list[Group]:
    """Which files belong together, where Bio-Formats itself cannot be asked: by `-f`.

    Args:
        java: how the command is started.
        paths: absolute paths of all files.
        check: raises what has to end it.

    Raises:
        TookTooLong: it did not end in time.
    """
    found: list[Group] = []
    for some in _fitting(paths):
        said = java.run(["-f", "--no-upgrade-check", *some], check)
        found += command_output.groups(said.output, paths)
    return found


def _fitting(paths: Sequence[str]) -> Iterator[list[str]]:
    """Parts that fit into the arguments of a program."""
    part: list[str] = []
    length = 0
    for path in paths:
        size = len(path.encode()) + 1
        if part and length + size > _LONGEST_ARGUMENTS:
            yield part
            part, length = [], 0
        part.append(path)
        length += size
    if part:
        yield part


def _starts(units: Sequence[UnitToImport], most: int) -> Iterator[list[UnitToImport]]:
    """Parts that one command can be given."""
    part: list[UnitToImport] = []
    length = 0
    for unit in units:
        size = len(str(unit.files[0].staged).encode()) + 1
        if part and (len(part) == most or length + size > _LONGEST_ARGUMENTS):
            yield part
            part, length = [], 0
        part.append(unit)
        length += size
    if part:
        yield part


def _reason(said: Said | None, unit: UnitToImport) -> str:
    """Why a unit is not there, as far as the command says it."""
    if said is None:
        return ""
    paths = [str(file.staged) for file in unit.files]
    if text := command_output.reason(said.errors, paths):
        return f"OMERO did not import it: {text}"
    last = " ".join(said.errors.split())[-_LAST_CHARACTERS:]
    return f"OMERO's import command ended with code {said.code} without it: {last or 'no message'}"
