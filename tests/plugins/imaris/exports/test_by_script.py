"""The file written by the script of OMERO.server: by a converter, by omero-ims, or not at all.

`ImarisConvertBioformats` cannot be had here: a double of that name takes its arguments, and writes
a file of the image that `-ii` names, or of another one where a test makes it wrong.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

import importing
from imaris_site import (
    ExportBrowser,
    attribute,
    browser_of,
    gateway_of,
    made_image,
    pixels_of,
    planes_of,
    set_voxel,
)
from people import Person
from plugin_site import until
from whole_site import WholeSite, whole_site

ROOT: Final = Path(__file__).resolve().parents[4]
SCRIPT: Final = ROOT / "images/omero-server/scripts/omero/export_scripts/IMS_Export.py"
DOUBLE: Final = """#!{python}
import argparse, pathlib, sys
import h5py, numpy, omero_ims
here = pathlib.Path(__file__).parent
parser = argparse.ArgumentParser()
parser.add_argument("-i", required=True)
parser.add_argument("-o", required=True)
parser.add_argument("-ii", type=int, default=0)
for axis in "xyz":
    # As the converter itself, built from its source: it accepts these names, and needs them.
    parser.add_argument("-vs" + axis, type=float, required=True, dest="v" + axis)
given = parser.parse_args()
with (here / "calls.txt").open("a") as calls:
    calls.write(repr(sys.argv[1:]) + "\\n")
how = (here / "how.txt").read_text()
if how == "fails":
    print("Unknown File Type")
    sys.exit(4)
assert pathlib.Path(given.i).is_file(), given.i
planes = numpy.load(here / f"series-{{0 if how == 'series 0' else given.ii}}.npy")
depth, high, wide = planes.shape
about = omero_ims.ImageDescription(
    name="converted", size_x=wide, size_y=high, size_z=depth, size_c=1, size_t=1,
    pixel_type="uint8", voxel_um=(given.vx, given.vy, given.vz))
omero_ims.write(given.o, about, lambda z, c, t, y, x, h, w: planes[z, y:y + h, x:x + w])
if how == "like Imaris":
    with h5py.File(given.o, "r+") as file:
        del file["DataSetInfo/Image"].attrs["X"]
"""
SLEEPER: Final = """
import time
import omero.scripts
client = omero.scripts.client("Sleep.py", "Keeps a processor busy")
time.sleep(600)
"""
SIZE: Final = (64, 32, 2)


class Server:
    """A site whose OMERO.server has the script, and a double of the converter.

    Attributes:
        whole: the site.
        folder: of the double.
        sleeper: the id of a script that keeps a processor busy.
    """

    def __init__(self, whole: WholeSite, folder: Path) -> None:
        self.whole, self.folder = whole, folder
        self.sleeper = 0

    def converter(self, how: str) -> None:
        """`right`, `like Imaris`, `series 0`, `fails`."""
        (self.folder / "how.txt").write_text(how)
        (self.folder / "calls.txt").write_text("")
        program = self.folder / "ImarisConvertBioformats"
        program.write_text(DOUBLE.format(python=sys.executable))
        program.chmod(0o755)

    def no_converter(self) -> None:
        """As in the public image."""
        (self.folder / "ImarisConvertBioformats").unlink(missing_ok=True)

    @contextmanager
    def worker(self, **variables: str) -> Iterator[None]:
        """The site's own worker, or one with these variables and no other beside it."""
        if not variables:
            self.whole.need_worker()
            yield
            return
        self.whole.stop_worker()
        with self.whole.worker(**variables):
            yield

    def calls(self) -> list[str]:
        """What the double was started with."""
        return (self.folder / "calls.txt").read_text().splitlines()

    def processors(self, count: int) -> None:
        """How many scripts run at once."""
        standin = self.whole.site.standin
        with gateway_of(standin, "root", standin.password) as root:
            config = root.getConfigService()
            config.setConfigValue("omero.standin.processors", str(count))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A site of this file: its OMERO.server has a script that others would run, too."""
    folder = tmp_path_factory.mktemp("converter")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        # Files of several images, read without Java.
        patch.setenv("OMERO_STANDIN_DRAWS_FAKES", "1")
        with whole_site(tmp_path_factory.mktemp("scripts")) as whole:
            made = Server(whole, folder)
            standin = whole.site.standin
            with gateway_of(standin, "root", standin.password) as root:
                service = root.getScriptService()
                place = "/omero/export_scripts/"
                service.uploadOfficialScript(f"{place}IMS_Export.py", SCRIPT.read_text())
                made.sleeper = service.uploadOfficialScript(f"{place}Sleep.py", SLEEPER)
            yield made


@pytest.fixture
def person(server: Server) -> Person:
    """A user of that site."""
    server.no_converter()
    server.processors(4)
    return server.whole.people.person()


@pytest.fixture
def omero_of(server: Server, person: Person) -> Iterator[Any]:
    """The user's connection to OMERO."""
    with gateway_of(server.whole.site.standin, person.name, person.password) as conn:
        yield conn


@pytest.fixture
def exporter(server: Server, person: Person) -> ExportBrowser:
    """The user's browser."""
    return browser_of(server.whole, person)


def series_of(server: Server, conn: Any) -> list[int]:
    """The images of one imported file, in their order; the double knows their pixels."""
    x, y, z = SIZE
    name = f"many&sizeX={x}&sizeY={y}&sizeZ={z}&series=3.fake"
    answer = importing.imported(conn, {name: b""})
    ids = [each.image.id.val for each in answer.pixels]
    images = sorted(
        (conn.getObject("Image", each) for each in ids), key=lambda one: one.getSeries()
    )
    for image in images:
        planes = [image.getPrimaryPixels().getPlane(z) for z in range(SIZE[2])]
        np.save(server.folder / f"series-{image.getSeries()}.npy", np.stack(planes))
    return [image.getId() for image in images]


def test_the_right_image_of_a_file_with_many(
    server: Server, exporter: ExportBrowser, omero_of: Any
) -> None:
    """W16: not the first one, and voxels in nm are not taken for µm."""
    _, second, third = series_of(server, omero_of)
    for image in (second, third):
        set_voxel(omero_of, image, [(65, "NANOMETER"), (65, "NANOMETER"), (0.2, "MICROMETER")])
    server.converter("right")
    with server.worker():
        for number, image in ((1, second), (2, third)):
            export = exporter.until(exporter.start(image)[0]["id"])
            assert (export["state"], export["files"][0]["by"]) == ("done", "script")
            content = exporter.file(export["id"]).content
            expected = np.load(server.folder / f"series-{number}.npy")
            assert np.array_equal(pixels_of(content), expected)
            width = float(attribute(content, "DataSetInfo/Image", "ExtMax0"))
            width -= float(attribute(content, "DataSetInfo/Image", "ExtMin0"))
            assert width == pytest.approx(64 * 0.065)
    assert [call.partition("'-ii', '")[2][0] for call in server.calls()] == ["1", "2"]
    assert nothing_left(omero_of) == []


def test_a_converter_that_takes_another_image_is_noticed(
    server: Server, exporter: ExportBrowser, omero_of: Any
) -> None:
    _, second, _ = series_of(server, omero_of)
    server.converter("series 0")
    with server.worker():
        export = exporter.until(exporter.start(second)[0]["id"])
    assert (export["state"], export["files"][0]["by"]) == ("done", "writer")
    expected = np.load(server.folder / "series-1.npy")
    assert np.array_equal(pixels_of(exporter.file(export["id"]).content), expected)
    assert "has other pixels than the image in OMERO" in log_of(server, export["id"])


def test_without_a_converter_the_script_writes_the_file_itself(
    server: Server, exporter: ExportBrowser, omero_of: Any
) -> None:
    size = (40, 30, 3, 2, 1)
    image = made_image(omero_of, "cells", size, voxel=[(65, "NANOMETER"), None, None])
    with server.worker():
        export = exporter.until(exporter.start(image)[0]["id"])
    assert (export["state"], export["files"][0]["by"]) == ("done", "script")
    planes = planes_of(size)
    content = exporter.file(export["id"]).content
    assert np.array_equal(pixels_of(content, 1), [planes[z * 2 + 1] for z in range(3)])
    assert nothing_left(omero_of) == []


@pytest.mark.parametrize("use", ["auto", "always"])
def test_a_script_that_fails(
    server: Server, exporter: ExportBrowser, omero_of: Any, use: str
) -> None:
    """W14: it is no success, whatever the script says."""
    (first, *_) = series_of(server, omero_of)
    server.converter("fails")
    # Without the variable as well: it is the site's own worker then.
    with server.worker(**({} if use == "auto" else {"OMERO_IMS_SCRIPT": use})):
        export = exporter.until(exporter.start(first)[0]["id"])
    reason = "failed with exit code 4: Unknown File Type"
    if use == "auto":
        assert (export["state"], export["files"][0]["by"]) == ("done", "writer")
        assert reason in log_of(server, export["id"])
    else:
        assert (export["state"], export["files"][0]["file_url"]) == ("failed", None)
        assert reason in export["message"]


def test_a_file_that_imaris_opens_and_bio_formats_does_not(
    server: Server, exporter: ExportBrowser, omero_of: Any
) -> None:
    """Imaris' own writer makes such files: `verify` names what Bio-Formats misses in its sample."""
    (first, *_) = series_of(server, omero_of)
    server.converter("like Imaris")
    with server.worker(OMERO_IMS_SCRIPT="always"):
        export = exporter.until(exporter.start(first)[0]["id"])
    assert (export["state"], export["files"][0]["by"], export["message"]) == ("done", "script", "")


@pytest.mark.parametrize("use", ["auto", "always"])
def test_a_server_that_runs_no_scripts(
    server: Server, exporter: ExportBrowser, omero_of: Any, use: str
) -> None:
    """Nobody waits for a processor that will never come."""
    image = made_image(omero_of)
    server.processors(0)
    with server.worker(OMERO_IMS_SCRIPT=use, OMERO_IMS_SCRIPT_START_TIMEOUT="3600"):
        export = exporter.until(exporter.start(image)[0]["id"])
    if use == "auto":
        assert (export["state"], export["files"][0]["by"]) == ("done", "writer")
    else:
        assert export["state"] == "failed"
        assert export["message"] == "OMERO.server runs no scripts: no processor is enabled"


@pytest.mark.parametrize("free", [True, False], ids=["gets free", "stays busy"])
def test_all_processors_are_busy(
    server: Server, exporter: ExportBrowser, omero_of: Any, free: bool
) -> None:
    """It waits for one, says so, and in the end does without."""
    image = made_image(omero_of)
    server.processors(1)
    with busy(server) as stop:
        wait = "600" if free else "8"
        with server.worker(OMERO_IMS_SCRIPT_START_TIMEOUT=wait):
            (export,) = exporter.start(image)
            exporter.until(export["id"], "waiting_for_processor")
            words = "All processors of scripts are busy"
            until(lambda: words in exporter.one(export["id"])["message"])
            if free:
                stop()
            ended = exporter.until(export["id"])
    assert (ended["state"], ended["files"][0]["by"]) == ("done", "script" if free else "writer")


def test_a_cancelled_export_stops_the_script(
    server: Server, exporter: ExportBrowser, omero_of: Any
) -> None:
    image = made_image(omero_of)
    server.processors(1)
    with busy(server), server.worker(OMERO_IMS_SCRIPT_START_TIMEOUT="600"):
        (export,) = exporter.start(image)
        exporter.until(export["id"], "waiting_for_processor")
        exporter.tell(f"exports/{export['id']}/cancel/")
        until(lambda: "cancelled" in states(server, image))
    assert exporter.one(export["id"])["state"] == "cancelled"


@contextmanager
def busy(server: Server) -> Iterator[Callable[[], None]]:
    """One processor runs something else, until the block or the function ends it."""
    standin = server.whole.site.standin
    with gateway_of(standin, "root", standin.password) as root:
        process = root.getScriptService().runScript(server.sleeper, {}, None)
        try:
            yield process.kill
        finally:
            process.close(False)


def log_of(server: Server, export: str) -> str:
    """The log of the job that wrote the file of an export."""
    with server.whole.base.transaction() as cursor:
        cursor.execute(
            "select text from omero_plugin_job_log l join imaris_files f on f.job = l.job "
            "join imaris_parts p on p.file = f.id where p.export = %s order by l.n",
            (export,),
        )
        return "\n".join(row["text"] for row in cursor.fetchall())


def states(server: Server, image: int) -> list[str]:
    """The states of the jobs of an image."""
    with server.whole.base.transaction() as cursor:
        cursor.execute(
            "select state from omero_plugin_jobs where about like %s", (f"%(image {image})",)
        )
        return [row["state"] for row in cursor.fetchall()]


def nothing_left(conn: Any) -> list[str]:
    """The files of scripts that are still in OMERO; they are deleted when they were fetched."""
    query = "select f.name from OriginalFile f where f.mimetype = 'application/octet-stream'"
    rows = conn.getQueryService().projection(query, None, conn.SERVICE_OPTS)
    return [row[0].val for row in rows if row[0].val.endswith(".ims")]
