"""What the stand-in knows about an image before it is made: sizes, type, names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

# Sizes in x, y, z, c, t.
Sizes = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Description:
    """One image of a file. Physical sizes are micrometres."""

    name: str
    format: str
    sizes: Sizes
    kind: str
    channels: tuple[str | None, ...] = ()
    physical: tuple[float | None, float | None, float | None] = (None, None, None)


@dataclass(frozen=True, slots=True)
class Content:
    """The images of a file, and the planes (z, c, t, values) of the first, when they were read."""

    images: list[Description]
    planes: Iterator[tuple[int, int, int, NDArray[Any]]] | None = field(default=None)
