"""What can be said of an upload from names, sizes and checksums."""

from __future__ import annotations

from collections.abc import Iterable

from omeroweb_upload.planning import preflight
from omeroweb_upload.planning.attachments import Place
from omeroweb_upload.planning.preflight import EXAMPLES, Finding, Planned
from omeroweb_upload.planning.together import Together

SUM = "a" * 40


def _codes(findings: Iterable[Finding]) -> dict[str, tuple[str, int]]:
    return {each.code: (each.severity, each.count) for each in findings}


def test_an_ordinary_list_has_nothing_to_say() -> None:
    files = [Planned("a/1.tif", 10, "image", SUM), Planned("a/2.tif", 10, "image", "b" * 40)]
    assert list(preflight.of_list(files)) == []
    assert list(preflight.of_names(files)) == []
    assert list(preflight.of_datasets({"a": files})) == []
    assert list(preflight.of_groups([], [])) == []
    assert list(preflight.of_attachments({})) == []


def test_what_is_wrong_with_a_list() -> None:
    empty = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
    files = [
        Planned("a/Thumbs.db", 5, "skipped"),
        Planned("a/readme.txt", 5, "skipped"),
        Planned("a/0.tif", 0, "image", empty),
        Planned("a/00.tif", 0, "image", empty),
        Planned("a/1.tif", 10, "image", SUM),
        Planned("a/1.TIF", 10, "image", SUM),
        Planned("a/u\u0308.tif", 3, "image"),
        Planned("a/\u00fc.tif", 4, "image"),
    ]
    found = list(preflight.of_list(files))
    assert _codes(found) == {
        "skipped": ("informs", 2),
        "empty": ("warns", 2),
        "names_alike": ("warns", 2),
        "same_content": ("warns", 1),
    }
    skipped = next(each for each in found if each.code == "skipped")
    assert skipped.examples == ("a/Thumbs.db (left by Windows)", "a/readme.txt (left out)")
    assert skipped.message == "2 files will not be sent"


def test_many_are_counted_and_few_are_shown() -> None:
    files = [Planned(f"{n}.tif", 0, "image") for n in range(100_000)]
    [finding] = preflight.of_list(files)
    assert (finding.count, len(finding.examples)) == (100_000, EXAMPLES)
    assert len(str(finding.as_json())) < 1000


def test_names_of_datasets() -> None:
    one, two = Planned("x/1.tif", 1, "image"), Planned("y/1.tif", 1, "image")
    found = list(preflight.of_datasets({"n" * 256: [one], "Day": [one, two], "day": [one]}))
    assert _codes(found) == {
        "dataset_name_too_long": ("blocks", 1),
        "datasets_alike": ("warns", 1),
        "same_name_in_dataset": ("informs", 1),
    }
    assert all(len(each) < 100 for finding in found for each in finding.examples)


def test_groups_are_words_and_no_promise() -> None:
    plate = Together("p/Index.idx.xml", ("p/Index.idx.xml", "p/1.tiff"), "plate", "Operetta")
    found = list(preflight.of_groups([plate], [["a1.tif", "a2.tif"]]))
    assert _codes(found) == {"becomes_plate": ("informs", 1), "numbered": ("informs", 1)}
    assert "Bio-Formats reads the files after the transfer" in found[0].message
    assert found[1].examples == ("a1.tif … a2.tif: 2 files",)


def test_documents_are_no_images() -> None:
    files = [
        Planned("a.PDF", 1, "image"),
        Planned("b.pdf", 1, "attachment"),
        Planned("c.txt", 1, "image"),
        Planned("d.nii.gz", 1, "image"),
        Planned("pdf", 1, "image"),
    ]
    [finding] = preflight.of_names(files)
    assert (finding.severity, finding.examples) == ("warns", ("a.PDF",))


def test_where_attachments_go() -> None:
    places = {
        "a.pdf": Place("image", ("a.tif",)),
        "b.pdf": Place("dataset"),
        "c.pdf": Place("dataset"),
        "d.tmp": Place("none"),
    }
    found = list(preflight.of_attachments(places))
    assert [(each.code, each.message) for each in found] == [
        ("attached_to_image", "1 file will be attached to the image of the same name"),
        ("attached_to_dataset", "2 files will be attached to the dataset"),
        ("attached_to_none", "1 file will be sent, but neither imported nor attached"),
    ]


def test_what_blocks_comes_first() -> None:
    found = [Finding("informs", "i", ""), Finding("blocks", "b", ""), Finding("warns", "w", "")]
    assert [each.code for each in preflight.in_order(found)] == ["b", "w", "i"]


def test_totals() -> None:
    files = [
        Planned("a.tif", 10, "image"),
        Planned("a.pdf", 5, "attachment"),
        Planned("a.msa", 3, "spectrum"),
        Planned("Thumbs.db", 100, "skipped"),
    ]
    assert preflight.totals(files) == {
        "files": 3, "bytes": 18, "images": 1, "attachments": 1, "spectra": 1, "skipped": 1,
        "largest": 10,
    }  # fmt: skip
    assert preflight.totals([])["largest"] == 0
