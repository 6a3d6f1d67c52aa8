"""What a file says: a curve, where the instrument saw which element, and all other keywords."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

# Into keV. Other units, such as nm of cathodoluminescence, are left as they are.
_KEV: Final = {"ev": 1e-3, "kev": 1.0, "mev": 1e3}


@dataclass(frozen=True, slots=True)
class Label:
    """A peak that the instrument's software has named.

    Attributes:
        symbol: of the element, as the file writes it, such as `Fe`.
        kev: energy of the line, in keV.
        atomic_number: of the element; 0 when the file does not say it.
    """

    symbol: str
    kev: float
    atomic_number: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """One spectrum.

    Attributes:
        title: TITLE; its lines joined by blanks.
        signal: SIGNALTYPE in capitals, such as EDS or ELS; empty when the file does not say it.
        x: the positions of the channels, in `x_unit`, in the file's order.
        y: the values of the channels, in `y_unit`.
        x_unit: such as `keV` or `eV`; empty when the file does not say it.
        y_unit: such as `counts`; empty when the file does not say it.
        metadata: keywords and values in the file's order, repeated ones as often as they are
            there; with the unit that stands beside the keyword, such as `BEAMKV (kV)`.
        labels: peaks that the file names.
        beam_kev: energy of the beam's electrons in keV; nothing when the file does not say it.
        warnings: what is odd in the file, for people.
    """

    title: str
    signal: str
    x: Values
    y: Values
    x_unit: str
    y_unit: str
    metadata: tuple[tuple[str, str], ...]
    labels: tuple[Label, ...]
    beam_kev: float | None
    warnings: tuple[str, ...]

    @property
    def kev(self) -> Values | None:
        """The positions in keV; nothing when they are no energies, or in an unknown unit."""
        factor = _KEV.get(self.x_unit.casefold())
        return None if factor is None else self.x * factor
