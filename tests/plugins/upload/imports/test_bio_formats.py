"""The process that has Bio-Formats: what it says, and what happens when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import microscope_files as made
from omero_plugin_common.errors import Unavailable
from omeroweb_upload.bio_formats import BioFormats, Description, Unread
from omeroweb_upload.bio_formats.installed import JAR

pytestmark = pytest.mark.plugins


@pytest.fixture(scope="module")
def bio_formats() -> Iterator[BioFormats]:
    process = BioFormats(heap=256, seconds=60)
    yield process
    process.stop()


def stored(folder: Path, files: made.Files) -> list[str]:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return [str(folder / name) for name in files]


def one(process: BioFormats, file: str | Path) -> Description | Unread:
    [answer] = process.describe([str(file)])
    return answer


def described(process: BioFormats, file: str | Path) -> Description:
    answer = one(process, file)
    assert isinstance(answer, Description), answer
    return answer


def unread(process: BioFormats, file: str | Path) -> Unread:
    answer = one(process, file)
    assert isinstance(answer, Unread), answer
    return answer


@pytest.mark.parametrize(
    ("files", "reader", "images"),
    [
        (made.tiff(), "TiffDelegateReader", 1),
        (made.picture("PNG"), "APNGReader", 1),
        (made.picture("JPEG"), "JPEGReader", 1),
        (made.picture("BMP"), "BMPReader", 1),
        (made.picture("GIF"), "GIFReader", 1),
        (made.mrc(), "MRCReader", 1),
        (made.fits(), "FitsReader", 1),
        (made.pgm(), "PGMReader", 1),
        (made.ics_pair(), "ICSReader", 1),
        (made.nrrd_pair(), "NRRDReader", 1),
        (made.pattern_of_tiffs(), "TiffDelegateReader", 1),
        (made.ome_tiff_with_companion(), "OMETiffReader", 1),
        (made.ome_tiffs_that_name_each_other(), "OMETiffReader", 1),
        (made.fake(), "FakeReader", 2),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_formats(
    bio_formats: BioFormats, tmp_path: Path, files: made.Files, reader: str, images: int
) -> None:
    answer = described(bio_formats, stored(tmp_path, files)[0])
    assert (answer.reader, answer.images) == (f"loci.formats.in.{reader}", images)
    assert answer.format
    assert not answer.plate


@pytest.mark.parametrize(
    "files",
    [made.ics_pair(), made.nrrd_pair(), made.ome_tiff_with_companion(),
     made.ome_tiffs_that_name_each_other(), made.plate_with_companion()],
    ids=lambda files: next(iter(files)),
)  # fmt: skip
def test_files_that_belong_together_are_found_from_each_of_them(
    bio_formats: BioFormats, tmp_path: Path, files: made.Files
) -> None:
    paths = stored(tmp_path, files)
    for path in paths:
        answer = described(bio_formats, path)
        assert answer.files[0] == path
        assert sorted(answer.files) == sorted(paths)


def test_a_pattern_names_its_files(bio_formats: BioFormats, tmp_path: Path) -> None:
    paths = stored(tmp_path, made.pattern_of_tiffs(count=3))
    answer = described(bio_formats, paths[-1])
    assert answer.reader == "loci.formats.in.FilePatternReader"
    assert sorted(answer.files) == sorted(paths)


def test_a_folder_is_listed_once_for_a_list_of_files(
    bio_formats: BioFormats, tmp_path: Path
) -> None:
    """Of many files in one folder, listing it for each would take longer than reading them."""
    first, second = stored(tmp_path, dict.fromkeys(("1.pattern", "2.pattern"), b"cell_.*.tif"))
    stored(tmp_path, made.tiff("cell_a.tif") | made.tiff("cell_b.tif"))

    def files() -> Iterator[str]:
        yield first
        stored(tmp_path, made.tiff("cell_c.tif"))
        yield second

    answers = [each for each in bio_formats.describe(files()) if isinstance(each, Description)]
    assert [len(each.files) for each in answers] == [3, 3]
    again = described(bio_formats, first)
    assert len(again.files) == 4
    assert described(bio_formats, first) == again


@pytest.mark.parametrize("files", [made.plate(), made.plate_with_companion()])
def test_a_plate(bio_formats: BioFormats, tmp_path: Path, files: made.Files) -> None:
    answer = described(bio_formats, stored(tmp_path, files)[0])
    assert answer.plate
    assert answer.images > 1


@pytest.mark.parametrize(
    "name", ["zelle # 1: a.tif", 'it\'s "quoted".tif', "line\nbreak.tif", "細胞 ü ☃.tif", "-f.tif"]
)
def test_odd_names(bio_formats: BioFormats, tmp_path: Path, name: str) -> None:
    [path] = stored(tmp_path, made.tiff(f"ordner é/{name}"))
    assert described(bio_formats, path).files == (path,)


def test_what_is_no_image(bio_formats: BioFormats, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Monday")
    assert unread(bio_formats, tmp_path / "notes.txt").problem == "unknown"


@pytest.mark.parametrize("content", [b"", b"II*\0", b"II*\0" + b"\xff" * 200])
def test_a_broken_file(bio_formats: BioFormats, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cell.tif").write_bytes(content)
    answer = unread(bio_formats, tmp_path / "cell.tif")
    assert answer.problem in ("broken", "unknown")
    assert answer.reason


def test_a_file_that_is_gone(bio_formats: BioFormats, tmp_path: Path) -> None:
    assert unread(bio_formats, tmp_path / "cell.tif").problem in ("broken", "unknown")


def test_a_killed_process_is_replaced(bio_formats: BioFormats, tmp_path: Path) -> None:
    [path] = stored(tmp_path, made.tiff())
    described(bio_formats, path)
    first = _pid(bio_formats)
    os.kill(first, signal.SIGKILL)
    described(bio_formats, path)
    assert _pid(bio_formats) != first


def test_too_little_memory_says_nothing_about_the_file(tmp_path: Path) -> None:
    """A plate of 40 000 wells does not fit into 64 MiB; the next file is read all the same."""
    process = BioFormats(heap=64, seconds=120)
    try:
        [large] = stored(tmp_path, made.plate("large", rows=400, columns=400))
        [small] = stored(tmp_path, made.tiff())
        answer = unread(process, large)
        assert answer.problem == "unchecked"
        described(process, small)
    finally:
        process.stop()


def test_a_file_that_takes_too_long(tmp_path: Path) -> None:
    """A named pipe without a writer is a file that never ends."""
    os.mkfifo(tmp_path / "cell.tif")
    process = BioFormats(heap=64, seconds=3)
    try:
        answer = unread(process, tmp_path / "cell.tif")
        assert (answer.problem, "3 seconds" in answer.reason) == ("unchecked", True)
        [path] = stored(tmp_path / "x", made.tiff())
        described(process, path)
    finally:
        process.stop()


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    [path] = stored(tmp_path, made.tiff())
    code = (
        "import sys\nfrom omeroweb_upload.bio_formats import BioFormats\n"
        "b = BioFormats(64, 60)\nprint(list(b.describe(sys.argv[1:])))\n"
        "print(b._process.pid, flush=True)\n"
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, path],
        capture_output=True,
        text=True,
        check=False,
    )
    pid = int(ended.stdout.split()[-1])
    _until_gone(pid)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(JAR, str(tmp_path / "none.jar"))
    process = BioFormats(heap=64, seconds=5)
    with pytest.raises(Unavailable, match=r"none\.jar, which is not a file"):
        list(process.describe(["/x.tif"]))


def _pid(process: BioFormats) -> int:
    assert process._process is not None
    return process._process.pid


def _until_gone(pid: int) -> None:
    for _ in range(200):
        if (
            not Path(f"/proc/{pid}").exists()
            or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]
        ):
            return
        time.sleep(0.05)
    raise AssertionError(f"{pid} still runs")
