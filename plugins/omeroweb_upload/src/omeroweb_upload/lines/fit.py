"""How much of each candidate is in a spectrum, and which of them must be there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from omeroweb_upload.lines.filtering import Filtered, fwhm
from omeroweb_upload.lines.least_squares import nonnegative
from omeroweb_upload.lines.table import Family

Values = npt.NDArray[np.float64]

# A line is looked at alone when no other line is closer than this, in widths of a peak.
_RESOLVED: Final = 0.9
# Lines whose weight is well known.
RELIABLE: Final = frozenset({"Ka", "Kb", "La", "Lb1", "Lb2", "Ma", "Mb"})


class Fit:
    """A model of a spectrum from some series.

    Args:
        spectrum: the filtered spectrum.
        families: the series.
        low, high: the range of energies that is compared, in keV.
    """

    def __init__(
        self, spectrum: Filtered, families: Sequence[Family], low: float, high: float
    ) -> None:
        self.spectrum, self.families = spectrum, list(families)
        self._use = (spectrum.kev >= low) & (spectrum.kev <= high)
        # Neighbours behind the filter are not independent.
        self._scale = (1 / (spectrum.sigma * np.sqrt(spectrum.correlated)))[self._use]
        shapes = [_shape(spectrum, family) for family in self.families]
        self.shapes = np.array(shapes).reshape(len(shapes), len(spectrum.kev)).T
        self._model = self.shapes[self._use] * self._scale[:, None]
        self._measured = spectrum.values[self._use] * self._scale
        self.heights, self.chi_square = nonnegative(self._model, self._measured)

    def worse_without(self, at: int) -> float:
        """How much the fit suffers when a series is left out, in squares of the noise."""
        if self.heights[at] <= 0:
            return 0.0
        rest = np.delete(self._model, at, axis=1)
        return nonnegative(rest, self._measured)[1] - self.chi_square

    def companions(self, at: int) -> tuple[int, int]:
        """How many lines beside the main one are seen, and how many are missing.

        Only lines count that must be far above the noise, and that stand alone; as missing, only
        those whose weight is well known.
        """
        seen = missing = 0
        family, height = self.families[at], float(self.heights[at])
        left = self.spectrum.values - self.shapes @ self.heights
        for line in family.lines[1:]:
            channel = self.spectrum.index(line.kev)
            if not self._use[channel] or not self._alone(at, line.kev):
                continue
            response = self.spectrum.filtered(self.spectrum.line(line.kev))[channel]
            expected = line.weight * height * response
            noise = float(self.spectrum.sigma[channel])
            if expected < 5 * noise:
                continue
            measured = float(left[channel]) + expected
            if measured < 0.35 * expected:
                missing += line.name in RELIABLE
            elif measured > 4 * noise:
                seen += 1
        return seen, missing

    def _alone(self, at: int, kev: float) -> bool:
        """No line of a series with a notable height beside this one."""
        width = _RESOLVED * float(fwhm(kev, self.spectrum.at_manganese))
        height = float(self.heights[at])
        for number, family in enumerate(self.families):
            for line in family.lines:
                strong = line.weight * self.heights[number] > 0.02 * height
                if line.kev != kev and strong and abs(line.kev - kev) < width:
                    return False
        return True


def _shape(spectrum: Filtered, family: Family) -> Values:
    """A series with a main line of height 1, behind the filter.

    Lines have the same area per photon, so wider ones are lower.
    """
    main = fwhm(family.main.kev, spectrum.at_manganese)
    total = np.zeros_like(spectrum.kev)
    for line in family.lines:
        narrower = float(main / fwhm(line.kev, spectrum.at_manganese))
        total += line.weight * narrower * spectrum.line(line.kev)
    return spectrum.filtered(total)
