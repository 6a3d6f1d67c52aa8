"""`omero import` with the stand-in's import client in place of OMERO's own, which is Java."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import omero.model
import pytest
import tifffile
import yaml
from omero.cli import CLI
from omero.plugins.sessions import SessionsControl
from omero.rtypes import unwrap

from omero_standin.import_client.candidates import Candidates, find
from omero_standin.import_client.install import install
from omero_standin.import_client.program import main
from standin_here import Here

FAKE_PLATE = "p&plates=1&plateRows=1&plateCols=2&fields=1&screens=0&sizeX=16&sizeY=8.fake"


def tiff(value: int) -> bytes:
    """A small OME-TIFF of one value."""
    out = io.BytesIO()
    page = np.full((6, 8), value, np.uint8)
    tifffile.imwrite(out, page, ome=True, photometric="minisblack", metadata={"axes": "YX"})
    return out.getvalue()


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    code: int
    printed: str
    errors: str


@pytest.fixture
def imports(here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """Runs omero-py's own `omero import` as ada, in the test's folder."""
    client = install(tmp_path / "client")
    monkeypatch.setenv("PATH", client["PATH"], prepend=os.pathsep)
    monkeypatch.setenv("OMERO_USERDIR", client["OMERO_USERDIR"])
    monkeypatch.chdir(tmp_path)
    control = import_module("omero.plugins.import").ImportControl
    key = here.connect("ada").getSession().getUuid().val

    def run(*arguments: str) -> Done:
        cli = CLI()
        cli.register("import", control, "_")
        cli.register("sessions", SessionsControl, "_")
        login = ["-s", "127.0.0.1", "-p", str(here.port), "-k", key]
        cli.invoke(["import", *login, "--file", "out", "--errs", "err", *arguments])
        return Done(cli.rv, Path("out").read_text(), Path("err").read_text())

    return run


def test_a_folder_is_imported_by_omeros_own_command(
    here: Here, tmp_path: Path, imports: Callable[..., Done]
) -> None:
    data = tmp_path / "Ärger & Übung"
    data.mkdir()
    (data / "eins zwei.ome.tif").write_bytes(tiff(7))
    (data / "notes.txt").write_text("no image\n")
    (data / FAKE_PLATE).touch()
    done = imports("--output", "yaml", "-T", "Dataset:name:neu", data.name)
    assert done.code == 0, done.errors
    first, second = (each[0] for each in yaml.safe_load_all(done.printed))
    assert sorted(first) == ["Fileset", "Image"]
    assert (len(second["Plate"]), len(second["Image"])) == (1, 2)
    ada = here.connect("ada")
    image = ada.getObject("Image", first["Image"][0])
    assert image.getName() == "eins zwei.ome.tif"
    assert image.getPrimaryPixels().getPlane().max() == 7
    paths = image.getImportedImageFilePaths()["client_paths"]
    assert paths == [f"{data}/eins zwei.ome.tif".lstrip("/")]
    assert [each.getName() for each in image.listParents()] == ["neu"]
    assert "2 files uploaded, 2 filesets created, 3 images imported, 0 errors" in done.errors


def test_exit_codes_and_the_words_of_errors(tmp_path: Path, imports: Callable[..., Done]) -> None:
    (tmp_path / "cut.ome.tif").write_bytes(tiff(1)[:40])
    (tmp_path / "good.ome.tif").write_bytes(tiff(1))
    done = imports("cut.ome.tif", "good.ome.tif")
    assert done.code == 2
    assert done.printed.startswith("Image:")
    assert "cut.ome.tif: " in done.errors
    done = imports("-c", "cut.ome.tif", "good.ome.tif")
    assert done.code == 0
    assert "1 error in " in done.errors


def test_candidates_are_groups_of_files(here: Here, tmp_path: Path) -> None:
    (tmp_path / "a.ome.tif").write_bytes(tiff(1))
    (tmp_path / "b.fake").touch()
    (tmp_path / "b.fake.ini").write_text("sizeX=24\n")
    (tmp_path / "c.txt").write_text("?")
    deep = tmp_path / "1" / "2"
    deep.mkdir(parents=True)
    (deep / FAKE_PLATE).touch()
    reader = here.kernel.data.bio_formats
    found = find(reader, [str(tmp_path)], 4)
    assert found.errors == []
    assert [(each.files[0].rpartition("/")[2], each.has_plates) for each in found.groups] == [
        (FAKE_PLATE, True), ("a.ome.tif", False), ("b.fake", False),
    ]  # fmt: skip
    assert found.groups[2].files == (f"{tmp_path}/b.fake", f"{tmp_path}/b.fake.ini")
    assert found.groups[0].reader == "loci.formats.in.FakeReader"
    assert [len(each.groups) for each in (find(reader, [str(tmp_path)], 1),)] == [2]


def test_what_is_not_known_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    start = "ome.formats.importer.cli.CommandLineImporter"
    assert main(["-version"]) == 0
    assert main(["-cp", "x.jar", "loci.formats.tools.ImageInfo"]) == 1
    for arguments, message in (
        (["--transfer=ln_s", "x.fake"], "invalid choice: 'ln_s'"),
        (["--exclude=clientpath", "x.fake"], "unrecognized arguments: --exclude=clientpath"),
    ):
        with pytest.raises(SystemExit):
            main([start, *arguments])
        assert message in capsys.readouterr().err
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert main([start, "x.fake"]) == 1
    assert "Imports need Java" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("Dataset:x", "has no id"),
        ("Project:1", "must be Dataset:ID"),
        ("Dataset:@name:x", "only `name` is supported"),
    ],
)
def test_targets_that_cannot_be_meant_are_named(here: Here, said: str, message: str) -> None:
    from omero_standin.import_client.target import target
    from omero_standin.import_client.upload import ImportFailed

    ada: Any = here.connect("ada")
    with pytest.raises(ImportFailed, match=message):
        target(ada.c, None, None, said)
    assert unwrap(target(ada.c, "7", None, None).id) == 7
    assert isinstance(target(ada.c, None, "Screen:8", None), omero.model.ScreenI)
    assert target(ada.c, None, None, None) is None
    assert Candidates().groups == []
