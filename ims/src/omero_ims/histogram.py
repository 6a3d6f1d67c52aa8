"""Counts of intensities while they pass, without knowing their range before."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from omero_ims.pixel_types import Pixels

Counts = NDArray[np.uint64]

# Bins that are held; each is as wide as a power of two, so that two of them become one exactly.
_BINS: Final = 1 << 16
# Pixels that are counted at once: numpy makes eight bytes of each.
_PART: Final = 1 << 20


class Histogram:
    """The intensities of a volume: smallest, largest, and how many of each.

    Numbers that are not finite are not counted.
    """

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self.smallest = math.inf
        self.largest = -math.inf
        self._whole = True
        self._exponent = 0
        self._first = 0
        self._counts = np.zeros(_BINS, np.uint64)

    @property
    def empty(self) -> bool:
        """Whether no finite number was counted."""
        return self.smallest > self.largest

    def add(self, pixels: Pixels) -> None:
        """Count pixels of any shape."""
        flat = pixels.reshape(-1)
        for start in range(0, flat.size, _PART):
            part = flat[start : start + _PART]
            if part.dtype.kind == "f":
                self._whole = False
                part = part[np.isfinite(part)]
            if part.size:
                self._add(part)

    def _add(self, part: Pixels) -> None:
        if part.dtype.itemsize > 2:
            self._reach(float(part.min()), float(part.max()))
            # Not negative: the integer below is what is cut off. Just below zero, the difference is
            # rounded up to the next bin, of which there may be none.
            scaled = part.astype(np.float64)
            scaled *= 2.0**-self._exponent
            scaled -= self._first
            places = np.minimum(scaled.astype(np.int64), _BINS - 1)
            counts = np.bincount(places, minlength=_BINS)
            self._counts += counts.astype(np.uint64)
            return
        counts = np.bincount(part, minlength=_BINS)
        present = np.flatnonzero(counts)
        self._exponent = 0
        self.smallest = min(self.smallest, float(present[0]))
        self.largest = max(self.largest, float(present[-1]))
        self._counts += counts.astype(np.uint64)

    def _reach(self, smallest: float, largest: float) -> None:
        """Make the bins reach from a number to another, besides those counted."""
        smallest, largest = min(self.smallest, smallest), max(self.largest, largest)
        exponent = self._needed(smallest, largest)
        first = math.floor(math.ldexp(smallest, -exponent))
        if not self.empty:
            moved = np.zeros(_BINS, np.uint64)
            present = np.flatnonzero(self._counts)
            places = ((present + self._first) >> min(exponent - self._exponent, 63)) - first
            np.add.at(moved, places, self._counts[present])
            self._counts = moved
        self._exponent, self._first = exponent, first
        self.smallest, self.largest = smallest, largest

    def _needed(self, smallest: float, largest: float) -> int:
        """The power of two of the width of a bin."""
        exponent = self._exponent
        # Whole numbers have a bin each as long as there are enough.
        if self.empty and not self._whole:
            spread = max(largest - smallest, abs(largest) * 2.0**-20, 2.0**-100)
            exponent = math.frexp(spread)[1] - 15
        while math.floor(math.ldexp(largest, -exponent)) >= _BINS + math.floor(
            math.ldexp(smallest, -exponent)
        ):
            exponent += 1
        return exponent

    def shown(self) -> tuple[float, float]:
        """The smallest and the largest intensity; they differ also where there is only one."""
        if self.empty:
            return 0.0, 1.0
        if self.largest > self.smallest:
            return self.smallest, self.largest
        return self.smallest, self.smallest + max(1.0, abs(self.smallest) * 1e-3)

    def range(self, number: int) -> tuple[float, float]:
        """Where bins begin and end, if there are `number` of them.

        Whole numbers get a bin each, or bins of several; those below `number` begin with 0, as
        Imaris' own writer has it.
        """
        if self.empty or not self._whole:
            return self.shown()
        low = 0.0 if self.largest < number else self.smallest
        return low, max(self.largest + 1, low + number)

    def bins(self, number: int) -> Counts:
        """Counts in bins of equal width over `range`."""
        result = np.zeros(number, np.uint64)
        if self.empty:
            return result
        low, high = self.range(number)
        present = np.flatnonzero(self._counts)
        middle = 0.0 if self._exponent <= 0 and self._whole else 0.5
        values = np.ldexp((present + self._first + middle).astype(np.float64), self._exponent)
        places = ((values - low) * (number / (high - low))).astype(np.int64).clip(0, number - 1)
        np.add.at(result, places, self._counts[present])
        return result
