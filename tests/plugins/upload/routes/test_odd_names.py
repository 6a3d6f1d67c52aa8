"""Files with names that people, languages and microscopes give them, from a script to OMERO."""

from __future__ import annotations

import io
from typing import Final

import numpy
import tifffile

from people import Person
from plugin_site import Worker
from upload_site import browser_of
from whole_site import WholeSite

NAMES: Final = (
    "a # 'quoted' \"double\": 10:30.tif",
    "日本語/顕微鏡 ä.tif",
    "日本語/e\u0301.tif",
    "trailing /dot./nul.tif",
    "-rf",
    "$(rm -rf ~).tif",
    "same/cell.tif",
    "other/cell.tif",
    "cell: 1.tif",
    "cell; 1.tif",
    "a%20b&c?d=e*.tif",
    "<b>bold</b>|pipe.tif",
    "x" * 240 + ".tif",
)
NO_IMAGES: Final = {"empty.tif": b"", "broken.tif": b"II*\0garbage", "notes.txt": b"hello"}


def tiff(seed: int) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, (numpy.arange(64) + seed).astype("uint16").reshape(8, 8))
    return out.getvalue()


def test_all_of_them_arrive_with_the_same_bytes(
    whole: WholeSite, person: Person, worker: Worker
) -> None:
    ada = browser_of(whole, person)
    files = {name: tiff(seed) for seed, name in enumerate(NAMES)} | NO_IMAGES
    target = {"from_folders": True, "new_project": "Odd 'names' <i>"}
    job = ada.start(files, target, {"confirm": "always"})["job_id"]
    ada.send(job, files)
    looked_at = ada.until(job, "awaiting_confirmation", "error", "done")
    assert looked_at["status"] == "awaiting_confirmation", looked_at
    assert {line.partition(": ")[0] for line in looked_at["errors"]} == NO_IMAGES.keys()
    ada.tell(f"confirm/{job}/")
    ended = ada.until(job, "done", "error")
    assert ended["status"] == "done", ended
    assert ended["files"] == {"imported": len(NAMES), "skipped": len(NO_IMAGES)}
    listed = ada.files(job)
    for name in NAMES:
        sums = listed[name]["sha1"]
        assert sums["staged"] == sums["omero"] is not None, listed[name]
    units = ada.ask(f"units/{job}/")["units"]
    images = [image for unit in units for image in unit["objects"]["images"]]
    assert len(set(images)) == len(NAMES)
