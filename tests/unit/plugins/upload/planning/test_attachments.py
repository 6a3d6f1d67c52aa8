"""What attachments are linked to."""

from __future__ import annotations

import pytest

from omeroweb_upload.planning.attachments import DEFAULT_RULES, Place, places, rule_for
from omeroweb_upload.planning.settings import AttachRule

IMAGES = ["d/cell 1.czi", "d/Größe.ome.tiff", "d/two.tif", "d/two.czi", "e/cell 1.czi", "top.tif"]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("d/cell 1.pdf", Place("image", ("d/cell 1.czi",))),
        ("d/CELL 1.PDF", Place("image", ("d/cell 1.czi",))),
        ("d/cell 1.czi.log", Place("image", ("d/cell 1.czi",))),
        ("d/Gro\u0308\u00dfe.docx", Place("image", ("d/Größe.ome.tiff",))),
        ("d/two.txt", Place("image", ("d/two.tif", "d/two.czi"))),
        ("top.pdf", Place("image", ("top.tif",))),
        ("cell 1.pdf", Place("dataset")),
        ("d/cell 10.pdf", Place("dataset")),
        ("d/README.md", Place("dataset")),
        # No rule is about it: it is an attachment because the sender says so.
        ("d/cell 1.xyz", Place("dataset")),
    ],
)
def test_a_file_goes_to_the_image_of_its_name_or_to_the_dataset(path: str, place: Place) -> None:
    assert places([path], IMAGES, DEFAULT_RULES) == {path: place}


def test_the_first_rule_that_fits_counts() -> None:
    rules = (
        AttachRule(extensions=(".report.pdf",), to="project"),
        AttachRule(extensions=(".pdf",), to="none"),
        AttachRule(extensions=(".txt", ".pdf"), to="image"),
    )
    found = [rule_for(path, rules) for path in ("a.report.pdf", "a.PDF", "a.txt", "a.csv")]
    assert found == ["project", "none", "image", "dataset"]
    assert places(["d/two.pdf"], IMAGES, rules) == {"d/two.pdf": Place("none")}
