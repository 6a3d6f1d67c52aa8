"""Files that belong together, from what Bio-Formats says of each."""

from __future__ import annotations

import pytest

from omeroweb_upload.planning.units import Unit, in_order_of_asking, without_parts

pytestmark = pytest.mark.unit


def unit(*files: str) -> Unit:
    return Unit(files[0], files, "a format", "loci.formats.in.AReader", 1)


def kept(*units: Unit) -> list[str]:
    return [each.path for each in without_parts(units)]


def test_files_alone_stay() -> None:
    assert kept(unit("a.tif"), unit("b.tif")) == ["a.tif", "b.tif"]


def test_an_index_takes_the_files_that_it_names() -> None:
    parts = [unit("a_z0.tif"), unit("a_z1.tif")]
    whole = unit("a.pattern", "a_z0.tif", "a_z1.tif")
    assert kept(*parts, whole) == ["a.pattern"]
    assert kept(whole, *parts) == ["a.pattern"]


def test_of_files_that_name_each_other_the_first_stays() -> None:
    assert kept(unit("a.ics", "a.ids"), unit("a.ids", "a.ics")) == ["a.ics"]
    assert kept(unit("a.ids", "a.ics"), unit("a.ics", "a.ids")) == ["a.ids"]


def test_of_files_that_name_each_other_the_one_that_names_more_stays() -> None:
    assert kept(unit("a", "b"), unit("b", "a", "c")) == ["b"]


def test_a_file_that_two_need_stays_with_both() -> None:
    one, other = unit("1.tif", "all.xml"), unit("2.tif", "all.xml")
    assert without_parts([one, other]) == [one, other]


def test_indexes_are_asked_first_and_the_rest_in_its_order() -> None:
    paths = ["b.tif", "a.tif", "x/A.Companion.OME", "z.pattern"]
    assert in_order_of_asking(paths) == ["x/A.Companion.OME", "z.pattern", "b.tif", "a.tif"]
