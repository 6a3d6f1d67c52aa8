"""What the page shows of the shapes of names."""

from __future__ import annotations

from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.services.shapes import Shape, Shapes

LONG = [f"2024-05-0{day}_HeLa_drug{day}_{day}uM_A0{day}.tif" for day in range(1, 8)]
SHORT = [f"2024-05-0{day}_20x_{day}{day}7_A0{day}.tif" for day in range(1, 4)]


def shapes_of(settings: ParserSettings, names: list[str]) -> list[Shape]:
    parser = parsing.compile_parser(settings)
    shapes = Shapes(settings)
    for read in parser.parse_all(names):
        shapes.count(read)
    return shapes.told(parser, settings)


def test_each_shape_has_an_example_and_says_which_keys_are_its_own() -> None:
    names = [*LONG, *SHORT, "overview.tif"]
    first, second = shapes_of(parsing.settings_from(parsing.detect(names)), names)
    assert (first.place, first.names, first.example) == (0, 7, LONG[0])
    assert (second.place, second.names, second.example) == (1, 3, SHORT[0])
    assert [each["key"] for each in first.pieces][2:] == ["", "Concentration", "Well"]
    assert [(each["key"], each["own"]) for each in second.pieces] == [
        ("Acquisition date", False), ("Magnification", True), ("", False), ("Well", False),
    ]  # fmt: skip


def test_when_no_name_fits_one_shows_what_is_missing() -> None:
    keys = ("Line", "Drug", "Dose", "Lens", "Well", "Note")
    settings = parsing.learn(ParserSettings("separators", "_", keys), LONG)
    [shape] = shapes_of(settings, LONG)
    assert (shape.names, shape.example, len(shape.pieces)) == (0, LONG[0], 5)
    [shape] = shapes_of(ParserSettings("regex", "(?P<Line>Vero)_"), LONG)
    assert (shape.names, shape.pieces) == (0, [])
