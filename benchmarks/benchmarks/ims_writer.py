"""The writer of Imaris files against plain h5py, on the same pixels in the same run.

Plain h5py writes the same arrays, those of all levels, which it is given ready in memory, with the
same chunks and compression, a layer of chunks at a time. The writer reads planes, and makes levels,
histograms and thumbnail in its time. The two are taken in turn. A second ratio is that of processor
time: it is the same on a machine that others use.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from benchmarks.samples import percentile
from omero_ci.console import step
from omero_ims import ImageDescription, verify, write

VERSIONS: Final = ("omero-ims", "h5py", "numpy")
HEADER: Final = (
    f"{'MB/s of the full resolution':<44} {'n':>3} {'ours':>7} {'h5py':>7} {'ratio':>6} "
    f"{'goal':>5}  met  {'of processor':>12}"
)
GOAL: Final = 0.5
_SIDE: Final = 4096


@dataclass(frozen=True)
class Case:
    """An image.

    Attributes:
        name: short name for programs.
        text: what it is, for people.
        sizes: of x, y, z, c, t.
        pixel_type: OMERO's name.
    """

    name: str
    text: str
    sizes: tuple[int, int, int, int, int]
    pixel_type: str


CASES: Final = (
    Case("volume", "2048 x 2048 x 32, 16 bits", (2048, 2048, 32, 1, 1), "uint16"),
    Case("flat", "16384 x 8192, 8 bits", (16384, 8192, 1, 1, 1), "uint8"),
    Case("channels", "1024 x 1024 x 16, 4 channels, float", (1024, 1024, 16, 4, 1), "float"),
    Case("movie", "512 x 512 x 4, 2 channels, 40 times, 16 bits", (512, 512, 4, 2, 40), "uint16"),
)


@dataclass(frozen=True)
class Comparison:
    """How fast both are.

    Attributes:
        case: the image.
        ours: seconds of the writer, and of the processor, for each sample.
        h5py: the same of plain h5py.
    """

    case: Case
    ours: Sequence[tuple[float, float]]
    h5py: Sequence[tuple[float, float]]

    @property
    def megabytes(self) -> float:
        """Of the full resolution."""
        x, y, z, c, t = self.case.sizes
        kind = np.dtype({"float": "float32"}.get(self.case.pixel_type, self.case.pixel_type))
        return x * y * z * c * t * kind.itemsize / 1e6

    def ratio(self, which: int) -> float:
        """The median of ratios, each of a pair that was taken together; above 1 ours is faster."""
        pairs = zip(self.ours, self.h5py, strict=True)
        return percentile([plain[which] / ours[which] for ours, plain in pairs], 50)

    def line(self) -> str:
        """One line of the table."""
        ours, plain = (
            self.megabytes / percentile([one[0] for one in each], 50)
            for each in (self.ours, self.h5py)
        )
        met = "yes" if self.ratio(0) >= GOAL else "NO"
        return (
            f"{self.case.text:<44} {len(self.ours):>3} {ours:>7.1f} {plain:>7.1f} "
            f"{self.ratio(0):>6.2f} {GOAL:>5.1f}  {met:<3}  {self.ratio(1):>12.2f}"
        )

    def plain(self) -> dict[str, Any]:
        """The figures, every sample included."""
        return {
            "name": self.case.name, "text": self.case.text, "megabytes": self.megabytes,
            "goal": GOAL, "ratio": self.ratio(0), "ratio_of_processor_time": self.ratio(1),
            "ours": list(self.ours), "h5py": list(self.h5py),
        }  # fmt: skip


def measure(count: int) -> Sequence[Comparison]:
    """Measure every case `count` times."""
    scene = _scene()
    rows = []
    for case in CASES:
        with step(case.text), tempfile.TemporaryDirectory(prefix="ims-bench-") as folder:
            rows.append(_compared(case, _reader(scene, case), Path(folder), count))
    return rows


def _compared(case: Case, read: Callable[..., Any], folder: Path, count: int) -> Comparison:
    x, y, z, c, t = case.sizes
    description = ImageDescription(case.name, x, y, z, c, t, case.pixel_type)
    file, other = folder / "a.ims", folder / "plain.h5"
    # Once before: files and caches are there for both.
    write(file, description, read)
    if problems := verify(file):
        raise RuntimeError(f"the file is not right: {problems[0]}")
    arrays = _arrays(file)
    ours: list[tuple[float, float]] = []
    plain: list[tuple[float, float]] = []
    for _ in range(count):
        with _timed(ours):
            write(file, description, read)
        with _timed(plain):
            _write_plain(other, arrays)
        other.unlink()
    return Comparison(case, ours, plain)


def _arrays(file: Path) -> dict[str, tuple[NDArray[Any], tuple[int, ...]]]:
    """The pixels of all levels, and their chunks."""
    found: dict[str, tuple[NDArray[Any], tuple[int, ...]]] = {}

    def keep(name: str, each: Any) -> None:
        if name.startswith("DataSet/") and name.endswith("/Data"):
            found[name] = each[...], each.chunks

    with h5py.File(file) as opened:
        opened.visititems(keep)
    return found


def _write_plain(file: Path, arrays: dict[str, tuple[NDArray[Any], tuple[int, ...]]]) -> None:
    with h5py.File(file, "w", libver="earliest") as opened:
        for name, (pixels, chunk) in arrays.items():
            data = opened.create_dataset(
                name, pixels.shape, pixels.dtype, chunks=chunk, compression="gzip",
                compression_opts=2,
            )  # fmt: skip
            for start in range(0, len(pixels), chunk[0]):
                data[start : start + chunk[0]] = pixels[start : start + chunk[0]]


@contextmanager
def _timed(samples: list[tuple[float, float]]) -> Iterator[None]:
    gc.collect()
    began, used = time.perf_counter(), time.process_time()
    yield
    samples.append((time.perf_counter() - began, time.process_time() - used))


def _scene() -> NDArray[np.uint16]:
    """What a microscope sees: something smooth, and the noise of photons."""
    rng = np.random.default_rng(20260501)
    y, x = np.mgrid[0:_SIDE, 0:_SIDE]
    light = 120 + 100 * np.sin(x / 37) * np.cos(y / 53)
    scene: NDArray[np.uint16] = rng.poisson(light).astype(np.uint16)
    return scene


def _reader(scene: NDArray[np.uint16], case: Case) -> Callable[..., Any]:
    """Planes that differ, as parts of the scene."""
    kind = {"uint8": np.uint8, "uint16": np.uint16, "float": np.float32}[case.pixel_type]
    x, y, _, _, _ = case.sizes
    wide = np.tile(scene.astype(kind), (1 + y // _SIDE, 1 + x // _SIDE))

    def read(z: int, c: int, t: int, y0: int, x0: int, height: int, width: int) -> Any:
        down, right = (7 * z + 31 * t) % 1024, (13 * z + 5 * c + 17 * t) % 1024
        return wide[y0 + down : y0 + down + height, x0 + right : x0 + right + width]

    return read
