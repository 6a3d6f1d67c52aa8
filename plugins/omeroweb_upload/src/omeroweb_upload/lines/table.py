"""The lines of the elements: `lines.csv`, which `ci/line-table` writes from xraylib."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

SOURCE: Final = "xraylib 4.3"

# Elements that no sample contains: without a stable or primordial isotope, and the noble gases
# but argon, which ion mills leave behind.
_NEVER: Final = frozenset({43, 61, *range(84, 90), 91, 10, 36, 54})
_GREEK: Final = {"a": "α", "b": "β", "g": "γ", "l": "ℓ", "e": "η", "z": "ζ"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        atomic_number: of the element.
        symbol: of the element.
        series: K, L or M.
        name: in Siegbahn's notation, in ASCII, such as `Ka`, `Lb1`.
        kev: its energy.
        weight: expected height against the series' main line; right to a factor of two.
        edge: energy in keV that a beam needs to excite it.
        fluorescence: fluorescence yield of its shell.
    """

    atomic_number: int
    symbol: str
    series: str
    name: str
    kev: float
    weight: float
    edge: float
    fluorescence: float

    @property
    def text(self) -> str:
        """Its name for people, such as `Kα`."""
        return self.name[0] + _GREEK[self.name[1]] + self.name[2:]


@dataclass(frozen=True, slots=True)
class Family:
    """The lines of one series of one element, the main one first."""

    lines: tuple[Line, ...]

    @property
    def main(self) -> Line:
        """Its strongest line."""
        return self.lines[0]

    @property
    def symbol(self) -> str:
        """The element."""
        return self.main.symbol

    @property
    def series(self) -> str:
        """K, L or M."""
        return self.main.series


@cache
def lines() -> tuple[Line, ...]:
    """All lines, by atomic number and series."""
    content = resources.files(__package__).joinpath("lines.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(row for row in content.splitlines() if not row.startswith("#"))
    return tuple(
        Line(
            atomic_number=int(row["atomic_number"]),
            symbol=row["symbol"],
            series=row["series"],
            name=row["line"],
            kev=float(row["kev"]),
            weight=float(row["weight"]),
            edge=float(row["edge_kev"]),
            fluorescence=float(row["yield"]),
        )
        for row in rows
    )


@cache
def families() -> tuple[Family, ...]:
    """All series that have their main line, of all elements, by atomic number."""
    made: dict[tuple[str, str], list[Line]] = {}
    for line in lines():
        made.setdefault((line.symbol, line.series), []).append(line)
    return tuple(Family(tuple(each)) for each in made.values() if each[0].weight == 1)


@cache
def likely() -> tuple[Family, ...]:
    """The series of elements that samples contain."""
    return tuple(each for each in families() if each.main.atomic_number not in _NEVER)


def nearest(symbol: str, kev: float, tolerance: float) -> Line | None:
    """The line of an element at an energy.

    Args:
        symbol: the element.
        kev: the energy.
        tolerance: how far it may be away, in keV.
    """
    near = [line for line in lines() if line.symbol == symbol and abs(line.kev - kev) <= tolerance]
    return min(near, key=lambda line: abs(line.kev - kev), default=None)
