"""Names with a word more or less: each value goes where its type belongs, or nowhere."""

from __future__ import annotations

import dataclasses
import json

import pytest

from omeroweb_omp_plugin import parsing

Pairs = list[tuple[str, str]]
SIX = [
    f"2024-05-0{day}_HeLa_{treatment}_{dose}_20x_{well}.tif"
    for day in (5, 6, 7)
    for treatment, dose in (("Taxol", "10nM"), ("Nocodazole", "50nM"))
    for well in ("A01", "B02", "D01")
]


def read(names: list[str], name: str) -> parsing.ParsedName:
    settings = parsing.settings_from(parsing.detect(names))
    return parsing.compile_parser(settings).parse(name)


@pytest.mark.parametrize(
    ("name", "expected", "told"),
    [
        (
            "2024-05-07_HeLa_Taxol_20x_D01.tif",
            [("Acquisition date", "2024-05-07"), ("Biological entity", "HeLa"), ("Var3", "Taxol"),
             ("Magnification", "20x"), ("Well", "D01")],
            ("No value for “Concentration”.",),
        ),
        (
            "2024-05-07_HeLa_Taxol_10nM_D01_rep2.tif",
            [("Acquisition date", "2024-05-07"), ("Biological entity", "HeLa"), ("Var3", "Taxol"),
             ("Concentration", "10nM"), ("Well", "D01"), ("Replicate", "rep2")],
            ("No value for “Magnification”.", "More pieces than keys: “rep2”."),
        ),
        (
            "2024-05-07_HeLa_20101117_10nM_20x_D01.tif",
            [("Acquisition date", "2024-05-07"), ("Biological entity", "HeLa"),
             ("Var3", "20101117"), ("Concentration", "10nM"), ("Magnification", "20x"),
             ("Well", "D01")],
            (),
        ),
        (
            "HeLa_Taxol_D01.tif",
            [("Biological entity", "HeLa"), ("Var3", "Taxol"), ("Well", "D01")],
            ("No value for “Acquisition date”, “Concentration”, “Magnification”.",),
        ),
        (
            "notes_about_things.tif",
            [("Var7", "notes"), ("Var8", "about"), ("Var9", "things")],
            (
                "No value for “Acquisition date”, “Biological entity”, piece 3, “Concentration”, "
                "“Magnification”, “Well”.",
                "More pieces than keys: “notes”, “about”, “things”.",
            ),
        ),
    ],
)  # fmt: skip
def test_a_name_with_other_words_shifts_nothing(
    name: str, expected: Pairs, told: tuple[str, ...]
) -> None:
    parsed = read(SIX, name)
    assert list(parsed.pairs) == expected
    assert parsed.warnings == told


def test_each_shape_has_keys_of_its_own() -> None:
    names = [f"HeLa_A0{n}_20x_t00{n}.tif" for n in range(1, 9)]
    names += [f"overview_A0{n}_20x.tif" for n in range(1, 4)]
    detected = parsing.detect(names)
    first, second = detected.groups
    assert [(key.name, key.type) for key in first.keys] == [
        ("Biological entity", "cell line"),
        ("Well", "well"),
        ("Magnification", "magnification"),
        ("Time point", "time"),
    ]
    assert [key.name for key in second.keys] == ["Image type", "Well", "Magnification"]
    assert (first.names, second.names) == (8, 3)
    assert detected.pieces == ((4, 8), (3, 3))
    assert detected.remarks == ("8 of 11 names give 4 pieces; 3 give 3.",)
    groups = [each.group for each in parsing.compile_parser(
        parsing.settings_from(detected)).parse_all(names)]  # fmt: skip
    assert groups == [0] * 8 + [1] * 3


def test_words_that_are_always_there_tell_where_others_belong() -> None:
    names = [f"2018032{n}_RI51{n}_ESC_1{n}_1{n + 1}_SIR_THR_{n}.tif" for n in range(1, 9)]
    parsed = read(names, "20180329_RI510_ESC_81_SIR_THR_23.tif")
    found = dict(parsed.pairs)
    assert (found["Var6"], found["Var7"], found["Var8"]) == ("SIR", "THR", "23")
    assert "Var4" not in found
    assert "Var5" not in found


def test_names_of_the_user_stay_with_their_columns() -> None:
    detected = parsing.detect(SIX)
    settings = parsing.settings_from(detected, ["Day", "Cells", "Drug", "Dose", "Lens", "Place"])
    parsed = parsing.compile_parser(settings).parse("2024-05-07_HeLa_Taxol_20x_D01.tif")
    assert dict(parsed.pairs) == {
        "Day": "2024-05-07", "Cells": "HeLa", "Drug": "Taxol", "Lens": "20x", "Place": "D01"
    }  # fmt: skip


def test_a_name_that_the_user_gives_is_for_all_shapes() -> None:
    short = [f"2024-05-07_HeLa_Taxol_20x_D0{n}.tif" for n in (1, 2)]
    detected = parsing.detect([*SIX, *short])
    assert [group.names for group in detected.groups] == [18, 2]
    names = ["Day", "Cells", "Drug", "Dose", "Lens", "Place"]
    parsed = parsing.compile_parser(parsing.settings_from(detected, names)).parse(short[0])
    assert [key for key, _ in parsed.pairs] == ["Day", "Cells", "Drug", "Lens", "Place"]
    assert (parsed.warnings, parsed.group) == (("No value for “Dose”.",), 1)


def test_more_keys_than_values_are_told() -> None:
    names = [f"HeLa_A0{n}.tif" for n in range(1, 4)]
    modes: tuple[parsing.Mode, ...] = ("detect", "separators")
    for mode in modes:
        chosen = parsing.ParserSettings(mode, "_", ("Line", "Place", "Lens"))
        parser = parsing.compile_parser(parsing.learn(chosen, names))
        parsed = parser.parse(names[0])
        assert parsed.pairs == (("Line", "HeLa"), ("Place", "A01"))
        assert parsed.warnings == ("No value for “Lens”.",)


def test_what_is_known_of_columns_can_be_stored() -> None:
    for names in (SIX, ["r01c01f01p01-ch1sk1fk1fl1.tiff", "r02c01f01p01-ch1sk1fk1fl1.tiff"]):
        settings = parsing.settings_from(parsing.detect(names))
        kept = json.loads(json.dumps(dataclasses.asdict(settings)))
        assert parsing.settings_of(kept) == settings
    old = {"mode": "separators", "pattern": "_", "names": ["A"]}
    assert parsing.settings_of(old) == parsing.ParserSettings("separators", "_", ("A",))


def test_separators_that_were_chosen_learn_the_types_too() -> None:
    chosen = parsing.ParserSettings("separators", "_", ("Day", "Cells", "Drug", "Dose", "Lens"))
    settings = parsing.learn(chosen, SIX)
    assert [key.name for key in settings.groups[0].keys] == [
        "Day", "Cells", "Drug", "Dose", "Lens", "Well"
    ]  # fmt: skip
    parsed = parsing.compile_parser(settings).parse("2024-05-07_HeLa_Taxol_20x_D01.tif")
    assert ("Lens", "20x") in parsed.pairs
    assert parsing.learn(settings, SIX) == settings
    expression = parsing.ParserSettings("regex", "(?P<A>.)")
    assert parsing.learn(expression, SIX) == expression


@pytest.mark.parametrize(
    ("names", "key"),
    [
        ([f"Nodal_Ctrl_E{n}.tif" for n in (4, 9, 14)], "Well"),
        ([f"reg00{n}_X0{n}_Y01_x.tif" for n in range(1, 4)], "Well"),
        ([f"a_SIR_2C_{n}.tif" for n in range(3)], "Channel"),
        ([f"a_SIR_2C_{n}.tif" for n in range(3)], "Temperature"),
        ([f"Cam{n}_000x_003y_{n}.tif" for n in range(3)], "Magnification"),
        ([f"A0{n}_x_C0{n}_y.tif" for n in range(1, 4)], "Well_2"),
    ],
)
def test_types_assert_no_more_than_the_column_shows(names: list[str], key: str) -> None:
    assert key not in parsing.detect(names).names


def test_confidence_is_low_when_values_still_have_a_frequent_sign() -> None:
    names = [f"a-b{'-c' * (n % 4)}_{n:02d}_DAPI.tif" for n in range(40)]
    detected = parsing.detect(names)
    assert detected.confidence < 0.6
    assert any("may separate" in remark for remark in detected.remarks)
