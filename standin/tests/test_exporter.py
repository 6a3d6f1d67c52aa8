"""Exporter: images as OME-XML and OME-TIFF, read back by libraries that know these formats."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import omero
import pytest
import tifffile

from omero_standin.binary.pixel_types import TYPES
from omero_standin.exports.ome_xml import NAMESPACE
from omero_standin.model.enumeration import enumeration
from standin_here import ROOT, Here


@pytest.fixture(scope="module")
def gateway(here: Here) -> Any:
    """Root's connection."""
    return here.connect()


def described(gateway: Any, *images: int) -> Any:
    """The OME-XML of images."""
    exporter = gateway.c.sf.createExporter()
    for image in images:
        exporter.addImage(image)
    size = exporter.generateXml()
    text = exporter.read(0, size)
    assert len(text) == size
    exporter.close()
    return ElementTree.fromstring(text)  # noqa: S314 - the stand-in made it


def element(above: Any, *names: str) -> Any:
    """An element below another one."""
    for name in names:
        above = above.find(f"{{{NAMESPACE}}}{name}")
    return above


@pytest.mark.parametrize("kind", TYPES)
def test_a_tiff_has_the_values_of_every_type(here: Here, gateway: Any, kind: str) -> None:
    image = here.image(kind, ROOT, 0, size=(150, 30, 3, 2, 2), kind=kind)
    size, chunks = gateway.getObject("Image", image.id).exportOmeTiff(bufsize=10_000)
    content = b"".join(chunks)
    assert len(content) == size
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        assert file.is_ome
        (series,) = file.series
        assert (series.axes, series.shape) == ("TCZYX", (2, 2, 3, 30, 150))
        values = series.asarray()
    store = gateway.c.sf.createRawPixelsStore()
    store.setPixelsId(here.pixels_of(image).id, False)
    for z, c, t in ((0, 0, 0), (2, 1, 1), (1, 0, 1)):
        plane = np.frombuffer(store.getPlane(z, c, t), TYPES[kind]).reshape(30, 150)
        assert np.array_equal(values[t, c, z], plane)


@pytest.mark.parametrize("order", ["XYZCT", "XYCZT", "XYTCZ"])
def test_planes_are_in_the_order_that_the_description_says(
    here: Here, gateway: Any, order: str
) -> None:
    image = here.image(order, ROOT, 0, size=(8, 6, 2, 3, 4))
    row = here.pixels_of(image)
    here.store.update(row, dimensionOrder=enumeration(here.store, "DimensionOrder", order))
    content = gateway.getObject("Image", image.id).exportOmeTiff()
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        axes, values = file.series[0].axes, file.series[0].asarray()
    assert axes == order[::-1]
    wanted = gateway.getObject("Image", image.id).getPrimaryPixels().getPlane(1, 2, 3)
    place = {"Z": 1, "C": 2, "T": 3}
    assert np.array_equal(values[tuple(place[axis] for axis in axes[:3])], wanted)


def test_the_description_has_names_sizes_and_units(here: Here, gateway: Any) -> None:
    image = here.image(
        "grün <&> \x01", ROOT, 0, size=(8, 6, 1, 2, 1), kind="float", description="two\nlines",
        acquisitionDate=1_700_000_000_000,
    )  # fmt: skip
    row = here.pixels_of(image)
    here.store.update(row, physicalSizeX=(0.25, "MICROMETER"), physicalSizeZ=(1.5, "MILLIMETER"))
    first, _ = here.store.referring("Channel", "pixels", row.ref)
    here.store.update(first, red=255, green=0, blue=0, alpha=255)
    logical = here.store.get(*first.values["logicalChannel"])
    here.store.update(logical, name="DAPI", emissionWave=(461.0, "NANOMETER"))
    found = element(described(gateway, image.id), "Image")
    assert found.get("Name") == "grün <&> "
    assert element(found, "AcquisitionDate").text == "2023-11-14T22:13:20"
    assert element(found, "Description").text == "two\nlines"
    pixels = element(found, "Pixels")
    told = {name: pixels.get(name) for name in ("Type", "SizeX", "SizeC", "DimensionOrder")}
    assert told == {"Type": "float", "SizeX": "8", "SizeC": "2", "DimensionOrder": "XYZCT"}
    assert (pixels.get("PhysicalSizeX"), pixels.get("PhysicalSizeXUnit")) == ("0.25", "µm")
    assert (pixels.get("PhysicalSizeZ"), pixels.get("PhysicalSizeZUnit")) == ("1.5", "mm")
    assert pixels.get("PhysicalSizeY") is None
    channel, other = pixels.findall(f"{{{NAMESPACE}}}Channel")
    assert (channel.get("Name"), channel.get("EmissionWavelength")) == ("DAPI", "461.0")
    assert channel.get("Color") == str(0xFF0000FF - 2**32)
    assert other.get("Name") is None
    assert element(pixels, "MetadataOnly") is not None


def test_several_images_are_described_together(here: Here, gateway: Any) -> None:
    images = [here.image(f"n{number}", ROOT, 0, size=(4, 4, 1, 1, 1)) for number in range(2)]
    root = described(gateway, *(image.id for image in images))
    assert [each.get("Name") for each in root] == ["n0", "n1"]
    assert len({each.get("ID") for each in root}) == 2
    exporter = gateway.c.sf.createExporter()
    for number in (2, 0):
        for image in images[:number]:
            exporter.addImage(image.id)
        with pytest.raises(omero.ApiUsageException, match=f"not {number}"):
            exporter.generateTiff()
        exporter.close()
        exporter = gateway.c.sf.createExporter()


def test_steps_out_of_order_are_named(here: Here, gateway: Any) -> None:
    image = here.image("steps", ROOT, 0, size=(4, 4, 1, 1, 1))
    exporter = gateway.c.sf.createExporter()
    with pytest.raises(omero.ApiUsageException, match="generate method first"):
        exporter.read(0, 10)
    exporter.addImage(image.id)
    size = exporter.generateTiff()
    for call in (
        lambda: exporter.addImage(image.id),
        exporter.generateXml,
        exporter.generateTiff,
    ):
        with pytest.raises(omero.ApiUsageException, match="during output"):
            call()
    with pytest.raises(omero.ApiUsageException, match="Max read size"):
        exporter.read(0, (1 << 20) + 1)
    last = exporter.read(size - 3, 3)
    assert exporter.read(size - 3, 10) == last + bytes(7)
    assert exporter.read(size, 10) == b""
    assert exporter.read(size + 1, 10) == b""
    exporter.close()


def test_what_the_server_does_not_export(here: Here, gateway: Any) -> None:
    big = here.image("big", ROOT, 0, size=(4000, 4000, 1, 1, 1))
    exporter = gateway.c.sf.createExporter()
    exporter.addImage(big.id)
    with pytest.raises(omero.InternalException, match="too large for export"):
        exporter.generateTiff()
    # Its description is not too large.
    assert exporter.generateXml() > 0
    exporter.close()
    lab = here.group("exports", "rw----")
    hidden = here.image("hidden", here.user("gil", lab), lab, size=(4, 4, 1, 1, 1))
    here.user("hal", lab)
    exporter = here.connect("hal").c.sf.createExporter()
    exporter.addImage(hidden.id)
    with pytest.raises(omero.ValidationException, match="that the caller may see"):
        exporter.generateTiff()
    exporter.close()


def test_nothing_stays_on_disk(here: Here, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    image = here.image("gone", ROOT, 0, size=(4, 4, 1, 1, 1))
    gateway = here.connect()
    closed, left = (gateway.c.sf.createExporter() for _ in range(2))
    for exporter in (closed, left):
        exporter.addImage(image.id)
        exporter.generateTiff()
    assert len(list(tmp_path.iterdir())) == 2
    closed.close()
    assert len(list(tmp_path.iterdir())) == 1
    gateway.close()
    assert list(tmp_path.iterdir()) == []
