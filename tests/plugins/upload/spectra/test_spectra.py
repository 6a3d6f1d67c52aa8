"""Spectra at their images, in a real stand-in, by the session that a worker has."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from omero_plugin_common.errors import Unavailable
from omero_plugin_common.omero_api import files, hql
from omeroweb_upload.omero_api import image_pairs
from omeroweb_upload.planning.settings import JobSettings, SpectrumSettings
from omeroweb_upload.services import spectra
from omeroweb_upload.services.spectra import NAMESPACE, Finished
from synthetic_spectra import MATERIALS, made
from upload_places import Places

ALL = SpectrumSettings()


class _Job:
    """A job that nobody cancels."""

    def check(self) -> None:
        """Goes on."""


@dataclass(frozen=True)
class Lab:
    """Two images of ada, which nobody else uses, and files on the staging volume."""

    conn: Any
    group: int
    images: dict[str, int]
    folder: Path

    def staged(self, **contents: bytes) -> dict[str, Path]:
        """Files by relative path; `a__b` is the file `b.txt` in the folder `a`."""
        found = {}
        for name, content in contents.items():
            path = name.replace("__", "/") + ".txt"
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(content)
            found[path] = self.folder / path
        return found

    def finish(self, staged: Mapping[str, Path], **options: Any) -> list[Finished]:
        """All spectra."""
        wanted, associations = options.pop("wanted", ALL), options.pop("associations", {})
        options["chosen"] = JobSettings(spectra=wanted, associations=associations)
        return list(spectra.finish(_Job(), self.conn, self.group, staged, self.images, **options))

    def names(self, image: str) -> list[str]:
        """Names of the attached files of an image."""
        id_ = self.images[image]
        found = files.attachments(self.conn, "Image", [id_], NAMESPACE).get(id_, [])
        return sorted(each.name for each in found)

    def pairs(self, image: str) -> list[dict[str, str]]:
        """Sets of pairs of an image."""
        id_ = self.images[image]
        found = image_pairs.pairs_of(self.conn, [id_], NAMESPACE).get(id_, set())
        return sorted((dict(each) for each in found), key=lambda each: each["Spectrum"])

    def content(self, image: str, name: str) -> bytes:
        """Of an attached file."""
        for link in self.conn.getObject("Image", self.images[image]).listAnnotations(NAMESPACE):
            if hasattr(link, "getFileName") and link.getFileName() == name:
                return b"".join(link.getFileInChunks())
        raise AssertionError(name)


@pytest.fixture
def lab(omero: Places, as_ada: Any, tmp_path: Path) -> Iterator[Lab]:
    group = omero.id_of("ExperimenterGroup", "sharing")
    ids = sorted(omero.images("sharing").values())
    lab = Lab(as_ada, group, {"a/cell.tif": ids[0], "b/cell.tif": ids[1]}, tmp_path / "files")
    yield lab
    for id_ in ids:
        found = files.attachments(as_ada, "Image", [id_], NAMESPACE).get(id_, [])
        query = (
            "select l.child.id from ImageAnnotationLink l where l.parent.id = :id "
            "and l.child.ns = :ns"
        )
        every = [int(row[0]) for row in hql.rows(as_ada, query, id=id_, ns=NAMESPACE)]
        assert len(every) >= len(found)
        if every:
            as_ada.deleteObjects("Annotation", every, wait=True)


def steel(counts: float = 2e5) -> bytes:
    return made("plain steel", MATERIALS["plain steel"], 20, counts, 1).file


def quartz() -> bytes:
    return made("quartz", MATERIALS["quartz"], 20, 2e5, 2).file


def test_the_same_names_in_two_folders_get_their_own_spectra(lab: Lab) -> None:
    staged = lab.staged(a__spectrum=steel(), b__spectrum=quartz())
    done = lab.finish(staged)
    assert [(each.path, each.state, each.image) for each in done] == [
        ("a/spectrum.txt", "attached", lab.images["a/cell.tif"]),
        ("b/spectrum.txt", "attached", lab.images["b/cell.tif"]),
    ]
    expected = ["spectrum.h5", "spectrum.txt", "spectrum_edx.png"]
    assert lab.names("a/cell.tif") == lab.names("b/cell.tif") == expected
    assert lab.content("a/cell.tif", "spectrum.txt") == steel()
    assert lab.content("b/cell.tif", "spectrum.txt") == quartz()
    (a,), (b,) = lab.pairs("a/cell.tif"), lab.pairs("b/cell.tif")
    assert "Fe" in a["Elements"]
    assert "Si" in b["Elements"]
    assert "Fe" not in b["Elements"]
    assert a["BEAMKV (kV)"] == "20"
    assert "xraylib" in a["How elements were found"]
    picture = imread(io.BytesIO(lab.content("a/cell.tif", "spectrum_edx.png")))
    assert picture.shape == (780, 1350, 4)


def test_the_table_has_the_spectrum_in_kev(lab: Lab) -> None:
    content = steel().replace(b"#XUNITS      : keV", b"#XUNITS      : eV")
    content = content.replace(b": 0.01\n", b": 10\n").replace(b": -0.1\n", b": -100\n")
    lab.finish(lab.staged(a__one=content))
    for link in lab.conn.getObject("Image", lab.images["a/cell.tif"]).listAnnotations(NAMESPACE):
        if hasattr(link, "getFileName") and link.getFileName() == "one.h5":
            table = lab.conn.c.sf.sharedResources().openTable(link.getFile()._obj)
            try:
                data = table.read([0, 1, 2], 0, table.getNumberOfRows()).columns
            finally:
                table.close()
    assert [each.name for each in data] == ["Image", "Energy_keV", "Counts"]
    assert data[1].description == "Energy in keV"
    assert set(data[0].values) == {lab.images["a/cell.tif"]}
    assert np.allclose(data[1].values, -0.1 + 0.01 * np.arange(2048))
    assert data[2].values == made("", MATERIALS["plain steel"], 20, 2e5, 1).counts.tolist()


def test_a_second_run_attaches_nothing_twice(lab: Lab) -> None:
    staged = lab.staged(a__one=steel(), a__two=quartz())
    first = lab.finish(staged)
    names = lab.names("a/cell.tif")
    assert lab.finish(staged) == first
    assert lab.names("a/cell.tif") == names
    assert len(names) == 6
    assert len(lab.pairs("a/cell.tif")) == 2


def test_a_worker_that_died_leaves_nothing_broken(lab: Lab) -> None:
    staged = lab.staged(a__one=steel())
    image = lab.images["a/cell.tif"]
    broken = files._annotation(files.NewFile("one.txt", NAMESPACE), 5)
    lab.conn.getUpdateService().saveAndReturnObject(
        files._link("Image", image, broken), hql.context(lab.conn, lab.group)
    )
    lab.finish(staged)
    assert lab.names("a/cell.tif") == ["one.h5", "one.txt", "one_edx.png"]
    assert lab.content("a/cell.tif", "one.txt") == steel()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["one.h5", "one.txt", "one_edx.png"]),
        ({"create_tables": False}, ["one.txt", "one_edx.png"]),
        ({"create_figures_attachments": False}, ["one.h5", "one.txt"]),
        (dict.fromkeys(SpectrumSettings.model_fields, False), ["one.txt"]),
    ],
)
def test_the_users_settings(lab: Lab, settings: dict[str, bool], expected: list[str]) -> None:
    lab.finish(lab.staged(a__one=steel()), wanted=SpectrumSettings(**settings))
    assert lab.names("a/cell.tif") == expected
    assert len(lab.pairs("a/cell.tif")) == 1


def test_the_users_associations_override_names(lab: Lab) -> None:
    staged = lab.staged(a__one=steel(), a__two=quartz(), b__one=quartz())
    chosen = {"a/one.txt": "b/cell.tif", "a/two.txt": "", "b/one.txt": "b/gone.tif"}
    done = {each.path: each for each in lab.finish(staged, associations=chosen)}
    assert lab.names("a/cell.tif") == []
    assert lab.names("b/cell.tif") == ["one.h5", "one.txt", "one_edx.png"]
    assert "Fe" in lab.pairs("b/cell.tif")[0]["Elements"]
    assert [each.state for each in done.values()] == ["attached", "failed", "failed"]
    assert "choose its image" in done["a/two.txt"].message
    assert "b/gone.tif was not imported" in done["b/one.txt"].message


def test_equal_names_at_one_image_are_kept_apart(lab: Lab) -> None:
    staged = lab.staged(a__one=steel(), b__one=quartz())
    lab.finish(staged, associations={"b/one.txt": "a/cell.tif"})
    assert lab.names("a/cell.tif") == [
        "a_one.txt.h5", "a_one.txt_edx.png", "b_one.txt.h5", "b_one.txt_edx.png",
        "one.txt", "one.txt",
    ]  # fmt: skip
    assert len(lab.pairs("a/cell.tif")) == 2


def test_what_is_no_spectrum_is_attached_as_it_is(lab: Lab) -> None:
    notes = "#TITLE : Notizen\nnichts".encode("latin-1")
    done = lab.finish(lab.staged(a__notes=notes, a__empty=b""))
    assert [each.state for each in done] == ["attached", "attached"]
    assert "it is no EMSA/MSA spectrum: Line 2: expected a keyword" in done[0].message
    assert "Line 1: the file is empty" in done[1].message
    assert lab.names("a/cell.tif") == ["empty.txt", "notes.txt"]
    assert lab.pairs("a/cell.tif") == []


def test_a_single_label_of_the_file(lab: Lab) -> None:
    content = steel().replace(b"#SPECTRUM ", b"##OXINSTLABEL: 26, 6.404, Fe\n#SPECTRUM ")
    (done,) = lab.finish(lab.staged(a__one=content))
    assert done.message == "Attached with its metadata, a table and a picture; Fe"
    assert lab.pairs("a/cell.tif")[0]["Lines: named by the file"] == "Fe Kα 6.404 keV"


def test_energy_loss_has_no_elements(lab: Lab) -> None:
    content = steel().replace(b": EDS", b": ELS")
    (done,) = lab.finish(lab.staged(a__one=content))
    assert done.message.endswith("; no element named")
    assert "Elements" not in lab.pairs("a/cell.tif")[0]


def test_the_picture_is_imported_where_there_is_an_importer(lab: Lab) -> None:
    asked = []

    def import_picture(png: bytes, name: str, image: int) -> list[int]:
        asked.append((png[:4], name, image))
        return [4711]

    (done,) = lab.finish(lab.staged(a__one=steel()), import_picture=import_picture)
    assert asked == [(b"\x89PNG", "one_edx.png", lab.images["a/cell.tif"])]
    assert done.pictures == (4711,)


def test_quotes_and_other_alphabets_in_names_and_titles(lab: Lab) -> None:
    title = "x' or 1=1 -- $\\frac$ 試料 \N{MICROSCOPE}"
    content = steel().replace(b"plain steel", title.encode())
    path = lab.folder / "a" / 'o\'brien "ü" %d {x}.txt'
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    (done,) = lab.finish({f"a/{path.name}": path})
    assert done.state == "attached"
    assert path.name in lab.names("a/cell.tif")
    assert lab.pairs("a/cell.tif")[0]["Title"] == title


def test_a_staged_file_that_is_gone_fails_alone(lab: Lab) -> None:
    staged = lab.staged(a__one=steel()) | {"a/gone.txt": lab.folder / "a" / "gone.txt"}
    done = {each.path: each for each in lab.finish(staged)}
    assert done["a/one.txt"].state == "attached"
    assert done["a/gone.txt"].state == "failed"
    assert "cannot be read: No such file" in done["a/gone.txt"].message


def test_it_stops_when_the_job_is_cancelled(lab: Lab) -> None:
    class Cancelled(Exception):
        pass

    class Job:
        def check(self) -> None:
            raise Cancelled

    staged = lab.staged(a__one=steel())
    with pytest.raises(Cancelled):
        list(spectra.finish(Job(), lab.conn, lab.group, staged, lab.images, chosen=JobSettings()))
    assert lab.names("a/cell.tif") == []


def test_an_omero_that_does_not_answer_is_not_the_spectrums_fault(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: Any, **_more: Any) -> None:
        raise Unavailable("OMERO.server does not answer", code="server_away")

    monkeypatch.setattr(spectra, "attach_table", away)
    with pytest.raises(Unavailable):
        lab.finish(lab.staged(a__one=steel()))
