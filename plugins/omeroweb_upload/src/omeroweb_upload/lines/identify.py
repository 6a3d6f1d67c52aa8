"""From a spectrum to its elements.

The file's own labels are right by definition. Without them, peaks are looked for (`filtering`),
all series of elements with a peak at their main line are candidates (`candidates`), and those
without which the spectrum cannot be explained are named (`fit`). A candidate is dropped when a
line that must be visible is missing: of its own series, or of a higher one that the beam excites.
Where two elements explain a peak equally well, neither is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from omeroweb_upload.emsa import Spectrum
from omeroweb_upload.lines.candidates import (
    TOLERANCE_WIDTHS,
    candidates,
    expected_at_least,
    near,
    without_artefacts,
)
from omeroweb_upload.lines.filtering import Filtered, Peak, fwhm
from omeroweb_upload.lines.fit import RELIABLE, Fit
from omeroweb_upload.lines.model import Confidence, Identification, Named, Unnamed
from omeroweb_upload.lines.table import SOURCE, Family, Line, families, likely, lines, nearest

Values = npt.NDArray[np.float64]

# What a detector that counts X-rays by energy calls itself.
_SIGNALS: Final = frozenset({"", "EDS", "EDX", "EDXS", "XEDS", "XRF"})
_MN_KA_FWHM_KEV: Final = 0.130
_LONE_TOLERANCE_KEV: Final = 0.010
_LABEL_TOLERANCE_KEV: Final = 0.06
# Below are the noise of the electronics and lines that hardly any detector sees.
_LOWEST_KEV: Final = 0.17
_NEEDED_KEV: Final = 5.0
_COARSEST_KEV: Final = 0.04
_FEWEST: Final = 50
_MOST: Final = 16_384
# Five times the noise, squared.
_NEEDED: Final = 25.0

_METHOD: Final = (
    f"Peaks six times above the noise, within {TOLERANCE_WIDTHS:g} of a peak's width of a line; "
    f"energies of {SOURCE}; an element is named only if the spectrum cannot be explained without it"
)


def identify(spectrum: Spectrum) -> Identification:
    """Name the peaks of a spectrum.

    Args:
        spectrum: as it was read.

    Returns:
        The file's labels, if it has some; else what was found; nothing for a spectrum that is not
        one of X-rays, or not one of energies.
    """
    if spectrum.labels:
        return _from_labels(spectrum)
    kev = spectrum.kev
    if spectrum.signal not in _SIGNALS:
        return _none(f"a spectrum of the type {spectrum.signal} has no X-ray lines to look for")
    if kev is None:
        return _none("the file does not give energies in eV or keV")
    if len(kev) < _FEWEST:
        return _none(f"the spectrum has fewer than {_FEWEST} channels")
    if len(kev) > _MOST:
        return _none(f"the spectrum has more than {_MOST:,} channels")
    kev, counts = _even(kev, spectrum.y)
    if kev[1] - kev[0] > _COARSEST_KEV:
        return _none("the channels are wider than 40 eV")
    if kev[-1] < _NEEDED_KEV and not spectrum.signal:
        return _none("the file does not say that it is an EDS spectrum, and ends below 5 keV")
    return _found(kev, counts, spectrum)


def _none(why: str) -> Identification:
    return Identification((), (), f"No element was looked for: {why}")


def _from_labels(spectrum: Spectrum) -> Identification:
    named = []
    for label in spectrum.labels:
        line = nearest(label.symbol, label.kev, _LABEL_TOLERANCE_KEV)
        named.append(Named(label.symbol, line.text if line else "", label.kev, "file"))
    unique = {(each.symbol, each.kev): each for each in named}
    ordered = sorted(unique.values(), key=lambda each: each.kev)
    return Identification(tuple(ordered), (), "The file names its elements")


def _even(kev: Values, counts: Values) -> tuple[Values, Values]:
    """Rising, in channels of the same width, nothing below zero."""
    order = np.argsort(kev, kind="stable")
    kev, counts = kev[order], np.maximum(counts[order], 0.0)
    widths = np.diff(kev)
    width = float(np.median(widths))
    if width <= 0:
        width = max(float(kev[-1] - kev[0]) / (len(kev) - 1), 1e-9)
    if np.abs(widths - width).max() <= 0.02 * width:
        return kev, counts
    # A stray position far outside must not ask for a billion channels.
    number = min(int((kev[-1] - kev[0]) / width) + 1, 10 * len(kev))
    even = np.linspace(kev[0], kev[-1], number)
    return even, np.interp(even, kev, counts)


def _width_of_manganese(spectrum: Spectrum) -> float:
    """FWHMMNKA of the file, in keV, if it is a possible one."""
    for key, value in spectrum.metadata:
        if key.startswith("FWHMMNKA"):
            try:
                width = float(value.split()[0]) / 1000
            except (ValueError, IndexError):
                continue
            if 0.1 <= width <= 0.25:
                return width
    return _MN_KA_FWHM_KEV


def _found(kev: Values, counts: Values, spectrum: Spectrum) -> Identification:
    filtered = Filtered(kev, counts, _width_of_manganese(spectrum))
    beam = min(spectrum.beam_kev or np.inf, 60.0)
    high = min(float(kev[-1]), beam) - 0.1
    if spectrum.beam_kev is None:
        beam = float(kev[-1])
    peaks = filtered.peaks(_LOWEST_KEV, high)
    real = without_artefacts(peaks, filtered.at_manganese)
    search = _Search(filtered, real, _LOWEST_KEV, high, beam)
    return search.result()


class _Search:
    """One spectrum's candidates: those that must be there, and what could be there instead."""

    def __init__(
        self, spectrum: Filtered, peaks: Sequence[Peak], low: float, high: float, beam: float
    ) -> None:
        self._spectrum, self._peaks = spectrum, peaks
        self._low, self._high, self._beam = low, high, beam
        self._all = candidates(spectrum, peaks, low, high, beam)
        self._fit = self._settled(self._all)

    def result(self) -> Identification:
        """The lines of the elements that must be there, and the peaks that are left."""
        needed = [at for at in range(len(self._fit.families)) if self._needed(at)]
        sure = self._sure(needed)
        elements = {self._fit.families[at].symbol for at in needed if self._credible(at, needed)}
        named: list[Named] = []
        unnamed: list[Unnamed] = []
        for peak in self._peaks:
            line = self._line_at(peak, elements)
            if line is None:
                unnamed.append(Unnamed(round(peak.kev, 3), self._perhaps(peak)))
            else:
                confidence: Confidence = "high" if line.symbol in sure else "medium"
                named.append(Named(line.symbol, line.text, round(peak.kev, 3), confidence))
        return Identification(tuple(named), tuple(unnamed), _METHOD)

    def _sure(self, needed: Sequence[int]) -> set[str]:
        """Elements of which more than one line is seen."""
        symbols = [self._fit.families[at].symbol for at in needed]
        several = {self._fit.families[at].symbol for at in needed if self._fit.companions(at)[0]}
        return several | {symbol for symbol in symbols if symbols.count(symbol) > 1}

    def _credible(self, at: int, needed: Sequence[int]) -> bool:
        """Whether a series that the fit needs is more than a weak line of another element.

        The weights of weak lines are not known well enough to say what is left beside them. A
        single peak is named only as Ka, and only exactly where it belongs: a lone peak of an L or
        M series is no more than a place where many elements have lines.
        """
        fit, own = self._fit, self._fit.families[at]
        series = [fit.families[other].symbol for other in needed]
        if series.count(own.symbol) > 1:
            return True
        width = float(fwhm(own.main.kev, self._spectrum.at_manganese))
        stronger = {
            fit.families[other].symbol for other in needed if fit.heights[other] > fit.heights[at]
        }
        weak, strong = 1.0, 1.0
        for line in lines():
            if line.symbol == own.symbol or line.symbol not in stronger:
                continue
            away = abs(line.kev - own.main.kev) / width
            if line.name in RELIABLE:
                strong = min(strong, away)
            else:
                weak = min(weak, away)
        if weak <= TOLERANCE_WIDTHS:
            return False
        if fit.companions(at)[0]:
            return True
        peak = near(own, self._peaks, self._spectrum)
        return (
            own.series == "K"
            and min(weak, strong) > 2 * TOLERANCE_WIDTHS
            and peak is not None
            and abs(peak.kev - own.main.kev) <= _LONE_TOLERANCE_KEV
        )

    def _settled(self, families: Sequence[Family]) -> Fit:
        """The fit without what cannot be there: dropped one by one, what costs least first."""
        rest = list(families)
        while True:
            fit = Fit(self._spectrum, rest, self._low, self._high)
            there = [int(at) for at in np.flatnonzero(fit.heights > 0)]
            bad = [at for at in there if self._contradicted(fit, at)]
            if not bad:
                return fit
            del rest[min(bad, key=fit.worse_without)]

    def _needed(self, at: int) -> bool:
        """Whether nothing else explains what a series explains."""
        fit = self._fit
        if fit.worse_without(at) < _NEEDED:
            return False
        own = fit.families[at]
        width = float(fwhm(own.main.kev, self._spectrum.at_manganese))
        beside = [
            each
            for each in self._all
            if each not in fit.families and abs(each.main.kev - own.main.kev) < width
        ]
        others = [each for each in (*fit.families, *beside) if each is not own]
        return self._settled(others).chi_square - fit.chi_square >= _NEEDED

    def _contradicted(self, fit: Fit, at: int) -> bool:
        """Whether a line is missing that must be visible."""
        if fit.companions(at)[1]:
            return True
        family, height = fit.families[at], float(fit.heights[at])
        for other in likely():
            higher = other.symbol == family.symbol and other.main.kev > family.main.kev
            if not higher or other.main.kev > self._high:
                continue
            if near(other, self._peaks, self._spectrum):
                continue
            wanted = expected_at_least(family, other, height, self._beam)
            channel = self._spectrum.index(other.main.kev)
            # Half of a lone line's height is left behind the filter.
            if 0.5 * wanted > 6 * float(self._spectrum.sigma[channel]):
                return True
        return False

    def _line_at(self, peak: Peak, elements: set[str]) -> Line | None:
        """The strongest line of the elements at a peak."""
        within = TOLERANCE_WIDTHS * float(fwhm(peak.kev, self._spectrum.at_manganese))
        heights = dict(zip(self._fit.families, self._fit.heights, strict=True))
        best, strongest = None, 0.0
        for family in families():
            if family.symbol not in elements or family not in heights:
                continue
            for line in family.lines:
                strength = float(heights[family]) * line.weight
                if abs(line.kev - peak.kev) <= within and strength > strongest:
                    best, strongest = line, strength
        return best if strongest >= 0.3 * peak.height else None

    def _perhaps(self, peak: Peak) -> tuple[str, ...]:
        within = TOLERANCE_WIDTHS * float(fwhm(peak.kev, self._spectrum.at_manganese))
        lines = [
            family.main
            for family in self._fit.families
            if abs(family.main.kev - peak.kev) <= within
        ]
        return tuple(f"{line.symbol} {line.text}" for line in lines)
