"""The file of releases: what a site can ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from omero_operator.operations import catalogue
from omero_operator.operations.catalogue import CatalogueError

IMAGES = {
    "server": "example.org/server:2",
    "web": "example.org/web:2",
    "redis_exporter": "example.org/redis-exporter:2",
}
FILE = """
releases:
  0.1.0:
    images: {server: "example.org/server:1", web: "example.org/web:1"}
  0.2.0:
    mayFollow: [0.1.0]
"""


def read(folder: Path, text: str, version: str = "0.2.0") -> catalogue.Catalogue:
    file = folder / "releases.yaml"
    file.write_text(text)
    return catalogue.read(str(file), version, IMAGES)


def test_releases_before_the_operators_own(tmp_path: Path) -> None:
    found = read(tmp_path, FILE)
    assert found.versions == ["0.1.0", "0.2.0"]
    old, new = found.find("0.1.0"), found.find("0.2.0")
    assert old is not None
    assert new is not None
    assert old.images == {
        "server": "example.org/server:1",
        "web": "example.org/web:1",
        # There was none, and its image is of the operator's choice.
        "redis_exporter": "example.org/redis-exporter:2",
    }
    assert old.may_follow is None
    assert (new.images, new.may_follow) == (IMAGES, ("0.1.0",))
    assert found.find("0.3.0") is None


def test_without_a_file_there_is_the_operators_own_release() -> None:
    found = catalogue.read("", "0.2.0", IMAGES)
    assert found.versions == ["0.2.0"]


def test_an_empty_file_is_none(tmp_path: Path) -> None:
    assert read(tmp_path, "").versions == ["0.2.0"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("releases: {0.1.0: {images: {server: a}}}", "release 0.1.0 has no image web"),
        ("releases: {0.1.0: {image: {}}}", "releases.0.1.0.image: Extra inputs"),
        ("release: {}", "release: Extra inputs are not permitted"),
        ("releases: [1]", "releases: Input should be a valid dictionary"),
        ("- 1", "the file: Input should be a valid dictionary"),
        ("{", "cannot be read: while parsing"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CatalogueError) as error:
        read(tmp_path, text)
    assert said in str(error.value)
    assert "releases.yaml" in str(error.value)


def test_a_file_that_is_missing_is_named() -> None:
    with pytest.raises(CatalogueError, match=r"/nowhere cannot be read: .*No such file"):
        catalogue.read("/nowhere", "0.2.0", IMAGES)
