"""What separates words is found from all names together."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from omeroweb_omp_plugin import parsing

WELLS = [f"{row}{column}" for row in "AB" for column in (1, 2, 3)]


@pytest.mark.parametrize(
    ("names", "pattern", "variables"),
    [
        pytest.param(
            [f"10444-ec-{e:02d}-sa-{s:02d}-20x.tif" for e in range(3) for s in range(5)],
            "-{,ec,sa}", ("Var1", "ec", "sa", "Magnification"), id="labels",
        ),
        pytest.param(
            ["10444-ec-01-sa-02-20x.tif"],
            "-{,ec,sa}", ("Var1", "ec", "sa", "Magnification"), id="labels of one name",
        ),
        pytest.param(
            [f"ctrl-rep{r}-{w}-s1.tif" for r in (1, 2) for w in WELLS],
            "-", ("Experimental status", "Replicate", "Well", "Position"), id="hyphens",
        ),
        pytest.param(
            [f"HeLa_{c}-rep1-{w}_{d}.ome.tif" for c in ("ctrl", "drug") for w in WELLS
             for d in ("DAPI", "GFP")],
            "_-", ("Biological entity", "Experimental status", "Replicate", "Well", "Channel"),
            id="two separators",
        ),
        pytest.param(
            [f"Smith-Miller_{n:03d}.tif" for n in range(20)],
            "_", ("Var1", "Var2"), id="a hyphen in a proper name",
        ),
        pytest.param(
            ["wild-type_01.tif", "mutant_02.tif", "wild-type_03.tif"],
            "_", ("Experimental status", "Var2"), id="a hyphen in some names",
        ),
        pytest.param(
            [f"Image {n} DAPI 20x.czi" for n in range(20)],
            " {Image}", ("Image", "Channel", "Magnification"), id="blanks",
        ),
        pytest.param(
            [f"Exp 1 - HeLa - {n:02d}.nd2" for n in range(20)],
            None, ("Exp", "Biological entity", "Var3"), id="a dash between blanks",
        ),
        pytest.param(
            [f"Position_12_{n:03d}[{angle:.2f}].mrc" for n, angle in enumerate(range(-60, 61, 3))],
            "_{Position}", ("Position", "Var2", "Var3"), id="brackets",
        ),
        pytest.param(
            [f"scan_{angle:.1f}.mrc" for angle in range(-60, 61, 3)],
            "_{scan}", ("scan",), id="negative numbers",
        ),
        pytest.param(
            [f"anti-GFP_{c}_{d}_20x-objective.czi" for c in ("T-cell", "B-cell")
             for d in ("0.1uM", "1.5uM")],
            "_", ("Var1", "Var2", "Concentration", "Magnification"), id="words with hyphens",
        ),
        pytest.param(
            [f"exp-{c}-{d}-{n:02d}.czi" for c in ("T-cell", "HeLa") for d in ("DMSO-d6", "5-HT2A")
             for n in range(4)],
            "-", ("Var1", "Var2", "Var3", "Var4"), id="hyphens of both kinds",
        ),
        pytest.param(
            [f"2024-01-{day:02d}_HeLa_{n}.czi" for day in range(1, 20) for n in range(3)],
            "_", ("Acquisition date", "Biological entity", "Var3"), id="dates",
        ),
        pytest.param(
            [f"exp.{c}.{n:02d}.tif" for c in ("ctrl", "drug") for n in range(9)],
            ".", ("Var1", "Experimental status", "Var3"), id="dots",
        ),
        pytest.param(
            [f"{well}.tif" for well in WELLS], "", ("Well",), id="nothing to separate",
        ),
        pytest.param(
            [f"Maus_Größe{n}_日本_{n}µm.tif" for n in range(5)],
            "_", ("Var1", "Var2", "Var3", "Distance"), id="scripts",
        ),
        pytest.param(
            [f"exp={e};cell={c};rep={r}.tif" for e in "12" for c in "34" for r in "56"],
            None, ("exp", "cell", "rep"), id="key=value",
        ),
        pytest.param(
            [f"dox{sign}_{n}h_{n:02d}.tif" for sign in "+-" for n in range(1, 5)],
            "_", ("Var1", "Time point", "Var3"), id="signs at the end of a word",
        ),
        pytest.param(
            [f"RF Y{n}R D{n}.vsi_20x_Series_{n}.tif" for n in range(5)],
            None, ("Var1", "Var2", "Var3", "Var4", "Magnification", "Series"),
            id="an ending inside is no label of a value with a type",
        ),
        pytest.param([], "", (), id="no names"),
    ],
)  # fmt: skip
def test_separators_labels_and_variables(
    names: list[str], pattern: str | None, variables: tuple[str, ...]
) -> None:
    detected = parsing.detect(names)
    assert detected.names == variables
    assert pattern is None or detected.pattern == pattern
    parser = parsing.compile_parser(parsing.settings_from(detected))
    for name in names:
        parsed = parser.parse(name)
        assert parsed.warnings == ()
        assert tuple(variable for variable, _ in parsed.pairs) == variables


def test_it_takes_consistent_columns_and_not_the_commonest_sign() -> None:
    names = [f"a-b{'-c' * (n % 4)}_{n:02d}_DAPI.tif" for n in range(40)]
    assert sum(name.count("-") for name in names) > sum(name.count("_") for name in names)
    assert parsing.detect(names).separators == ("_",)


def test_one_name_out_of_many_decides_nothing() -> None:
    names = [f"HeLa_{n:03d}_DAPI.tif" for n in range(50)] + ["Thumbs db - copy (2).db"]
    detected = parsing.detect(names)
    assert detected.pattern == "_"
    assert 0.9 < detected.confidence < 1.0


@pytest.mark.parametrize(
    ("names", "low", "high"),
    [
        (["IMG0001.jpg", "IMG0002.jpg"], 0.0, 0.0),
        (["a_b.tif"], 0.3, 0.5),
        (["HeLa_A1.tif", "a b c.tif", "x.tif", "1-2-3-4.tif"], 0.0, 0.5),
        ([f"HeLa_{n}.tif" for n in range(30)], 0.99, 1.0),
    ],
)
def test_confidence_tells_how_much_names_have_in_common(
    names: list[str], low: float, high: float
) -> None:
    assert low <= parsing.detect(names).confidence <= high


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_names_changes_nothing(seed: int) -> None:
    names = _mixed(1500)
    shuffled = random.Random(seed).sample(names, len(names))
    assert parsing.detect(shuffled) == parsing.detect(names)


def test_names_of_the_user_replace_the_proposed_ones() -> None:
    detected = parsing.detect(["a_1.tif", "b_2.tif"])
    assert parsing.settings_from(detected, ["X", "Y"]).names == ("X", "Y")
    assert parsing.settings_from(detected).names == detected.names


def _mixed(count: int) -> Sequence[str]:
    chance = random.Random(7)
    words = ["HeLa", "ctrl", "T-cell", "A01", "0.1uM", "x y", "DMSO-d6", "日本", "-60.0"]
    return [
        chance.choice("_- ").join(chance.choices(words, k=chance.randint(1, 5))) + f"_{n}.tif"
        for n in range(count)
    ]
