"""Files that OMERO has already, asked of a server: by name in the dataset, by content anywhere."""

from __future__ import annotations

import hashlib

import pytest

from omero_plugin_common.omero_api import files, hql
from omeroweb_upload.planning.preflight import Planned
from omeroweb_upload.services import find_duplicates
from upload_places import Places

OTHER = "f" * 40


@pytest.fixture(scope="module")
def sums(omero: Places) -> dict[str, str]:
    """SHA-1 of the files of ada's images in the group `sharing`, by name of the image."""
    query = (
        "select i.name, f.hash from DatasetImageLink l join l.child i join i.fileset s "
        "join s.usedFiles e join e.originalFile f where l.parent.id = :id"
    )
    rows = hql.rows(omero.user("ada"), query, id=omero.dataset("sharing"))
    return {str(name): str(sum_) for name, sum_ in rows}


def test_names_of_files_are_compared_in_the_dataset_they_go_to(omero: Places) -> None:
    name, *_ = sorted(omero.images("sharing"))
    planned = [
        Planned(f"a/{name}", 1, "image"),
        Planned(f"b/{name}", 1, "image"),
        Planned(f"a/{name.upper()}", 1, "image"),
        Planned("a/x'y\\z%.tif", 1, "image"),
    ]
    [found] = find_duplicates.by_name(omero.user("ben"), {omero.dataset("sharing"): planned})
    image = omero.images("sharing")[name]
    assert (found.severity, found.count) == ("warns", 2)
    assert found.examples == (
        f"a/{name}: Image {image} ({name})",
        f"b/{name}: Image {image} ({name})",
    )
    # Its files have these names too, and nobody may see them.
    assert (
        list(find_duplicates.by_name(omero.user("chi"), {omero.dataset("sharing"): planned})) == []
    )
    assert list(find_duplicates.by_name(omero.user("ben"), {})) == []


def test_content_is_compared_with_all_that_one_may_see(omero: Places, sums: dict[str, str]) -> None:
    (name, sum_), *_ = sorted(sums.items())
    planned = [Planned(f"{n:05}.tif", 5, "image", OTHER) for n in range(6000)]
    planned += [Planned("renamed.tif", 5, "image", sum_), Planned("unknown.tif", 5, "image")]
    [found] = find_duplicates.by_content(omero.user("ben"), planned)
    assert (found.severity, found.count) == ("warns", 1)
    [example] = found.examples
    assert example.startswith("renamed.tif: Image ")
    assert name in example
    assert list(find_duplicates.by_content(omero.user("chi"), planned)) == []


def test_an_attached_file_is_one_that_omero_has(omero: Places) -> None:
    content = b"a report"
    files.attach(
        omero.user("ada"),
        omero.id_of("ExperimenterGroup", "sharing"),
        "Dataset",
        omero.dataset("sharing"),
        files.NewFile("report.pdf", "test"),
        content,
    )
    sum_ = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    [found] = find_duplicates.by_content(
        omero.user("ben"), [Planned("r.pdf", 8, "attachment", sum_)]
    )
    assert found.examples == ("r.pdf: an attached file",)


def test_every_empty_file_is_the_same(omero: Places) -> None:
    empty = hashlib.sha1(b"", usedforsecurity=False).hexdigest()
    assert (
        list(find_duplicates.by_content(omero.user("ada"), [Planned("a", 0, "image", empty)])) == []
    )
