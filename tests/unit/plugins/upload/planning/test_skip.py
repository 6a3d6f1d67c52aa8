"""What operating systems leave in folders is not sent, and nothing else is left out."""

from __future__ import annotations

import pytest

from omeroweb_upload.planning import skip


@pytest.mark.parametrize(
    ("path", "writer"),
    [
        ("Thumbs.db", "Windows"),
        ("a/b/DESKTOP.INI", "Windows"),
        ("a/.DS_Store", "macOS"),
        ("a/._cell.tif", "macOS"),
        ("._", "macOS"),
        ("$RECYCLE.BIN/cell.tif", "recycle bin"),
        ("x/System Volume Information/y/z.tif", "Windows"),
        ("lost+found/1", "file system"),
        (".Trash-1001/files/cell.tif", "trash"),
        (".picasa.ini", "Picasa"),
        (".BridgeSort", "Adobe"),
    ],
)
def test_what_is_skipped_says_who_left_it(path: str, writer: str) -> None:
    assert writer in skip.reason(path)


@pytest.mark.parametrize(
    "path",
    [
        "cell.tif",
        "my thumbs.db.tif",
        "Thumbs.db.ome.xml",
        "_.tif",
        ".hidden.tif",
        # A folder with the name of a file that is skipped.
        "thumbs.db/cell.tif",
        ".adobe/cell.tif",
        "lost+found.tif",
        "trash-1000/cell.tif",
        "a/metadata.xml",
        "",
    ],
)
def test_everything_else_is_sent(path: str) -> None:
    assert skip.reason(path) == ""
