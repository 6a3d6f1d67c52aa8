"""A spectrum without its background, and peaks in it.

The top-hat filter (Schamber 1977; Statham 1977) takes the mean of the channels below a peak minus
the mean of those beside it: a straight background, whatever its height, becomes nothing. It is
linear, so a model of lines is filtered in the same way and compared with the filtered spectrum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

_MN_KA_KEV: Final = 5.895
# Width of a peak that grows with energy: statistics of the charges in silicon, eV² per eV.
_FANO_EV: Final = 2.45
_SIGMA: Final = 2 * np.sqrt(2 * np.log(2))
# What the best background and line shapes are wrong by, against the counts of a channel.
_SYSTEMATIC: Final = 0.01
_PEAK_SIGMAS: Final = 6.0


def fwhm(kev: Values | float, at_manganese: float = 0.130) -> Values:
    """Full width of a peak at half its height, in keV (Fiori and Newbury 1978).

    Args:
        kev: the energy.
        at_manganese: the width of Mn Ka, in keV.
    """
    squared = (_FANO_EV * 1e-3) * (np.asarray(kev, dtype=np.float64) - _MN_KA_KEV)
    return np.sqrt(np.maximum(squared + at_manganese**2, 0.04**2))


@dataclass(frozen=True, slots=True, eq=False)
class Peak:
    """A place where the filtered spectrum rises above its noise.

    Attributes:
        kev: the middle.
        sigmas: the height against the noise.
        height: counts of a channel above the background.
    """

    kev: float
    sigmas: float
    height: float


class Filtered:
    """A spectrum behind the filter.

    Args:
        kev: energies of the channels, rising by the same width.
        counts: of the channels.
        at_manganese: the width of Mn Ka, in keV.
    """

    def __init__(self, kev: Values, counts: Values, at_manganese: float) -> None:
        self.kev, self.counts, self.at_manganese = kev, counts, at_manganese
        width = float(kev[1] - kev[0])
        channels = fwhm(kev, at_manganese) / width
        self.correlated = np.maximum(channels, 1.0)
        top = np.maximum(np.rint(channels / 2).astype(int), 1)
        side = np.maximum(np.rint(channels / 2).astype(int), 1)
        at, last = np.arange(len(kev)), len(kev)
        # Borders of the left side, the top and the right side; what is outside does not count.
        self._borders = [
            np.clip(at + shift, 0, last) for shift in (-top - side, -top, top + 1, top + side + 1)
        ]
        noise = max(_noise(counts), 1e-12)
        variance = np.maximum(counts, 1.0) * noise
        smooth = np.abs(self._means(counts)[0])
        self.sigma = np.sqrt(self._variance(variance) + (_SYSTEMATIC * smooth) ** 2)
        self.values = self.filtered(counts)
        self.sigma = np.sqrt(self.sigma**2 + (3 * _SYSTEMATIC * self.values) ** 2)

    def filtered(self, counts: Values) -> Values:
        """The filter, for the spectrum or a model."""
        top, sides = self._means(counts)
        return np.asarray(top - sides)

    def line(self, kev: float) -> Values:
        """A line of height 1, not filtered."""
        sigma = float(fwhm(kev, self.at_manganese)) / _SIGMA
        return np.asarray(np.exp(-0.5 * ((self.kev - kev) / sigma) ** 2))

    def index(self, kev: float) -> int:
        """The channel of an energy."""
        width = float(self.kev[1] - self.kev[0])
        return int(np.clip(round((kev - float(self.kev[0])) / width), 0, len(self.kev) - 1))

    def peaks(self, low: float, high: float) -> list[Peak]:
        """The highest places of each half width, six times above the noise.

        Args:
            low: the lowest energy that counts, in keV.
            high: the highest.
        """
        found = []
        level = self.values / self.sigma
        response = 0.55  # of the filter, to a line of height 1
        for at in np.flatnonzero(level > _PEAK_SIGMAS):
            reach = max(int(self.correlated[at] / 2), 1)
            window = self.values[max(at - reach, 0) : at + reach + 1]
            if not low <= self.kev[at] <= high or self.values[at] < window.max():
                continue
            found.append(
                Peak(self._middle(int(at)), float(level[at]), float(self.values[at]) / response)
            )
        return found

    def _middle(self, at: int) -> float:
        """Where the parabola through the channels around a maximum has its top."""
        reach = max(int(self.correlated[at] / 4), 1)
        inside = slice(max(at - reach, 0), at + reach + 1)
        x, y = self.kev[inside] - self.kev[at], self.values[inside]
        if len(x) < 3:
            return float(self.kev[at])
        square, slope, _ = np.polyfit(x, y, 2)
        if square >= 0:
            return float(self.kev[at])
        return float(self.kev[at] + np.clip(-slope / (2 * square), x[0], x[-1]))

    def _sums(self, values: Values) -> tuple[Values, Values, Values, Values]:
        total = np.concatenate(([0.0], np.cumsum(values)))
        start, left, right, end = self._borders
        sides = (total[left] - total[start]) + (total[end] - total[right])
        return total[right] - total[left], sides, right - left, left - start + end - right

    def _means(self, values: Values) -> tuple[Values, Values]:
        top, sides, inside, outside = self._sums(values)
        return top / np.maximum(inside, 1), sides / np.maximum(outside, 1)

    def _variance(self, variance: Values) -> Values:
        top, sides, inside, outside = self._sums(variance)
        return np.asarray(top / np.maximum(inside, 1) ** 2 + sides / np.maximum(outside, 1) ** 2)


def _noise(counts: Values) -> float:
    """Variance of a channel against its value: 1 for counts, other values for counts per second.

    From the second differences, which a smooth curve does not have.
    """
    second = counts[2:] - 2 * counts[1:-1] + counts[:-2]
    level = (counts[2:] + 4 * counts[1:-1] + counts[:-2]) / 6
    use = level > 0
    if not use.any():
        return 1.0
    ratio = float(np.median(second[use] ** 2 / (6 * level[use])) / 0.455)
    whole = bool(np.all(counts == np.rint(counts)))
    return max(ratio, 1.0) if whole else ratio
