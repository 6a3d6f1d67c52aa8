"""Which series of which elements may be in a spectrum at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from omeroweb_upload.lines.filtering import Filtered, Peak, fwhm
from omeroweb_upload.lines.table import Family, likely

# A beam must have more energy than the edge; just above it hardly anything is excited.
_OVERVOLTAGE: Final = 1.05
# How far the top of a peak may be from a line, in widths of a peak: overlaps move it.
TOLERANCE_WIDTHS: Final = 0.3
_ESCAPE_KEV: Final = 1.740  # Si Ka
_ARTEFACT: Final = 0.03  # of what causes it
# Heights of two series of one element: (overvoltage - 1)^1.67 * yield (Green 1963), within this.
_POWER: Final = 1.67
_SERIES_FACTOR: Final = 5.0


def excited(family: Family, beam: float) -> bool:
    """Whether a beam of this energy, in keV, excites a series well."""
    return beam >= _OVERVOLTAGE * family.main.edge


def near(family: Family, peaks: Sequence[Peak], spectrum: Filtered) -> Peak | None:
    """The peak at the main line of a series."""
    kev = family.main.kev
    within = TOLERANCE_WIDTHS * float(fwhm(kev, spectrum.at_manganese))
    close = [peak for peak in peaks if abs(peak.kev - kev) <= within]
    return max(close, key=lambda peak: peak.sigmas, default=None)


def candidates(
    spectrum: Filtered, peaks: Sequence[Peak], low: float, high: float, beam: float
) -> list[Family]:
    """The series with a peak at their main line, that the beam excites.

    Args:
        spectrum: the filtered spectrum.
        peaks: without artefacts.
        low: of the range of energies, in keV.
        high: its end.
        beam: energy of the beam, in keV.
    """
    return [
        family
        for family in likely()
        if low <= family.main.kev <= high
        and excited(family, beam)
        and near(family, peaks, spectrum)
    ]


def without_artefacts(peaks: Sequence[Peak], at_manganese: float) -> list[Peak]:
    """Peaks without those that strong ones cause: escape of Si Ka, and two photons at once."""
    strong = sorted(peaks, key=lambda peak: -peak.height)[:4]
    made = [(one.kev - _ESCAPE_KEV, one.height) for one in peaks if one.kev > 1.84]
    made += [
        (one.kev + other.kev, max(one.height, other.height))
        for at, one in enumerate(strong)
        for other in strong[at:]
    ]

    def artefact(peak: Peak) -> bool:
        within = 0.4 * float(fwhm(peak.kev, at_manganese))
        return any(
            abs(peak.kev - kev) <= within and peak.height <= _ARTEFACT * height
            for kev, height in made
        )

    return [peak for peak in peaks if not artefact(peak)]


def expected_at_least(lower: Family, higher: Family, height: float, beam: float) -> float:
    """Counts that the main line of a higher series must have, at least.

    Args:
        lower: the series that was found.
        higher: another of the same element, of more energy.
        height: of the lower one's main line.
        beam: energy of the beam, in keV.
    """
    strengths: list[float] = [
        max(beam / each.main.edge - 1, 0.0) ** _POWER * each.main.fluorescence
        for each in (higher, lower)
    ]
    if strengths[1] <= 0:
        return 0.0
    # The same photons in a wider peak are lower; silicon lets the hardest ones through.
    through = min(1.0, (12.0 / higher.main.kev) ** 2)
    widths = fwhm(lower.main.kev) / fwhm(higher.main.kev)
    return height * strengths[0] / strengths[1] * float(widths) * through / _SERIES_FACTOR
