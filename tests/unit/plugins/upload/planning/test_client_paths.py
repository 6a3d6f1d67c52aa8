"""Names that OMERO.server rejects are changed as its own importer changes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_standin.binary import repository_paths
from omeroweb_upload.planning.client_paths import client_paths, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("cell #1, Größe (µm).tif", "cell #1, Größe (µm).tif"),
        ('Series 1: "b"?.tif', "Series 1; 'b'%.tif"),
        ("a*b<c>d|e\\f.tif", "axb[c]d!e!f.tif"),
        ("nul.tif", "_nul.tif"),
        ("Aux", "Aux_"),
        ("com1", "com1_"),
        ("com10.tif", "com10.tif"),
        ("console.log", "console.log"),
        ("$RECYCLE.BIN", "_$RECYCLE.BIN"),
        ("CLOCK$", "CLOCK$_"),
        ("line\nbreak", "line_break"),
        ("trailing. ", "trailing. "),
    ],
)
def test_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.lists(st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]))))
def test_the_repository_accepts_every_name(names: list[str]) -> None:
    path = "/".join(safe_name(name) for name in names if name not in ("", ".", ".."))
    assert "/".join(repository_paths.parts(path)) == path
    assert repository_paths.safe("/".join(names)) == "/".join(map(safe_name, names))


def test_files_of_a_unit_stay_apart_and_in_their_folders() -> None:
    assert client_paths("abc", 7, ["a: b/x.vsi", "a: b/_x_/nul", "a; b/x.vsi"]) == [
        "abc/7/a; b/x.vsi",
        "abc/7/a; b/_x_/nul_",
        "abc/7/a; b/x.vsi_",
    ]
