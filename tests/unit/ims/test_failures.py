"""Whatever goes wrong: nothing is at the path that is not a complete file."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ims_samples import Pixels, described, pixels_of, reader_of, written
from omero_ims import Stopped, WriteFailed, verify, write

PIXELS = pixels_of("uint16", (2, 2, 3, 50, 60))

# Writes an image that takes long; after the first planes it says so.
SLOW = """
import sys, time
import numpy as np
from omero_ims import ImageDescription, write
def read(z, c, t, y, x, height, width):
    if z == 40:
        print("reading", flush=True)
        time.sleep(60)
    return np.random.default_rng(z).integers(0, 9999, (height, width), np.uint16)
write(sys.argv[1], ImageDescription("slow", 256, 256, 80, 1, 1, "uint16"), read)
"""

# Writes more than its process may write into a file.
FULL = """
import resource, sys
import numpy as np
from omero_ims import ImageDescription, WriteFailed, write
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
rng = np.random.default_rng(1)
def read(z, c, t, y, x, height, width):
    return rng.integers(0, 65535, (height, width), np.uint16)
try:
    write(sys.argv[1], ImageDescription("large", 1024, 1024, 8, 1, 2, "uint16"), read)
except WriteFailed as error:
    print(error)
"""


def failing(error: Exception, at: int) -> Callable[..., Pixels]:
    """Reads until a plane, and fails there."""
    count = 0
    reads = reader_of(PIXELS)

    def read(*place: int) -> Pixels:
        nonlocal count
        count += 1
        if count > at:
            raise error
        return reads(*place)

    return read


@pytest.mark.parametrize("at", [0, 5, 11])
@pytest.mark.parametrize("error", [KeyError("gone"), OSError("connection lost")], ids=str)
def test_errors_of_the_reader_pass_and_leave_nothing(
    tmp_path: Path, error: Exception, at: int
) -> None:
    with pytest.raises(type(error)) as caught:
        write(tmp_path / "a.ims", described(PIXELS, "uint16"), failing(error, at))
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []


def test_stopped(tmp_path: Path) -> None:
    seen: list[int] = []
    with pytest.raises(Stopped):
        write(
            tmp_path / "a.ims", described(PIXELS, "uint16"), reader_of(PIXELS),
            progress=lambda done, _total: seen.append(done), stop=lambda: 7 in seen,
        )  # fmt: skip
    assert seen[-1] == 7
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_there_stays_when_the_next_fails(tmp_path: Path) -> None:
    written(tmp_path / "a.ims", PIXELS, "uint16")
    before = (tmp_path / "a.ims").read_bytes()
    with pytest.raises(ValueError, match="broken"):
        write(tmp_path / "a.ims", described(PIXELS, "uint16"), failing(ValueError("broken"), 3))
    assert (tmp_path / "a.ims").read_bytes() == before
    assert list(tmp_path.iterdir()) == [tmp_path / "a.ims"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            np.zeros((50, 61), np.uint16),
            "plane z=0 c=0 t=0 .* 50 x 60 pixels .* shape \\(50, 61\\)",
        ),
        (np.zeros((50, 60, 3), np.uint16), "shape \\(50, 60, 3\\)"),
        (np.zeros((50, 60), np.complex64), "pixels of type complex64"),
        (np.full((50, 60), "a"), "pixels of type <U1"),
        (np.full((50, 60), 300.7), "float64 came, and the image was described as uint16"),
        (np.full((50, 60), -1, np.int16), "int16 came"),
        (np.full((50, 60), 70_000, ">u4"), ">u4 came"),
    ],
    ids=["width", "color", "complex", "text", "float", "signed", "wide"],
)
def test_readers_that_return_something_else(tmp_path: Path, wrong: Pixels, message: str) -> None:
    with pytest.raises(WriteFailed, match=message):
        write(tmp_path / "a.ims", described(PIXELS, "uint16"), lambda *_: wrong)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WriteFailed, match="No such file"):
        written(tmp_path / "none" / "a.ims", PIXELS, "uint16")


@pytest.mark.parametrize("limit", [1000, 3_000_000, 21_000_000])
def test_full_disk(tmp_path: Path, limit: int) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path / "a.ims"), str(limit)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == (
        f"{tmp_path / 'a.ims'} could not be written: the file is larger than is allowed\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_no_file_and_the_next_write_removes_its_part(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a [1].ims"
    process = subprocess.Popen([sys.executable, "-c", SLOW, path], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"reading\n"
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    process.stdout.close()
    assert not path.exists()
    (left,) = tmp_path.iterdir()
    assert left.name.startswith("a [1].ims.")
    assert left.name.endswith(".part")
    assert verify(left) != []
    written(path, PIXELS, "uint16")
    assert list(tmp_path.iterdir()) == [path]
    assert verify(path) == []


def test_the_newest_writer_of_a_path_wins(tmp_path: Path) -> None:
    path = tmp_path / "a.ims"
    newer = PIXELS // 2
    reads, done = reader_of(PIXELS), False

    def read(z: int, c: int, t: int, y: int, x: int, height: int, width: int) -> Pixels:
        nonlocal done
        if t == 1 and not done:
            done = True
            written(path, newer, "uint16")
        return reads(z, c, t, y, x, height, width)

    with pytest.raises(WriteFailed, match="No such file"):
        write(path, described(PIXELS, "uint16"), read)
    assert list(tmp_path.iterdir()) == [path]
    assert verify(path) == []


def test_names_of_files_with_signs(tmp_path: Path) -> None:
    for name in ("ä 日本.ims", "a*?[b].ims", "-x.ims", "with\nbreak.ims", "ü" * 125 + ".ims"):
        written(tmp_path / name, PIXELS, "uint16")
        assert verify(tmp_path / name) == []
    assert len(list(tmp_path.iterdir())) == 5
