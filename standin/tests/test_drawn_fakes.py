"""Simple `.fake` files are drawn by the stand-in where that is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from omero_standin.imports import fake, reader


class Unasked:
    """Stands for Bio-Formats, which is not to be asked."""

    def describe(self, path: Path) -> Any:
        """Nothing here may need it."""
        raise AssertionError(f"Bio-Formats was asked about {path}")


def read(name: str) -> Any:
    bio_formats = cast("Any", Unasked())
    return reader.read(bio_formats, name, Path(name), largest_plane=10**6, measured=True)


def test_it_is_not_asked_about_what_the_stand_in_understands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(fake.DRAWN_HERE, "1")
    found = read("cells&sizeX=20&sizeC=2&series=2.fake")
    assert (found.format, found.file, len(found.series)) == ("Fake", None, 2)
    with pytest.raises(AssertionError, match="was asked"):
        read("plate&plates=1.fake")
