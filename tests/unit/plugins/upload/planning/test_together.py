"""What becomes one image or one plate, as far as names tell."""

from __future__ import annotations

import pytest

from omeroweb_upload.planning.together import head_of, numbered, together

CASES = [
    ("images", ["a/x.companion.ome", "a/x_1.ome.tif", "a/x_2.ome.tiff"]),
    ("images", ["a/x.companion.ome", "a/other.ome.tif"]),
    ("images", ["s/Scan.vsi", "s/_Scan_/stack1/frame_t_0.ets", "s/_Scan_/stack2/frame_t.ets"]),
    ("image", ["cell.oif", "cell.oif.files/s_C001.tif", "cell.oif.files/s_C001.pty"]),
    ("image", ["Cell.ICS", "cell.ids"]),
    ("images", ["m.nd", "m_w1_t1.stk", "m_w2_t1.stk"]),
    ("plate", ["p/Images/Index.idx.xml", "p/Images/r01c01.tiff"]),
    ("plate", ["p/Index.ref/x.xml", "p/Index.xml", "p/img/r01c01.tiff"][1:]),
    ("plate", ["run.xdce", "A - 1(fld 1).tif"]),
    ("plate", ["b.HTD", "TimePoint_1/b_A01.tif"]),
    ("images", ["o.ome.zarr/.zattrs", "o.ome.zarr/0/.zarray", "o.ome.zarr/0/0/0/0"]),
    ("image", ["v.nhdr", "v.raw"]),
    ("image", ["z.pattern", "z_1.tif", "z_2.tif"]),
    ("images", ["pos/img_metadata.txt", "pos/img_0.tif"]),
]


@pytest.mark.parametrize(("becomes", "paths"), CASES)
def test_files_of_one_format_are_found(becomes: str, paths: list[str]) -> None:
    [group] = together(["elsewhere/alone.czi", *reversed(paths)])
    assert group.becomes == becomes
    assert group.path == paths[0]
    assert sorted(group.files) == sorted(paths)


@pytest.mark.parametrize(
    "paths",
    [
        ["a.ics"],
        ["a.ics", "b.ids"],
        ["a/x.ics", "b/x.ids"],
        ["a.nd2", "a_1.tif"],
        ["a.nd", "b_1.tif"],
        ["img1.nd", "img10_w1.tif"],
        ["mymetadata.txt", "img.tif"],
        ["Scan.vsi", "Scan/stack1/x.ets"],
        ["a.companion.ome"],
        [],
    ],
)
def test_others_are_on_their_own(paths: list[str]) -> None:
    assert together(paths) == []


def test_no_file_is_in_two_groups() -> None:
    inner = ["p/b/x.companion.ome", "p/b/r2.ome.tif", "p/a/metadata.txt", "p/a/r1.tif"]
    [plate] = together([*inner, "p/Index.idx.xml"])
    assert (plate.path, set(plate.files)) == (
        "p/Index.idx.xml",
        {"p/Index.idx.xml", "p/b/r2.ome.tif", "p/a/r1.tif"},
    )
    assert head_of([plate])["p/b/r2.ome.tif"] == "p/Index.idx.xml"
    files = [file for group in together(inner) for file in group.files]
    assert sorted(files) == sorted(inner)


def test_numbers_in_names_make_no_promise() -> None:
    paths = ["a/t1.tif", "a/t2.tif", "a/t10.tif", "b/t1.tif", "a/x.tif", "a/t1.czi", "a/t2.czi"]
    assert numbered(paths) == [["a/t1.tif", "a/t2.tif", "a/t10.tif"]]
    assert numbered(["x.tif", "y.tif"]) == []


def test_many_files_that_look_alike_take_one_pass() -> None:
    heads, others = [f"d/a{n}.nd" for n in range(2000)], [f"d/b{n}.tif" for n in range(2000)]
    assert together(heads + others) == []
    pairs = [f"d/a{n}.{end}" for n in range(2000) for end in ("ics", "ids")]
    assert len(together(pairs)) == 2000
