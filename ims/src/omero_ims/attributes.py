"""Attributes as Imaris reads them: arrays of one-character strings that end with NUL.

h5py pads its strings with NUL instead, and Imaris does not open such a file.
"""

from __future__ import annotations

import math
from typing import Any, Final

import h5py
import numpy as np
from h5py import h5a, h5d, h5s, h5t

# HDF5 has room for 64 KB in an attribute with its header; a longer text becomes a dataset.
LONGEST: Final = 64_000
VERSION: Final = "5.5.0"


def character_type() -> Any:
    """HDF5's type of one character that ends with NUL."""
    kind = h5t.C_S1.copy()
    kind.set_size(1)
    kind.set_strpad(h5t.STR_NULLTERM)
    return kind


def write_text(group: Any, name: str, text: str) -> None:
    """Write one attribute; a text over 64 KB becomes a dataset of the same name."""
    content = text.replace("\0", "").encode("utf-8", "replace") or b"\0"
    characters = np.frombuffer(content, dtype="S1")
    space, kind = h5s.create_simple((len(content),)), character_type()
    if len(content) > LONGEST:
        data = h5d.create(group.id, encoded(name).encode(), kind, space)
        data.write(h5s.ALL, h5s.ALL, characters, mtype=kind)
    else:
        h5a.create(group.id, name.encode(), kind, space).write(characters, mtype=kind)


def write_count(group: Any, name: str, value: int) -> None:
    """Write a number as Imaris stores its only one: an array of one uint32."""
    attribute = h5a.create(group.id, name.encode(), h5t.NATIVE_UINT32, h5s.create_simple((1,)))
    attribute.write(np.array([value], np.uint32))


def range_texts(low: float, high: float) -> tuple[str, str]:
    """Two intensities with three decimals, as Imaris writes them; more where they lie closer."""
    close = 0 < high - low < 1
    decimals = 3 - math.floor(math.log10(high - low)) if close else 3
    return f"{low:.{decimals}f}", f"{high:.{decimals}f}"


def read_text(group: Any, name: str) -> str | None:
    """The text of an attribute, or of the dataset that a long one became; None: there is none."""
    if name in group.attrs:
        value = np.asarray(group.attrs[name])
    elif isinstance(found := group.get(encoded(name)), h5py.Dataset):
        value = np.asarray(found[...])
    else:
        return None
    return value.tobytes().rstrip(b"\0").decode("utf-8", "replace")


def encoded(name: str) -> str:
    """A name of a group or dataset: HDF5 does not allow slashes there."""
    return name.replace("%", "%p").replace("/", "%s")


def decoded(name: str) -> str:
    """The name that `encoded` had."""
    return name.replace("%s", "/").replace("%p", "%")
