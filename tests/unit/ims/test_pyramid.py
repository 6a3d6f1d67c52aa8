"""Sizes of levels and chunks, and the means that a level is made of."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_ims.description import ImageDescription
from omero_ims.pyramid import CHUNK_BYTES, ENOUGH, chunk_of, estimated_bytes, halved, levels_of

SIZES = st.integers(1, 5000)


# The tables of "Imaris5.5 File Format Description", section 5.1: x, y, z of each level. The first
# one says 5246 where its own halves need 5264.
TABLES = [
    [(7643, 5264, 1552), (3821, 2632, 776), (1910, 1316, 388), (955, 658, 194), (477, 329, 97),
     (238, 164, 48)],
    [(34664, 22043, 23), (17332, 11021, 23), (8666, 5510, 23), (4333, 2755, 23), (2166, 1377, 23),
     (1083, 688, 23), (541, 344, 23), (270, 172, 23)],
]  # fmt: skip


@pytest.mark.parametrize("table", TABLES, ids=["deep", "flat"])
def test_published_pyramids(table: list[tuple[int, int, int]]) -> None:
    x, y, z = table[0]
    assert [shape.size[::-1] for shape in levels_of((z, y, x), np.dtype("uint16"))] == table


@given(SIZES, SIZES, SIZES, st.sampled_from(["uint8", "uint16", "float32"]))
def test_levels_and_chunks(z: int, y: int, x: int, dtype: str) -> None:
    kind = np.dtype(dtype)
    shapes = levels_of((z, y, x), kind)
    assert shapes[0].size == (z, y, x)
    assert math.prod(shapes[-1].size) < ENOUGH
    for large, small in pairwise(shapes):
        assert math.prod(large.size) >= ENOUGH
        for before, after, factor, others in zip(
            large.size, small.size, large.factor, range(3), strict=True
        ):
            rest = math.prod(large.size[:others] + large.size[others + 1 :])
            assert factor == (2 if before > 1 and (10 * before) ** 2 > rest else 1)
            assert after == before // factor
    for shape in shapes:
        assert math.prod(shape.chunk) * kind.itemsize <= CHUNK_BYTES
        assert all(part & (part - 1) == 0 for part in shape.chunk)
        assert all(full % part == 0 for full, part in zip(shape.padded, shape.chunk, strict=True))
        # Nothing but the borders is padded.
        assert all(
            full - part < size <= full
            for size, full, part in zip(shape.size, shape.padded, shape.chunk, strict=True)
        )


@pytest.mark.parametrize(
    ("size", "bytes_each", "chunk"),
    [
        ((1, 20000, 20000), 2, (1, 512, 1024)),
        ((1, 20000, 20000), 1, (1, 1024, 1024)),
        ((100, 2048, 2048), 2, (8, 256, 256)),
        ((100, 300, 200), 1, (128, 64, 64)),
        ((5, 33, 17), 2, (8, 64, 32)),
        ((1, 1, 3_000_000), 2, (1, 1, 524_288)),
        ((1, 128, 128), 2, (1, 128, 128)),
        ((1, 1, 1), 1, (1, 1, 1)),
    ],
)
def test_chunks_of_a_megabyte(
    size: tuple[int, int, int], bytes_each: int, chunk: tuple[int, int, int]
) -> None:
    assert chunk_of(size, bytes_each) == chunk


@given(
    st.sampled_from(["uint8", "uint16", "uint32"]),
    st.tuples(*[st.integers(1, 7)] * 3),
    st.tuples(*[st.integers(1, 2)] * 3),
    st.integers(0, 2**32 - 1),
)
def test_means_are_rounded_half_up(
    dtype: str, shape: tuple[int, int, int], factor: tuple[int, int, int], seed: int
) -> None:
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(seed)
    block = rng.integers(limits.max - 3, limits.max, shape, dtype, endpoint=True)
    small = halved(block, factor)
    assert small.shape == tuple(n // part for n, part in zip(shape, factor, strict=True))
    for z, y, x in np.ndindex(small.shape):
        group = block[
            z * factor[0] : (z + 1) * factor[0],
            y * factor[1] : (y + 1) * factor[1],
            x * factor[2] : (x + 1) * factor[2],
        ]
        exact = sum(int(value) for value in group.ravel())
        assert int(small[z, y, x]) == (2 * exact + group.size) // (2 * group.size)


def test_means_of_floating_point() -> None:
    block = np.array([[[1, 2], [3, 6]], [[5, np.nan], [1, 1]]], np.float32)
    assert halved(block[:1], (1, 2, 2)).tolist() == [[[3.0]]]
    assert np.isnan(halved(block, (2, 2, 2))).all()


def test_estimate_is_more_than_the_pixels_and_less_than_twice() -> None:
    description = ImageDescription("a", 4096, 4096, 10, 3, 2, "int16")
    pixels = 4096 * 4096 * 10 * 6 * 4
    assert pixels < estimated_bytes(description) < 2 * pixels
