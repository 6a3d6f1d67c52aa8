"""Which variable a word is the value of."""

from __future__ import annotations

import pytest

from omeroweb_omp_plugin import parsing

Pairs = tuple[tuple[str, str], ...]


def parse(name: str, pattern: str, *names: str) -> parsing.ParsedName:
    return parsing.compile_parser(parsing.ParserSettings("separators", pattern, names)).parse(name)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), (("Var1", "x"), ("Var2", "y"), ("Var3", "z"))),
        (("A", "B", "C"), (("A", "x"), ("B", "y"), ("C", "z"))),
        (("A", " ", "C"), (("A", "x"), ("Var2", "y"), ("C", "z"))),
        (("A", "A", "A"), (("A", "x"), ("A_2", "y"), ("A_3", "z"))),
        (("A", "A_2", "A"), (("A", "x"), ("A_2", "y"), ("A_3", "z"))),
        (("Var3", "B"), (("Var3", "x"), ("B", "y"), ("Var3_2", "z"))),
    ],
)
def test_names_go_by_position_and_no_two_are_alike(names: tuple[str, ...], expected: Pairs) -> None:
    assert parse("x_y_z.tif", "_", *names).pairs == expected


def test_names_and_values_that_do_not_go_together_are_told() -> None:
    assert parse("x_y.tif", "_", "A", "B").warnings == ()
    assert parse("x.tif", "_", "A", "B", "C").warnings == ("No value for “B”, “C”.",)
    assert parse("x_y_z.tif", "_", "A").warnings == ("More pieces than keys: “y”, “z”.",)
    assert parse("x_y_z.tif", "_").warnings == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("10444-ec-01-sa-02-20x", (("P", "10444"), ("E", "01"), ("S", "02"), ("M", "20x"))),
        ("10444-ec-01-20x", (("P", "10444"), ("E", "01"), ("M", "20x"))),
        ("10444-sa-02-ec-01-20x", (("P", "10444"), ("S", "02"), ("E", "01"), ("M", "20x"))),
        ("10444-ec-01-ec-02", (("P", "10444"), ("E", "01"), ("E_2", "02"))),
        ("10444-ec-01-sa", (("P", "10444"), ("E", "01"), ("S", "sa"))),
        ("10444-ec-sa-02", (("P", "10444"), ("E", "ec"), ("S", "02"))),
        ("1-2-3", (("P", "1"), ("M", "2"), ("Var5", "3"))),
    ],
)
def test_a_label_names_the_value_after_it_wherever_it_stands(name: str, expected: Pairs) -> None:
    parsed = parse(f"{name}.tif", "-{,ec,sa}", "P", "E", "S", "M")
    assert parsed.pairs == expected
    assert parsed.tokens == tuple(name.split("-"))
    assert len(parsed.types) == len(parsed.pairs)


def test_labels_are_the_names_when_nobody_gave_others() -> None:
    assert parse("ec-01-sa-02.tif", "-{ec,sa}").pairs == (("ec", "01"), ("sa", "02"))
    assert parse("ec-01-sa.tif", "-{ec,sa}").warnings == ("The label “sa” has no value after it.",)
    # Who empties the boxes wants neither.
    assert parse("ec-01.tif", "-{ec,sa}", "", "").warnings == ("No value for piece 2.",)
