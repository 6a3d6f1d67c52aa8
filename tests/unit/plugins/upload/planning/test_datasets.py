"""Names of datasets from folders."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omeroweb_upload.planning.datasets import (
    LONGEST,
    alike,
    dataset_of,
    too_long,
    top_level_name,
)


@pytest.mark.parametrize(
    ("depth", "name", "older"),
    [
        (0, "Liver / day 1 / raw", "Liver\\day 1\\raw"),
        (1, "Liver", "Liver"),
        (2, "Liver / day 1", "Liver\\day 1"),
        (50, "Liver / day 1 / raw", "Liver\\day 1\\raw"),
    ],
)
def test_as_many_folders_as_wanted(depth: int, name: str, older: str) -> None:
    found = dataset_of("Liver/day 1/raw/cell.tif", depth, "none")
    assert (found.name, found.older_name) == (name, older)


def test_a_file_in_no_folder_goes_to_the_dataset_of_the_day() -> None:
    day = top_level_name(datetime(2026, 11, 29, 23, 59, tzinfo=UTC))
    assert dataset_of("cell.tif", 0, day).name == "Upload of 2026-11-29"


def test_macos_and_windows_write_one_name() -> None:
    assert dataset_of("Mu\u0308nchen/a.tif", 0, "").name == dataset_of("München/a.tif", 0, "").name


folder = st.text(min_size=1).filter(lambda name: "/" not in name and "\0" not in name)


@given(st.lists(folder.filter(lambda name: name not in (".", "..")), min_size=1, max_size=4))
def test_two_folders_never_get_one_name(folders: list[str]) -> None:
    name = dataset_of("/".join(folders) + "/a.tif", 0, "").name
    assert len(name.split("/")) == len(folders)


def test_what_omero_cannot_store_is_counted_in_characters() -> None:
    assert too_long(["ä" * LONGEST]) == []
    assert too_long(["ok", "ä" * (LONGEST + 1)]) == ["ä" * (LONGEST + 1)]


def test_names_that_people_take_for_one() -> None:
    names = ["Day 1", "day 1", "Day 2", "Stra\u00dfe", "STRASSE", "e\u0301", "\u00e9", "Day 1"]
    assert alike(names) == [["Day 1", "day 1"], ["Straße", "STRASSE"], ["e\u0301", "\u00e9"]]
