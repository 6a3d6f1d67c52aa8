"""Lines that begin with `#`: a keyword, perhaps a unit, a value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from omeroweb_upload.emsa.model import Label
from omeroweb_upload.emsa.notation import has_decimal_comma, number

# `#XPERCHAN    : 10.`, `#BEAMKV   -kV: 20`, `##OXINSTLABEL: 6, 0.277, C`
_LINE: Final = re.compile(r"#+\s*([^:]*?)\s*(?:-\s*([^:-]*?)\s*)?:(.*)\Z", re.DOTALL)
# Without a colon, as some programs write the two lines around the data.
_BARE: Final = re.compile(r"#+\s*(\S+)\s*(.*)\Z", re.DOTALL)
_UNIT_OF_LABEL: Final = re.compile(r"[(\[]\s*([A-Za-z]+)\s*[)\]]\s*\Z")
# `2.0 E-06`
_SPLIT_EXPONENT: Final = re.compile(r"\s+(?=[EeDd][+-]?\d)")
_ENERGIES: Final = {"ev": "eV", "kev": "keV", "mev": "MeV"}
_LABEL_KEY: Final = "OXINSTLABEL"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the header.

    Attributes:
        line: its number.
        key: the keyword in capitals, without `#`.
        unit: what stands beside the keyword, such as `kV`.
        value: without blanks around it.
    """

    line: int
    key: str
    unit: str
    value: str

    @property
    def name(self) -> str:
        """The keyword for people."""
        return f"{self.key} ({self.unit})" if self.unit else self.key


@dataclass(slots=True)
class Header:
    """All lines of a header, in their order."""

    entries: list[Entry] = field(default_factory=list)

    def last(self, key: str) -> Entry | None:
        """The last line with this keyword; programs that correct one write it a second time."""
        return next((each for each in reversed(self.entries) if each.key == key), None)

    def text(self, key: str) -> str:
        """The last value of a keyword; empty without one."""
        entry = self.last(key)
        return entry.value if entry else ""

    def number(self, key: str) -> float | None:
        """The last value of a keyword as a number; nothing when there is none, or it is no number.

        A value may have its unit behind it: `10 eV`.
        """
        pieces = _SPLIT_EXPONENT.sub("", self.text(key)).split()
        return number(pieces[0]) if pieces else None

    @property
    def title(self) -> str:
        """TITLE; a long one goes on in further lines with the keyword."""
        return " ".join(each.value for each in self.entries if each.key == "TITLE" and each.value)

    @property
    def x_unit(self) -> str:
        """XUNITS, else the unit beside XPERCHAN, else the one in brackets behind XLABEL."""
        unit = self.text("XUNITS")
        entry = self.last("XPERCHAN")
        if not unit and entry:
            unit = entry.unit
        if not unit and (found := _UNIT_OF_LABEL.search(self.text("XLABEL"))):
            unit = found.group(1)
        return _ENERGIES.get(unit.casefold(), unit)

    @property
    def decimal_comma(self) -> bool:
        """Whether this file's numbers have decimal commas."""
        return any(
            has_decimal_comma(self.text(key))
            for key in ("XPERCHAN", "OFFSET", "CHOFFSET", "BEAMKV", "LIVETIME", "REALTIME")
        )

    @property
    def beam_kev(self) -> float | None:
        """Energy of the beam's electrons in keV, when it is a possible one."""
        value, entry = self.number("BEAMKV"), self.last("BEAMKV")
        if value is None or value <= 0 or entry is None:
            return None
        return value / 1000 if entry.unit.casefold() == "v" else value

    def labels(self) -> tuple[list[Label], list[str]]:
        """Oxford's labels `atomic number, energy in keV, symbol`, and what is wrong with others."""
        good, bad = [], []
        for entry in self.entries:
            if entry.key == _LABEL_KEY:
                label = _label(entry.value)
                if label:
                    good.append(label)
                else:
                    bad.append(f"Line {entry.line}: {entry.value!r} is no label of an element")
        return good, bad


def entry_of(line: str, number_of_line: int) -> Entry:
    """A line that begins with `#`, in its parts."""
    whole = _LINE.match(line)
    if whole:
        key, unit, value = whole.group(1), whole.group(2) or "", whole.group(3)
    else:
        bare = _BARE.match(line)
        key, unit, value = (bare.group(1), "", bare.group(2)) if bare else ("", "", "")
    return Entry(number_of_line, " ".join(key.upper().split()), unit.strip(), value.strip())


def _label(text: str) -> Label | None:
    pieces = [piece.strip() for piece in text.split(",")]
    if len(pieces) != 3 or not re.fullmatch("[A-Z][a-z]?", pieces[2]):
        return None
    atomic, kev = number(pieces[0]), number(pieces[1])
    if atomic is None or kev is None or not 1 <= atomic <= 118 or not 0 < kev < 200:
        return None
    return Label(pieces[2], kev, int(atomic))
