"""Spectra for the comparison of label placers, made by chance from fixed seeds.

Real lines of elements that occur together by chance; some in a usual figure, some crowded: more
labels, a small figure, large letters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from omeroweb_upload.figure import Curve, Label
from omeroweb_upload.lines.filtering import fwhm
from omeroweb_upload.lines.table import likely

SEED: Final = 20261129
_SPECTRA: Final = 6
_HIGHEST_KEV: Final = 12.0


@dataclass(frozen=True)
class Task:
    """One picture.

    Attributes:
        name: for people.
        curve: the spectrum.
        labels: of its peaks.
        size: of the figure in inches.
        font: of the labels in points.
    """

    name: str
    curve: Curve
    labels: tuple[Label, ...]
    size: tuple[float, float]
    font: float


FIGURES: Final = (
    ("10 labels", 10, (9.0, 5.2), 9.0),
    ("25 labels", 25, (9.0, 5.2), 9.0),
    ("25 labels, small figure, large letters", 25, (6.0, 4.0), 11.0),
)


def tasks() -> Iterator[Task]:
    """All of them, always the same."""
    for name, count, size, font in FIGURES:
        for number in range(_SPECTRA):
            curve, labels = _spectrum(np.random.default_rng((SEED, number)), count)
            yield Task(name, curve, labels, size, font)


def _spectrum(chance: np.random.Generator, count: int) -> tuple[Curve, tuple[Label, ...]]:
    kev = np.arange(0.0, _HIGHEST_KEV + 1.0, 0.01)
    counts: Any = 300 * np.exp(-kev / 3) * (1 - np.exp(-((kev / 0.4) ** 2)))
    chosen: list[tuple[float, str]] = []
    families = list(likely())
    while len(chosen) < count:
        family = families[chance.integers(len(families))]
        height = 10 ** chance.uniform(2.3, 4)
        for line in family.lines:
            if line.weight < 0.02 or not 0.25 <= line.kev <= _HIGHEST_KEV:
                continue
            sigma = float(fwhm(line.kev)) / 2.355
            counts = counts + height * line.weight * np.exp(-0.5 * ((kev - line.kev) / sigma) ** 2)
            # Peaks that are one for the detector have one label.
            apart = all(abs(line.kev - at) > 0.06 for at, _ in chosen)
            if apart and len(chosen) < count:
                chosen.append((line.kev, f"{line.symbol} {line.text}"))
    labels = tuple(Label(text, at) for at, text in sorted(chosen))
    return Curve(kev, counts, "Energy (keV)", "Counts"), labels
