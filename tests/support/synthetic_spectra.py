"""Spectra of SEM-EDX of materials whose composition is known.

Made without the plugin's table and formulas: lines and yields are xraydb's. What they have of real
ones: counting noise, bremsstrahlung that a window and the sample absorb, a detector whose width
and calibration are a little off, escape peaks and two photons that count as one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import xraydb

# Atoms of a formula unit, and what stands in textbooks of mineralogy and of materials.
MATERIALS: Final = {
    "steel 304": "Fe68Cr20Ni9Mn2Si1",
    "plain steel": "Fe98Mn1Si1",
    "Inconel": "Ni55Cr22Fe18Nb3Mo2",
    "brass": "Cu63Zn37",
    "bronze": "Cu90Sn10",
    "solder": "Sn63Pb37",
    "lead-free solder": "Sn95Ag4Cu1",
    "duralumin": "Al94Cu4Mg2",
    "Ti-6Al-4V": "Ti86Al10V4",
    "nitinol": "Ni50Ti50",
    "quartz": "SiO2",
    "corundum": "Al2O3",
    "albite": "NaAlSi3O8",
    "orthoclase": "KAlSi3O8",
    "anorthite": "CaAl2Si2O8",
    "olivine": "Mg18Fe2Si10O40",
    "garnet": "Fe3Al2Si3O12",
    "diopside": "CaMgSi2O6",
    "calcite": "CaCO3",
    "dolomite": "CaMgC2O6",
    "gypsum": "CaSO4",
    "apatite": "Ca5P3O12F",
    "barite": "BaSO4",
    "fluorite": "CaF2",
    "halite": "NaCl",
    "sylvite": "KCl",
    "pyrite": "FeS2",
    "chalcopyrite": "CuFeS2",
    "sphalerite": "ZnS",
    "galena": "PbS",
    "cinnabar": "HgS",
    "arsenopyrite": "FeAsS",
    "molybdenite": "MoS2",
    "scheelite": "CaWO4",
    "zircon": "ZrSiO4",
    "ilmenite": "FeTiO3",
    "chromite": "FeCr2O4",
    "magnetite": "Fe3O4",
    "rhodochrosite": "MnCO3",
    "monazite": "Ce5La3Nd2P10O40",
    "soda-lime glass": "Si25Na9Ca3Mg2O61",
    "gallium arsenide": "GaAs",
    "indium phosphide": "InP",
    "cadmium telluride": "CdTe",
    "bismuth telluride": "Bi2Te3",
    "barium titanate": "BaTiO3",
    "strontium titanate": "SrTiO3",
    "PZT": "PbZrTiO6",
    "YAG": "Y3Al5O12",
    "tungsten carbide": "WC",
    "titanium nitride": "TiN",
    "silicon carbide": "SiC",
    "gold on silicon": "Au20Si80",
    "platinum": "Pt",
    "silver": "Ag",
    "hafnia": "HfO2",
    "tantalum": "Ta",
    "uraninite": "UO2",
    "NdFeB magnet": "Fe14Nd2B",
    "SmCo magnet": "Sm1Co5",
    "polymer with filler": "C80O15Ca5",
    "salt on carbon": "C90Na4Cl4K2",
    "coated tooth": "Ca5P3O13C10Au1",
}
_SYMBOL: Final = re.compile(r"([A-Z][a-z]?)(\d*)")
_MAIN: Final = {"K": ("Ka1",), "L3": ("La1",), "L2": ("Lb1",), "M5": ("Ma",), "M4": ("Mb",)}
_ELECTRONS: Final = {"K": 2, "L1": 2, "L2": 2, "L3": 4, "M3": 4, "M4": 4, "M5": 6}
_SILICON_KA: Final = 1.740


def atoms_of(formula: str) -> dict[str, float]:
    """Atoms of each element, as parts of one."""
    counts = {symbol: float(number or 1) for symbol, number in _SYMBOL.findall(formula)}
    return {symbol: number / sum(counts.values()) for symbol, number in counts.items()}


@cache
def _lines(symbol: str) -> tuple[tuple[float, float, float], ...]:
    """Energy, strength without excitation, and edge in keV of all lines of an element."""
    found = []
    for name, line in xraydb.xray_lines(symbol).items():
        # Without 4f electrons there are no Ma and Mb; xraydb has them at the edges, and says of Mz
        # neither from which shell nor how strong it is.
        if name[0] == "M" and xraydb.atomic_number(symbol) < 57:
            continue
        shell = "M5" if name == "Mz" else line.initial_level
        intensity = 0.07 if name == "Mz" else line.intensity
        if shell not in _ELECTRONS or not 0.1 <= line.energy / 1000 <= 35:
            continue
        try:
            edge = xraydb.xray_edge(symbol, shell)
        except (KeyError, ValueError):
            continue
        if edge is None or edge.energy <= 0 or edge.fyield <= 0:
            continue
        strength = _ELECTRONS[shell] * edge.fyield * intensity
        found.append((line.energy / 1000, strength, edge.energy / 1000))
    return tuple(found)


def _efficiency(kev: Any) -> Any:
    """Of a silicon drift detector with a polymer window, and of the way out of the sample."""
    return np.exp(-0.12 / np.maximum(kev, 0.05) ** 2.0) * (1 - np.exp(-((14 / kev) ** 3)))


@dataclass(frozen=True)
class Made:
    """A spectrum, and what is in it.

    Attributes:
        name: of the material.
        counts: of 2048 channels of 10 eV, or more for a beam of 30 keV; the first is at -0.1 keV.
        beam: in keV.
        visible: elements with a line eight times above the noise, in which no other line is.
        present: all elements of the material.
    """

    name: str
    counts: Any
    beam: float
    visible: frozenset[str]
    present: frozenset[str]

    @property
    def file(self) -> bytes:
        """As an EMSA file."""
        head = [
            "#FORMAT      : EMSA/MAS Spectral Data File",
            "#VERSION     : 1.0",
            f"#TITLE       : {self.name}",
            f"#NPOINTS     : {len(self.counts)}.",
            "#NCOLUMNS    : 1.",
            "#XUNITS      : keV",
            "#YUNITS      : counts",
            "#DATATYPE    : Y",
            "#XPERCHAN    : 0.01",
            "#OFFSET      : -0.1",
            "#SIGNALTYPE  : EDS",
            f"#BEAMKV   -kV: {self.beam}",
            "#SPECTRUM    : Spectral Data Starts Here",
        ]
        data = [f"{value}." for value in self.counts]
        return "\n".join([*head, *data, "#ENDOFDATA   :", ""]).encode()


def made(name: str, formula: str, beam: float, total: float, seed: int) -> Made:
    """A spectrum of a material.

    Args:
        name: of the material.
        formula: its atoms.
        beam: energy of the electrons in keV.
        total: counts in all.
        seed: of noise, calibration and width.
    """
    chance = np.random.default_rng(seed)
    atoms = atoms_of(formula)
    kev = -0.1 + 0.01 * np.arange(3200 if beam > 20 else 2048)
    offset, gain = chance.normal(0, 0.002), 1 + chance.normal(0, 0.0004)
    width = chance.uniform(0.125, 0.135)
    lines = [
        (energy, symbol, share * strength * (beam / edge - 1) ** 1.67 * _efficiency(energy))
        for symbol, share in atoms.items()
        for energy, strength, edge in _lines(symbol)
        if beam > edge
    ]
    strongest = max(strength for _, _, strength in lines)
    by_element = {symbol: np.zeros_like(kev) for symbol in atoms}
    for energy, symbol, strength in lines:
        by_element[symbol] += strength * _peak(kev, energy * gain + offset, width)
        if energy > 1.84:
            escape = _peak(kev, (energy - _SILICON_KA) * gain + offset, width)
            by_element[symbol] += 0.008 * strength / max(energy - 1, 1) * escape
    energy = max(lines, key=lambda each: each[2])[0]
    pile_up = 0.002 * strongest * _peak(kev, 2 * energy * gain + offset, width)
    positive = np.maximum(kev, 0.05)
    background = np.where(kev > 0.02, np.maximum(beam / positive - 1, 0) * _efficiency(positive), 0)
    characteristic = sum(by_element.values()) + pile_up
    background *= 0.6 * characteristic.sum() / background.sum()
    scale = total / (characteristic.sum() + background.sum())
    counts = chance.poisson(scale * (characteristic + background))
    noise = np.sqrt(scale * (characteristic + background) + 1)
    visible = frozenset(
        symbol
        for symbol, own in by_element.items()
        if _clear(scale * own, scale * (characteristic - own), noise)
    )
    return Made(name, counts, beam, visible, frozenset(atoms))


def _peak(kev: Any, energy: float, width: float) -> Any:
    sigma = np.sqrt(np.maximum(2.45e-3 * (energy - 5.895) + width**2, 0.04**2)) / 2.3548
    return np.exp(-0.5 * ((kev - energy) / sigma) ** 2) / sigma * 0.04


def _clear(own: Any, others: Any, noise: Any) -> bool:
    """Whether an element has a peak well above the noise where the others have little."""
    good = (own > 8 * noise) & (others < 0.3 * own)
    return bool(good.any())
