"""Each shape of names has keys of its own, and shares those that the commonest shape has."""

from __future__ import annotations

from dataclasses import replace

from omeroweb_omp_plugin import parsing

LONG = [f"2024-05-0{day}_HeLa_drug{day}_{day}uM_A0{day}.tif" for day in range(1, 8)]
SHORT = [f"2024-05-0{day}_20x_{day}{day}7_A0{day}.tif" for day in range(1, 4)]


def test_names_of_the_second_shape() -> None:
    detected = parsing.detect([*LONG, *SHORT])
    assert [group.names for group in detected.groups] == [7, 3]
    main, second = ([key.name for key in group.keys] for group in detected.groups)
    assert main == ["Acquisition date", "Biological entity", "Var3", "Concentration", "Well"]
    assert second == ["Acquisition date", "Magnification", "Var3", "Well"]
    settings = replace(
        parsing.settings_from(detected, ["Day", "Line", "", "Dose", "Well"]),
        # What the first shape has, too, is called as it is called there.
        shape_names=(("When", "Lens", "What", "Where"),),
    )
    parser = parsing.compile_parser(settings)
    assert parser.parse(SHORT[0]).pairs == (
        ("Day", "2024-05-01"), ("Lens", "20x"), ("Var3", "117"), ("Well", "A01"),
    )  # fmt: skip
    assert parser.parse(LONG[0]).pairs[:3] == (
        ("Day", "2024-05-01"), ("Line", "HeLa"), ("Var3", "drug1"),
    )  # fmt: skip


def test_names_of_a_shape_whose_keys_somebody_named_fit() -> None:
    settings = parsing.settings_from(parsing.detect([*LONG, *SHORT]))
    [short] = parsing.compile_parser(settings).parse_all(SHORT[:1])
    assert short.group == 1
    assert short.warnings
    for names, fits in ((("", "Lens", "", ""), True), (("", "", "", ""), False)):
        looked_at = replace(settings, shape_names=(names,))
        assert (not parsing.compile_parser(looked_at).parse(SHORT[0]).warnings) == fits
    other = parsing.compile_parser(replace(settings, shape_names=(("", "Lens", "", ""),)))
    assert other.parse("overview.tif").warnings


def test_settings_with_names_of_shapes_are_read_again() -> None:
    settings = parsing.ParserSettings("separators", "_", ("A",), shape_names=(("B", ""), ()))
    stored = {"mode": "separators", "pattern": "_", "names": ["A"], "shape_names": [["B", ""], []]}
    assert parsing.settings_of(stored) == settings
