"""Extensions, brackets, decimals, blanks and scripts of all kinds."""

from __future__ import annotations

import pytest

from omeroweb_omp_plugin import parsing


def parse(name: str, pattern: str = "_") -> parsing.ParsedName:
    return parsing.compile_parser(parsing.ParserSettings("separators", pattern)).parse(name)


@pytest.mark.parametrize(
    ("name", "base", "extension"),
    [
        ("a.tif", "a", ".tif"),
        ("a.TIF", "a", ".TIF"),
        ("a.ome.tif", "a", ".ome.tif"),
        ("a.OME.TIFF", "a", ".OME.TIFF"),
        ("a.ome.zarr", "a", ".ome.zarr"),
        ("a.ome.zarr.zip", "a", ".ome.zarr.zip"),
        ("a.zarr.zip", "a", ".zarr.zip"),
        ("a.nii.gz", "a", ".nii.gz"),
        ("a.companion.ome", "a", ".companion.ome"),
        ("a.tar.gz", "a", ".tar.gz"),
        ("a.mrc.mdoc", "a", ".mrc.mdoc"),
        ("a.b.czi", "a.b", ".czi"),
        ("a", "a", ""),
        (".hidden", ".hidden", ""),
        (".tif", ".tif", ""),
        ("a.", "a.", ""),
        ("dose 0.1uM", "dose 0.1uM", ""),
        ("dose 0.5", "dose 0.5", ""),
        ("a.xyz", "a", ".xyz"),
        ("a.b.xyz", "a.b.xyz", ""),
        ("a.lif [Series 3]", "a [Series 3]", ".lif"),
        ("a.ome.tiff [0]", "a [0]", ".ome.tiff"),
        ("a.czi #2", "a #2", ".czi"),
    ],
)
def test_extensions_of_any_number_of_parts(name: str, base: str, extension: str) -> None:
    # Twice: what was met before is remembered, in capitals or not.
    parser = parsing.compile_parser(parsing.ParserSettings("regex", "(?P<base>.*)"))
    for _ in range(2):
        parsed = parser.parse(name)
        assert (parsed.pairs, parsed.extension) == ((("base", base),), extension)


def test_an_ending_that_is_only_part_of_a_longer_one_is_not_remembered_for_it() -> None:
    parser = parsing.compile_parser(parsing.ParserSettings("separators", "_"))
    endings = [".zarr.zip", ".ome.zarr.zip", ".zip", ".zarr.zip", ".ome.zarr.zip"]
    assert [parser.parse(f"a{ending}").extension for ending in endings] == endings


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Position_12_001[0.00].mrc", ("Position", "12", "001", "0.00")),
        ("Position_12_001[-60.00].mrc", ("Position", "12", "001", "-60.00")),
        ("a_[b_c d]_e.tif", ("a", "b_c d", "e")),
        ("a (2).tif", ("a", "2")),
        ("a{x_y}b.tif", ("a", "x_y", "b")),
        ("a(b[c_d])e.tif", ("a", "b[c_d]", "e")),
        ("a[]b.tif", ("a", "b")),
        ("a[ b ].tif", ("a", "b")),
        ("a[b_c.tif", ("a[b", "c")),
        ("a]b_c.tif", ("a]b", "c")),
        ("[a]-[b].lif [Series 3]", ("a", "-", "b", "Series 3")),
    ],
)
def test_what_is_in_brackets_is_one_word(name: str, expected: tuple[str, ...]) -> None:
    assert parse(name).tokens == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("0.1uM.x.tif", ("0.1uM", "x")),
        ("x.1.5um.y.tif", ("x", "1.5um", "y")),
        ("x12.5y.tif", ("x12.5y",)),
        ("x.01.02.tif", ("x", "01", "02")),
        ("v1.2.3.tif", ("v1.2.3",)),
        ("x.v2.14.0.y.tif", ("x", "v2.14.0", "y")),
        ("x1.2.3.tif", ("x1", "2", "3")),
        ("x_2.8.19_y.tif", ("x_2.8.19_y",)),
        ("2.8.19-x.tif", ("2.8.19", "x")),
        ("14.01.03-x.tif", ("14.01.03", "x")),
        ("2024.01.03.x.tif", ("2024.01.03", "x")),
        ("a.03.01.2024.x.tif", ("a", "03.01.2024", "x")),
        ("a.1.2.2024.x.tif", ("a", "1", "2", "2024", "x")),
        ("-60.0.x.tif", ("-60.0", "x")),
        ("a..b.tif", ("a", "b")),
    ],
)
def test_decimals_stay_whole_where_dots_separate(name: str, expected: tuple[str, ...]) -> None:
    assert parse(name, ".-").tokens == expected


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [
        ("Image 1 DAPI 20x.czi", " ", ("Image", "1", "DAPI", "20x")),
        ("Image 1_DAPI  20x.czi", " _", ("Image", "1", "DAPI", "20x")),
        ("Exp 1 - HeLa - 08.nd2", " -", ("Exp", "1", "HeLa", "08")),
        (" a _ b c .tif", "_", ("a", "b c")),
        ("__a__b__.tif", "_", ("a", "b")),
        ("日本_Größe_µm_e\u0301.tif", "_", ("日本", "Größe", "µm", "e\u0301")),
        ("🔬_1.tif", "_", ("🔬", "1")),
        ("HeLa ctrl.tif", "", ("HeLa ctrl",)),
        ("dox_+_x.tif", "_", ("dox", "+", "x")),
        ("\udcff_a.tif", "_-", ("\udcff", "a")),
    ],
)
def test_blanks_are_separators_like_others_and_letters_are_letters(
    name: str, pattern: str, expected: tuple[str, ...]
) -> None:
    assert parse(name, pattern).tokens == expected


@pytest.mark.parametrize("name", ["___.tif", "", "   ", "[].tif"])
def test_a_name_without_a_word_says_so(name: str) -> None:
    parsed = parse(name)
    assert parsed.pairs == parsed.types == parsed.tokens == ()
    assert parsed.warnings == ("There is no value in this name.",)


def test_letters_and_digits_cannot_separate() -> None:
    with pytest.raises(parsing.PatternRefused, match=r"“s” is a letter") as refused:
        parse("a", r"_\s")
    assert str(refused.value).splitlines()[1:] == [r"    _\s", "      ^"]
