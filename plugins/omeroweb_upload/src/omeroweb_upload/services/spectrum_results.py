"""What is made of one spectrum: key-value pairs, columns of a table, a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from omeroweb_upload.emsa import Spectrum
from omeroweb_upload.figure import Curve, Label, Picture, draw
from omeroweb_upload.lines import Identification, identify
from omeroweb_upload.lines.model import WORDS
from omeroweb_upload.omero_api.image_pairs import Pairs
from omeroweb_upload.omero_api.tables import Column

# Labels of the file are among the lines below.
_NOT_SHOWN: Final = frozenset({"OXINSTLABEL", "TITLE"})
_LONGEST_VALUE: Final = 1000
_COUNTS: Final = frozenset({"", "counts", "count", "intensity", "cts"})


@dataclass(frozen=True, slots=True)
class Results:
    """A spectrum, and what it shows.

    Attributes:
        name: of the file.
        spectrum: as it was read.
        found: its elements.
    """

    name: str
    spectrum: Spectrum
    found: Identification

    @classmethod
    def of(cls, name: str, spectrum: Spectrum) -> Results:
        """Look for elements."""
        return cls(name, spectrum, identify(spectrum))

    def pairs(self) -> Pairs:
        """What the file says of itself, and which elements it shows, with what they rest on."""
        title = self.spectrum.title
        made = [("Spectrum", self.name), ("Title", title)] if title else [("Spectrum", self.name)]
        if self.found.elements:
            made.append(("Elements", ", ".join(self.found.elements)))
        for confidence, words in WORDS.items():
            lines = [
                f"{each.text} {each.kev:.3f} keV"
                for each in self.found.named
                if each.confidence == confidence
            ]
            if lines:
                made.append((f"Lines: {words}", ", ".join(lines)))
        unnamed = [
            f"{each.kev:.3f} keV" + (f" ({' or '.join(each.perhaps)})" if each.perhaps else "")
            for each in self.found.unnamed
        ]
        if unnamed:
            made.append(("Peaks without a certain element", ", ".join(unnamed)))
        made.append(("How elements were found", self.found.method))
        made += [("Note", warning) for warning in self.spectrum.warnings]
        made += [
            (name, value)
            for name, value in self.spectrum.metadata
            if value and name not in _NOT_SHOWN
        ]
        return tuple((name, _short(value)) for name, value in made)

    def columns(self) -> list[Column]:
        """Positions and values; energies in keV, whatever unit the file has."""
        kev, unit = self.spectrum.kev, self.spectrum.x_unit
        if kev is not None:
            first = Column("Energy_keV", "Energy in keV", kev.tolist())
        else:
            first = Column("Position", f"Position in {unit or 'an unknown unit'}", _x(self))
        y_unit = self.spectrum.y_unit
        if y_unit.casefold() in _COUNTS:
            second = Column("Counts", "Counts of the channel", self.spectrum.y.tolist())
        else:
            second = Column("Intensity", f"Intensity in {y_unit}", self.spectrum.y.tolist())
        return [first, second]

    def picture(self) -> Picture:
        """The curve, with the lines named that were found."""
        spectrum = self.spectrum
        loss = spectrum.signal == "ELS"
        kev = None if loss else spectrum.kev
        x = spectrum.x if kev is None else kev
        unit = spectrum.x_unit if kev is None else "keV"
        name = "Energy loss" if loss else "Energy" if kev is not None else "Position"
        order = np.argsort(x, kind="stable")
        curve = Curve(
            x=x[order],
            y=spectrum.y[order],
            x_name=f"{name} ({unit})" if unit else name,
            y_name="Counts" if spectrum.y_unit.casefold() in _COUNTS else spectrum.y_unit,
            title=spectrum.title or self.name,
            note=self._note(),
        )
        labels = [
            Label(each.text, each.kev, each.confidence != "medium") for each in self.found.named
        ]
        return draw(curve, labels)

    def _note(self) -> str:
        confidences = {each.confidence for each in self.found.named}
        if "file" in confidences:
            return "Elements as the file names them"
        if "medium" in confidences:
            return "Elements found by their lines; in grey: by a single line"
        return "Elements found by their lines" if confidences else ""


def _x(results: Results) -> list[float]:
    return [float(each) for each in results.spectrum.x]


def _short(value: str) -> str:
    value = "".join(each if each.isprintable() else " " for each in value).strip()
    return value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 1] + "…"
