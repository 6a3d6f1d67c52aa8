"""The `omero` commands that other people publish."""

from __future__ import annotations

import json
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
import tifffile

from outside_clients import environment

Omero = Callable[..., str]
Numbered = Callable[[str, str], str]

ROWS = """\
# header s,s,d,l
Image Name,Stage,Ratio,Count
cell_01.tif,early,0.5,1
cell_02.tif,late,1.5,2
"""
BULKMAP = """\
name: stages
version: 1
defaults: {include: yes}
columns:
  - {name: Stage, clientname: Stage}
"""
RENDERING = """\
version: 2
channels:
  1: {active: true, color: "00FFFF", label: Nuclei, start: 5.0, end: 200.0}
greyscale: false
"""
CHANNELS = ["DAPI", "GFP", "mCherry"]
READ_RDF = """\
import sys, rdflib
print(len(rdflib.Graph().parse(data=sys.argv[2], format=sys.argv[1])))
"""


class Trying(Protocol):
    def __call__(self, client: str, what: str) -> AbstractContextManager[None]: ...


@pytest.fixture(scope="session")
def image(numbered: Numbered) -> str:
    return numbered("Image", "cell_01.tif")


@pytest.fixture(scope="session")
def dataset(numbered: Numbered) -> str:
    return numbered("Dataset", "first day")


@pytest.fixture(scope="session")
def project(numbered: Numbered) -> str:
    return numbered("Project", "Mitosis")


@pytest.fixture
def populated(omero: Omero, dataset: str, home: Path) -> str:
    """The dataset with one table about its images."""
    omero("metadata", "deletebulkanns", dataset)
    (home / "rows.csv").write_text(ROWS)
    omero("metadata", "populate", "--file", "rows.csv", dataset)
    return dataset


def test_metadata_populate(omero: Omero, populated: str, trying: Trying, home: Path) -> None:
    with trying("omero-metadata", "`populate` from CSV, and the rows of its table"):
        shown = omero("metadata", "bulkanns", "--report", populated)
        assert "name: bulk_annotations" in shown
        # As key-value pairs the rows come out of the table again.
        (home / "map.yml").write_text(BULKMAP)
        omero("metadata", "populate", "--context", "bulkmap", "--cfg", "map.yml", populated)
        omero("metadata", "populate", "--context", "deletemap", "--cfg", "map.yml", populated)


def test_metadata_bulkmap(
    omero: Omero, populated: str, image: str, trying: Trying, home: Path
) -> None:
    with trying("omero-metadata", "`populate --context bulkmap` and `deletemap`"):
        (home / "map.yml").write_text(BULKMAP)
        context = ["metadata", "populate", "--cfg", "map.yml", "--context"]
        omero(*context, "bulkmap", populated)
        pairs = omero("metadata", "mapanns", "--report", image)
        assert "Stage=early" in pairs
        assert "Ratio=0.5" in pairs
        assert "Count=1" in pairs
        omero(*context, "deletemap", populated)
        assert "Stage=early" not in omero("metadata", "mapanns", "--report", image)


def test_metadata_summary(omero: Omero, image: str, populated: str, trying: Trying) -> None:
    with trying("omero-metadata", "`summary` of an image and of a dataset"):
        of_image = omero("metadata", "summary", image)
        for line in ("Name: cell_01.tif", f"Parent: {populated}", "TagAnnotations: 1"):
            assert line in of_image
        of_dataset = omero("metadata", "summary", populated)
        assert "Name: first day" in of_dataset
        assert "Bulk annotations: 1" in of_dataset


def test_metadata_bulkanns(omero: Omero, populated: str, trying: Trying) -> None:
    with trying("omero-metadata", "`bulkanns`, `deletebulkanns`"):
        assert "FileAnnotation:" in omero("metadata", "bulkanns", populated)
        omero("metadata", "deletebulkanns", populated)
        assert "FileAnnotation:" not in omero("metadata", "bulkanns", populated)


def test_metadata_reports(omero: Omero, image: str, trying: Trying) -> None:
    with trying(
        "omero-metadata", "`allanns`, `mapanns`, `measures`, `original`, `rois`, `pixelsize`"
    ):
        everything = omero("metadata", "allanns", image)
        for kind in ("Comment", "File", "Map", "Tag"):
            assert f"{kind}Annotation:" in everything
        assert "Passage=17" in omero("metadata", "mapanns", "--report", image)
        assert "FileAnnotation:" not in omero("metadata", "measures", image)
        assert "[GlobalMetadata]" in omero("metadata", "original", image)
        omero("metadata", "rois", image)
        omero("metadata", "pixelsize", "--x", "0.2", image)
        query = "select p.image.id, p.physicalSizeX.value from Pixels p"
        sizes = omero("hql", "-q", "--style", "csv", query).splitlines()
        assert any(line.endswith(f",{image[6:]},0.2") for line in sizes)


def test_rdf(omero: Omero, image: str, trying: Trying, home: Path) -> None:
    with trying("omero-rdf", "export as N-Triples, Turtle, JSON-LD and RO-Crate"):
        # omero-rdf writes the lines of N-Triples as Python's bytes literals, which no reader of
        # the format takes; one line is one statement all the same.
        lines = omero("rdf", "-F", "ntriples", image).strip().splitlines()
        assert any("HeLa" in line for line in lines)
        for asked, read in (("turtle", "turtle"), ("jsonld", "json-ld")):
            text = omero("rdf", "-F", asked, image)
            done = environment.run(["-c", READ_RDF, read, text], home)
            assert done.returncode == 0, done.stderr
            # The same graph each time, and more than the image's own members.
            assert int(done.stdout) == len(set(lines)) > 50
        crate = json.loads(omero("rdf", "-F", "ro-crate", image))
        assert any("TagAnnotation" in each["@id"] for each in crate["@graph"])


def test_transfer_pack(omero: Omero, project: str, trying: Trying, home: Path) -> None:
    with trying("omero-cli-transfer", "`pack` of a project with its files, as tar and as zip"):
        omero("transfer", "pack", project, "packed.tar")
        with tarfile.open(home / "packed.tar") as packed:
            names = packed.getnames()
            described = packed.extractfile("./transfer.xml")
            assert described is not None
            text = described.read().decode()
        for number in (1, 2, 3):
            assert any(name.endswith(f"/cell_{number:02d}.tif") for name in names)
        assert "first day" in text
        assert "Passage" in text
        omero("transfer", "pack", project, "packed.zip")
        with zipfile.ZipFile(home / "packed.zip") as packed_zip:
            assert any(name.endswith("cell_01.tif") for name in packed_zip.namelist())


def test_transfer_unpack(omero: Omero, numbered: Numbered, trying: Trying, home: Path) -> None:
    """A real file, whose pixels the second import reads again."""
    page = np.arange(12, dtype=np.uint8).reshape(3, 4)
    tifffile.imwrite(home / "packed cells.ome.tif", page, ome=True)
    omero("import", "-T", "Dataset:name:to be packed", "packed cells.ome.tif")
    dataset = numbered("Dataset", "to be packed")
    omero("transfer", "pack", dataset, "to-unpack.tar")
    with trying("omero-cli-transfer", "`unpack`"):
        omero("transfer", "unpack", "to-unpack.tar")
    query = (
        "select p.sizeX, p.sizeY, p.sha1 from Pixels p "
        "where p.image.name = 'packed cells.ome.tif' and p.image.fileset is not null"
    )
    lines = omero("hql", "-q", "--style", "csv", query).splitlines()[1:]
    assert len(lines) == 2
    assert len({line.partition(",")[2] for line in lines}) == 1


def test_upload(omero: Omero, trying: Trying, home: Path) -> None:
    with trying("omero-upload", "upload, and with `--wrap` and `--namespace`"):
        (home / "uploaded.txt").write_text("uploaded\n")
        plain = omero("upload", "uploaded.txt").strip().splitlines()[-1]
        assert plain.startswith("OriginalFile:")
        omero("download", plain, "again.txt")
        assert (home / "again.txt").read_text() == "uploaded\n"
        wrapped = omero("upload", "--wrap", "--namespace", "example.org/up", "uploaded.txt")
        annotation = wrapped.strip().splitlines()[-1]
        assert annotation.startswith("FileAnnotation:")
        assert omero("obj", "get", annotation, "ns").strip().endswith("example.org/up")


def test_render_reads(omero: Omero, image: str, trying: Trying) -> None:
    with trying("omero-cli-render", "`info`, `get`, `test`"):
        assert "label=DAPI" in omero("render", "info", image)
        got = omero("render", "get", image, "--style", "json")
        settings = json.loads(got[got.index("{") :])
        assert [each["label"] for each in settings["channels"].values()] == CHANNELS
        assert omero("render", "test", image).count("ok: ") == 1


def test_render_writes(omero: Omero, numbered: Numbered, trying: Trying, home: Path) -> None:
    source, target = numbered("Image", "cell_02.tif"), numbered("Image", "cell_03.tif")
    with trying("omero-cli-render", "`set` and `copy`"):
        (home / "rendering.yml").write_text(RENDERING)
        omero("render", "set", source, "rendering.yml")
        wanted = "color=00FFFF,label=Nuclei,min=0.0,start=5.0,end=200.0"
        assert wanted in omero("render", "info", source)
        omero("render", "copy", source, target)
        # The name of a channel is no part of the settings.
        copied = omero("render", "info", target)
        assert "color=00FFFF,label=DAPI,min=0.0,start=5.0,end=200.0" in copied
