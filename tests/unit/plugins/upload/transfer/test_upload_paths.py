"""Relative paths: what is accepted is used exactly as it is, and leads nowhere else."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omeroweb_upload.transfer.errors import BadPath
from omeroweb_upload.transfer.paths import checked, folders_of, usable, usable_all

GOOD = [
    "a.tif",
    "Experiment 3/pos 1/img_0001.tif",
    "ordner/Größe µm, Übersicht.czi",
    "日本語/顕微鏡.nd2",
    "a'b\"c;$(rm)#%20&?*.tif",
    ".hidden/.zattrs",
    "data.zarr/0/0/0.0.0",
    "auxiliary/con1/com10.tif",
    "x" * 255,
    "é" * 127,
    "e\u0301.tif",
    "-rf",
    "Series 1: b.tif",
    # Only Windows cannot store these.
    " a.tif",
    "a.tif ",
    "folder /a.tif",
    "a.tif.",
    "folder./a.tif",
    "CON",
    "nul.tif",
    "Aux.tar.gz",
    "a/COM1/b.tif",
    "lpt9.",
]
BAD = [
    "",
    ".",
    "..",
    "...",
    "../a.tif",
    "a/../b.tif",
    "a/./b.tif",
    "a/..",
    "/etc/passwd",
    "//server/share/a.tif",
    "C:/a.tif",
    "c:a.tif",
    "a\\b.tif",
    "..\\a.tif",
    "a\0.tif",
    "a\nb.tif",
    "a\r.tif",
    "a\x7f.tif",
    "a\x85b.tif",
    "a\u2028b.tif",
    "\ud800.tif",
    "a//b.tif",
    "a/",
    "x" * 256,
    "é" * 128,
    "/".join(["folder"] * 600),
]


@pytest.mark.parametrize("text", GOOD)
def test_names_of_the_field_are_accepted_as_they_are(text: str) -> None:
    assert str(checked(text)) == text


@pytest.mark.parametrize("text", BAD)
def test_what_leads_elsewhere_or_cannot_be_stored_is_rejected_with_a_reason(text: str) -> None:
    with pytest.raises(BadPath) as caught:
        checked(text)
    assert caught.value.status == 400
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 400


def test_the_same_characters_are_unusable_as_unicode_says() -> None:
    def rejected(sign: str) -> bool:
        try:
            usable(f"aa{sign}b")
        except BadPath:
            return True
        return False

    control = {"Cc", "Cs", "Zl", "Zp"}
    # The first plane has all signs of these categories; of the other sixteen some are enough.
    every = [chr(code) for code in (*range(0x10000), *range(0x10000, 0x110000, 97))]
    expected = [sign for sign in every if unicodedata.category(sign) in control or sign == "\\"]
    assert [sign for sign in every if rejected(sign)] == expected


@given(st.text())
@example("a/b/c")
@example("a/../../b")
def test_any_text_stays_in_its_folder_or_is_rejected(text: str) -> None:
    try:
        path = checked(text)
    except BadPath:
        return
    assert str(path) == text
    assert not path.is_absolute()
    base = Path("/staging/job/files")
    assert (base / path).resolve(strict=False).is_relative_to(base)
    assert ".." not in path.parts
    assert all(0 < len(part.encode()) <= 255 for part in path.parts)


@given(st.lists(st.sampled_from(["a", "b", "..", ".", "", "c d", "nul", "e."]), max_size=6))
def test_parts_decide(parts: list[str]) -> None:
    good = bool(parts) and all(part in ("a", "b", "c d", "nul", "e.") for part in parts)
    try:
        checked("/".join(parts))
    except BadPath:
        assert not good
    else:
        assert good


def test_all_paths_of_a_job_fit_into_one_tree() -> None:
    assert usable_all(["a/b", "a/c", "d"]) == ["a/b", "a/c", "d"]


def test_all_folders_above_the_files_are_known() -> None:
    assert folders_of(["a/b/c", "a/b/d", "e", "f/g"]) == {"a", "a/b", "f"}


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (["a/b", "a/b"], "is there twice"),
        (["a", "a/b"], "is a file and a folder"),
        (["a/b/c/d", "x", "a/b"], "is a file and a folder"),
    ],
)
def test_paths_that_are_in_each_others_way_are_rejected(texts: list[str], reason: str) -> None:
    with pytest.raises(BadPath, match=reason):
        usable_all(texts)


def test_a_hundred_thousand_paths_are_checked_in_one_go() -> None:
    texts = [f"plate/well {number // 100}/field_{number:06}.tif" for number in range(100_000)]
    assert len(usable_all(texts)) == 100_000
