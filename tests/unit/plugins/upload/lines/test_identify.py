"""What is found in spectra whose composition is known, and where nothing may be looked for."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omeroweb_upload.emsa import Spectrum, read
from omeroweb_upload.lines import Named, identify
from synthetic_spectra import MATERIALS, Made, made

# Where several elements have lines. Made by chance, so with compounds that do not exist.
COMMON = (
    *("C", "N", "O", "F", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca", "Ti", "V", "Cr"),
    *("Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Sr", "Y", "Zr", "Nb"),
    *(
        "Mo",
        "Ag",
        "Cd",
        "In",
        "Sn",
        "Sb",
        "Te",
        "Ba",
        "La",
        "Ce",
        "W",
        "Pt",
        "Au",
        "Hg",
        "Pb",
        "Bi",
    ),
)


def _score(spectra: list[Made]) -> tuple[float, float, Counter[str]]:
    """Precision, recall of the elements that are clearly visible, and what was wrong."""
    right = missed = 0
    wrong: Counter[str] = Counter()
    for spectrum in spectra:
        found = set(identify(read(spectrum.file)).elements)
        right += len(found & spectrum.present)
        missed += len(spectrum.visible - found)
        wrong.update(f"{symbol} in {spectrum.name}" for symbol in found - spectrum.present)
    return right / (right + wrong.total()), right / (right + missed), wrong


BEAMS = ((15, 2e6), (20, 2e5))


@pytest.mark.parametrize("each_beam", [False, pytest.param(True, marks=pytest.mark.nightly)])
def test_materials_of_known_composition(each_beam: bool) -> None:
    """Precision is what counts; the seeds are fixed, and so is the result."""
    spectra = [
        made(name, formula, beam, total, seed)
        for seed, (name, formula) in enumerate(MATERIALS.items())
        for beam, total in (BEAMS if each_beam else BEAMS[seed % 2 :][:1])
    ]
    precision, recall, wrong = _score(spectra)
    assert precision >= 0.99, wrong
    assert recall >= 0.88


@pytest.mark.parametrize("count", [20, pytest.param(80, marks=pytest.mark.nightly)])
def test_mixtures_made_by_chance(count: int) -> None:
    """Harder than samples are: any elements beside any others, from 10 keV on."""
    chance = np.random.default_rng(11)
    spectra = []
    for seed in range(count):
        elements = chance.choice(COMMON, chance.integers(1, 7), replace=False)
        formula = "".join(f"{each}{int(10 ** chance.uniform(0.3, 2.5)) + 1}" for each in elements)
        beam, total = float(chance.choice([10, 15, 20, 30])), 10 ** chance.uniform(4.5, 6.5)
        spectra.append(made(formula, formula, beam, total, seed))
    precision, recall, wrong = _score(spectra)
    assert precision >= 0.97, wrong
    assert recall >= 0.65


def test_families_make_it_sure_and_a_lone_line_does_not() -> None:
    result = identify(read(made("olivine", MATERIALS["olivine"], 20, 2e6, 1).file))
    confidence = {each.text: each.confidence for each in result.named}
    assert confidence["Fe Kα"] == "high"
    assert confidence["O Kα"] == "medium"
    assert "xraylib" in result.method


def test_what_two_elements_explain_is_named_after_neither() -> None:
    """S and Mo are 14 eV apart, and 20 kV do not excite Mo's K series."""
    result = identify(read(made("Inconel", MATERIALS["Inconel"], 20, 2e6, 1).file))
    assert not {"S", "Mo"} & set(result.elements)
    unnamed = {each.kev: each.perhaps for each in result.unnamed}
    kev = min(unnamed, key=lambda each: abs(each - 2.3))
    assert abs(kev - 2.3) < 0.02
    assert {"S Kα", "Mo Lα"} <= set(unnamed[kev])


def _changed(old: bytes, new: bytes) -> bytes:
    content = made("plain steel", MATERIALS["plain steel"], 15, 2e6, 1).file
    assert old in content
    return content.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b": EDS", b": ELS", "of the type ELS has no X-ray lines"),
        (b": EDS", b": CLS", "of the type CLS has no X-ray lines"),
        (b": keV", b": nm", "does not give energies"),
        (b"#XPERCHAN    : 0.01", b"#XPERCHAN    : 0.1", "wider than 40 eV"),
    ],
)
def test_nothing_is_looked_for(old: bytes, new: bytes, why: str) -> None:
    result = identify(read(_changed(old, new)))
    assert result.named == ()
    assert result.unnamed == ()
    assert why in result.method


def test_energies_in_ev_and_a_file_without_a_type_make_no_difference() -> None:
    kev = identify(read(_changed(b": EDS", b": EDS")))
    ev = _changed(b": EDS", b": ").replace(b": keV", b": eV")
    ev = ev.replace(b": 0.01\n", b": 10.\n").replace(b": -0.1", b": -100.")
    assert identify(read(ev)).named == kev.named
    assert kev.elements[:1] != ()


def test_the_beam_limits_what_there_can_be() -> None:
    """At 5 kV there is no Kα of iron, whatever a spike at 6.4 keV looks like."""
    assert "Fe" in identify(read(_changed(b"-kV: 15", b"-kV: 15"))).elements
    assert "Fe" not in identify(read(_changed(b"-kV: 15", b"-kV: 5"))).elements


def test_the_files_labels_come_first() -> None:
    content = _changed(
        b"#SPECTRUM ",
        b"##OXINSTLABEL: 26, 6.404, Fe\n##OXINSTLABEL: 26, 7.058, Fe\n##OXINSTLABEL: 28, 1.0, Ni\n"
        b"##OXINSTLABEL: 26, 6.404, Fe\n#SPECTRUM ",
    )
    result = identify(read(content))
    assert result.named == (
        Named("Ni", "", 1.0, "file"),
        Named("Fe", "Kα", 6.404, "file"),
        Named("Fe", "Kβ", 7.058, "file"),
    )


@pytest.mark.parametrize("counts", [[0] * 1000, [7] * 1000, [0] * 999 + [10**6]])
def test_nothing_is_in_an_empty_spectrum(counts: list[int]) -> None:
    assert identify(_spectrum_of(counts)).named == ()


def test_noise_alone_names_nothing() -> None:
    chance = np.random.default_rng(3)
    for level in (1, 30, 1000):
        assert identify(_spectrum_of(chance.poisson(level, 2048).tolist())).named == ()


def _spectrum_of(counts: list[int]) -> Spectrum:
    spectrum = Made("made up", np.array(counts), 20.0, frozenset(), frozenset())
    return read(spectrum.file)


@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=400),
    st.floats(1e-4, 0.1),
)
def test_no_numbers_break_it(values: list[int], width: float) -> None:
    content = Made("x", np.array(values), 20.0, frozenset(), frozenset()).file
    content = content.replace(b": 0.01\n", f": {width:.6f}\n".encode())
    result = identify(read(content))
    assert all(each.confidence in ("high", "medium") for each in result.named)
