"""Which rows of a user's table are for which images, and what they give them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from omeroweb_omp_plugin.planning.values_file import Row, Table

By = Literal["id", "name", "well"]
_WELL: Final = re.compile(r"([A-Za-z]{1,2})[ _-]?0*([1-9]\d?)")
# Rows that are looked at to find the column with names or wells.
_SAMPLE: Final = 500
_MOST_CONFLICTS: Final = 20


@dataclass(frozen=True, slots=True)
class Matched:
    """What a table gives to images.

    Attributes:
        by: what names the images.
        column: the place of the column that does.
        values: by image and key; empty cells give nothing.
        matched: rows that are for an image.
        several: rows that are for more than one.
        strangers: what the rows say that are for none.
        without: ids of the images that have no row.
        conflicts: rows for one image with different values, in words.
    """

    by: By
    column: int
    values: dict[int, dict[str, str]]
    matched: int
    several: int
    strangers: list[str]
    without: list[int]
    conflicts: list[str]


class Images:
    """Images, found by what a table may say of them."""

    def __init__(
        self,
        named: Iterable[tuple[int, str]],
        stem: Callable[[str], str],
        wells: Callable[[], Mapping[int, str]],
    ) -> None:
        """Take the images.

        Args:
            named: id and name of each.
            stem: gives a name without its extension.
            wells: gives the well of images, by id; asked when a table has wells.
        """
        self.names = dict(named)
        self._stem, self._ask_wells = stem, wells
        self._by_name: dict[str, list[int]] = {}
        self._by_stem: dict[str, list[int]] = {}
        self._by_well: dict[str, list[int]] | None = None
        for image, name in self.names.items():
            self._by_name.setdefault(name.strip().casefold(), []).append(image)
            self._by_stem.setdefault(stem(name).strip().casefold(), []).append(image)

    def found(self, by: By, text: str) -> Sequence[int]:
        """The images that a cell is for."""
        if by == "id":
            known = text.isascii() and text.isdecimal() and len(text) < 20
            return [int(text)] if known and int(text) in self.names else ()
        return self._of_well(text) if by == "well" else self._of_name(text)

    def _of_name(self, text: str) -> Sequence[int]:
        # A file may have a path: of Windows, or of other systems.
        for name in (text, text.replace("\\", "/").rpartition("/")[2]):
            key = name.casefold()
            found = self._by_name.get(key) or self._by_stem.get(key)
            found = found or self._by_stem.get(self._stem(name).casefold())
            if found and name:
                return found
        return ()

    def _of_well(self, text: str) -> Sequence[int]:
        well = well_of(text)
        if not well:
            return ()
        if self._by_well is None:
            self._by_well = {}
            for image, name in self._ask_wells().items():
                self._by_well.setdefault(well_of(name), []).append(image)
        return self._by_well.get(well, ())


def well_of(text: str) -> str:
    """A well in one spelling: `A1` for `a01`; empty for any other text."""
    found = _WELL.fullmatch(text.strip())
    return f"{found[1].upper()}{found[2]}" if found else ""


def match(table: Table, images: Images, column: int | None = None) -> Matched:
    """Find the images of a table's rows.

    Args:
        table: the file.
        images: those of the selection.
        column: the one that has names or wells; without it, the first in which most rows do.
    """
    by, column = _best(table, images, range(len(table.columns)) if column is None else [column])
    keys = table.keys(column)
    values: dict[int, dict[str, str]] = {}
    said_by: dict[tuple[int, str], Row] = {}
    strangers: list[str] = []
    conflicts: dict[tuple[int, int, str], str] = {}
    several = 0
    for row in table.rows:
        found = images.found(by, row.cells[column])
        if not found:
            strangers.append(row.cells[column] or f"row {row.number}")
        several += len(found) > 1
        for image in found:
            own = values.setdefault(image, {})
            for at, key in keys.items():
                value = row.cells[at]
                if not value:
                    continue
                earlier = own.setdefault(key, value)
                before = said_by.setdefault((image, key), row)
                if earlier != value:
                    conflicts.setdefault(
                        (before.number, row.number, key),
                        f"“{row.cells[column]}” has two values of “{key}”: “{earlier}” in row "
                        f"{before.number} and “{value}” in row {row.number}",
                    )
    return Matched(
        by,
        column,
        {image: given for image, given in values.items() if given},
        len(table.rows) - len(strangers),
        several,
        strangers,
        [image for image in images.names if image not in values],
        list(conflicts.values())[:_MOST_CONFLICTS],
    )


def _best(table: Table, images: Images, columns: Iterable[int]) -> tuple[By, int]:
    """What names the images, and in which column; names count more than wells."""
    columns = list(columns)
    if table.is_own and 0 in columns:
        return "id", 0
    sample = table.rows[:_SAMPLE]
    kinds: tuple[By, ...] = ("name", "well")
    counts = {
        (by, at): sum(bool(images.found(by, row.cells[at])) for row in sample)
        for by in kinds
        for at in columns
    }
    # The first of those with most.
    return max(counts, key=lambda each: counts[each])
