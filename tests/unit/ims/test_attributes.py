"""Attributes as Imaris reads them: a file with padded strings looks right everywhere else."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from h5py import h5a, h5t

from omero_ims import Channel, ImageDescription, verify, write


def test_every_text_attribute_is_null_terminated(tmp_path: Path) -> None:
    path = tmp_path / "cells.ims"
    description = ImageDescription(
        "cells", 9, 8, 7, 2, 2, "uint16", channels=[Channel("DAPI"), Channel("β/%")]
    )
    write(path, description, lambda z, c, t, y, x, height, width: np.ones((height, width), ">u2"))
    found = []

    def look(name: str, each: h5py.Group | h5py.Dataset) -> None:
        for attribute in each.attrs:
            kind = h5a.open(each.id, attribute.encode()).get_type()
            if kind.get_class() == h5t.STRING:
                found.append((kind.get_strpad(), kind.get_size(), kind.is_variable_str()))

    with h5py.File(path) as file:
        look("/", file)
        file.visititems(look)
    assert len(found) > 60
    assert set(found) == {(h5t.STR_NULLTERM, 1, False)}
    assert verify(path) == []
