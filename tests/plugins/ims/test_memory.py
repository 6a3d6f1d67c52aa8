"""Memory does not depend on the size of an image."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Writes an image of synthetic planes and prints the most memory that its process had, in KB.
PROGRAM = """
import resource, sys
import numpy as np
from omero_ims import ImageDescription, verify, write
path, kind = sys.argv[1:3]
x, y, z, c, t = map(int, sys.argv[3:])
wave = np.add.outer(np.arange(1024) // 8, np.arange(1024) // 8).astype(kind)
def read(z, c, t, y0, x0, height, width):
    tiles = 1 + (height + 1) // 1024, 1 + (width + 1) // 1024
    return np.tile(wave + z % 7, tiles)[:height, :width].astype(kind)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
pixel_type = {"float32": "float"}.get(kind, kind)
written = write(path, ImageDescription("large", x, y, z, c, t, pixel_type), read)
assert verify(path) == []
print(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, written.levels)
"""


def peak(path: Path, kind: str, sizes: tuple[int, ...]) -> int:
    """Bytes of memory that writing an image took, the interpreter included."""
    command = [sys.executable, "-c", PROGRAM, path, kind, *map(str, sizes)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=3000)
    assert ended.returncode == 0, ended.stderr
    path.unlink()
    before, after, levels = map(int, ended.stdout.split())
    print(sizes, kind, before, after, levels)  # noqa: T201 - shown by `pytest -s`
    return after * 1024


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("kind", "sizes"),
    [
        # At night a flat one of 20 gigabytes is written as well.
        pytest.param("uint8", (30_000, 20_000, 1, 1, 1), id="flat", marks=pytest.mark.nightly),
        pytest.param("float32", (2048, 2048, 40, 1, 1), id="deep"),
    ],
)
def test_600_megabytes_take_less_than_a_gigabyte(
    tmp_path: Path, kind: str, sizes: tuple[int, ...]
) -> None:
    assert peak(tmp_path / "a.ims", kind, sizes) < 1024**3


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("kind", "sizes"),
    [
        ("uint16", (10_000, 10_000, 100, 1, 1)),
        ("uint8", (140_000, 143_000, 1, 1, 1)),
        ("float32", (1024, 1024, 1200, 2, 2)),
    ],
    ids=["volume", "flat", "movie"],
)
def test_20_gigabytes_take_less_than_a_gigabyte(
    tmp_path: Path, kind: str, sizes: tuple[int, ...]
) -> None:
    assert peak(tmp_path / "a.ims", kind, sizes) < 1024**3
