"""Unmodified OMERO.web on images, tables, scripts and commands of the stand-in."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import omero
import omero.grid
import pytest
from omero.gateway import BlitzGateway
from PIL import Image

import local_services

SCRIPT = """
import omero.scripts as scripts
from omero.rtypes import rstring
client = scripts.client("Echo.py", "Repeats a word.", scripts.String("Word", optional=False))
client.setOutput("Message", rstring("heard " + client.getInput("Word", unwrap=True)))
client.closeSession()
"""


class Visitor(httpx.Client):
    """A browser without scripts."""

    def submit(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form with its CSRF token."""
        token = self.cookies.get("csrftoken") or ""
        headers = {"Referer": str(self.base_url)}
        return self.post(path, data=fields | {"csrfmiddlewaretoken": token}, headers=headers)

    def ok(self, path: str) -> httpx.Response:
        """A page that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.text[:1500])
        return answer

    def picture(self, path: str) -> tuple[int, int]:
        """The size of a picture."""
        return Image.open(io.BytesIO(self.ok(path).content)).size


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local_services.Site]:
    """OMERO.web with iviewer and the demo's data."""
    folder = tmp_path_factory.mktemp("site")
    with local_services.site(folder, data="demo", WEB_APPS="iviewer") as running:
        yield running


@pytest.fixture(scope="module")
def visitor(site: local_services.Site) -> Iterator[Visitor]:
    """The demo's user ada, in her browser."""
    with Visitor(base_url=site.url, follow_redirects=True, timeout=60) as opened:
        opened.get("/webclient/login/")
        answer = opened.submit("/webclient/login/", username="ada", password="ada-demo", server="1")
        assert answer.url.path == "/webclient/"
        yield opened


@pytest.fixture(scope="module")
def gateway(site: local_services.Site) -> Iterator[Any]:
    """Ada on the command line, in the same group."""
    opened = BlitzGateway("ada", "ada-demo", host="127.0.0.1", port=site.standin.port, secure=True)
    assert opened.connect()
    opened.SERVICE_OPTS.setOmeroGroup("-1")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def image(visitor: Visitor, gateway: Any) -> dict[str, Any]:
    """An image of hers with several channels, in the group where she starts."""
    group = gateway.getEventContext().groupId
    found = visitor.ok(f"/api/v0/m/images/?limit=200&group={group}").json()["data"]
    mine = [each for each in found if each["omero:details"]["permissions"]["canEdit"]]
    chosen: dict[str, Any] = next(each for each in mine if each["Pixels"]["SizeC"] > 1)
    return chosen


def test_an_image_is_described_and_drawn(visitor: Visitor, image: dict[str, Any]) -> None:
    number, pixels = image["@id"], image["Pixels"]
    size = (pixels["SizeX"], pixels["SizeY"])
    data = visitor.ok(f"/webgateway/imgData/{number}/").json()
    assert (data["size"]["width"], data["size"]["height"]) == size
    assert len(data["channels"]) == pixels["SizeC"]
    assert data["rdefs"]["model"] == "color"
    assert visitor.picture(f"/webgateway/render_image/{number}/0/0/") == size
    options = "c=1|0:2000$FF0000,-2&m=g&p=intmax"
    assert visitor.picture(f"/webgateway/render_image/{number}/0/0/?{options}") == size
    region = f"/webgateway/render_image_region/{number}/0/0/?region=3,5,64,32"
    assert visitor.picture(region) == (64, 32)
    assert visitor.picture(f"/webgateway/render_split_channel/{number}/0/0/")[0] > size[0]
    visitor.picture(f"/webgateway/render_row_plot/{number}/0/0/10/")
    visitor.picture(f"/webgateway/render_col_plot/{number}/0/0/10/")
    assert max(visitor.picture(f"/webgateway/render_thumbnail/{number}/80/")) == 80
    assert max(visitor.picture(f"/webgateway/render_birds_eye_view/{number}/")) > 0
    histogram = visitor.ok(f"/webgateway/histogram_json/{number}/channel/0/").json()
    assert sum(histogram["data"]) == size[0] * size[1]
    tables = visitor.ok("/webgateway/luts/").json()["luts"]
    assert "cool.lut" in {each["name"] for each in tables}


def test_thumbnails_of_many_images_come_at_once(visitor: Visitor) -> None:
    found = visitor.ok("/api/v0/m/images/?limit=50&group=-1").json()["data"]
    query = "&".join(f"id={each['@id']}" for each in found)
    thumbs = visitor.ok(f"/webgateway/get_thumbnails/?{query}").json()
    assert len(thumbs) == len(found)
    assert all(each and each.startswith("data:image/jpeg") for each in thumbs.values())


def test_settings_are_saved_copied_and_reset(visitor: Visitor, image: dict[str, Any]) -> None:
    number = image["@id"]
    found = visitor.ok("/api/v0/m/images/?limit=200&group=-1").json()["data"]
    other = next(
        each["@id"]
        for each in found
        if each["@id"] != number
        and each["Pixels"]["SizeC"] == image["Pixels"]["SizeC"]
        and each["omero:details"]["group"] == image["omero:details"]["group"]
        and each["omero:details"]["permissions"]["canEdit"]
    )

    def window(which: int) -> Any:
        data = visitor.ok(f"/webgateway/imgData/{which}/").json()
        return data["channels"][0]["window"]["end"], data["channels"][0]["color"]

    others = "".join(f",-{n + 2}|0:9$FF0000" for n in range(image["Pixels"]["SizeC"] - 1))
    options = f"c=1|5:77$00FFFF{others}&m=c&z=1&t=1"
    saved = visitor.submit(f"/webgateway/saveImgRDef/{number}/?{options}")
    assert saved.json() == "true"
    assert window(number) == (77, "00FFFF")
    copied = visitor.submit(f"/webgateway/copyImgRDef/?fromid={number}", toids=[other]).json()
    assert copied["true"] == [other]
    assert window(other) == (77, "00FFFF")
    assert visitor.submit("/webgateway/resetRDef/", toids=[other]).status_code == 200
    assert window(other) != (77, "00FFFF")
    assert visitor.ok(f"/webgateway/get_image_rdefs_json/{number}/").json()["rdefs"]


def test_iviewer_asks_for_images_rois_and_statistics(
    visitor: Visitor, image: dict[str, Any]
) -> None:
    number = image["@id"]
    data = visitor.ok(f"/iviewer/image_data/{number}/").json()
    assert data["size"]["width"] == image["Pixels"]["SizeX"]
    shape = {
        "@type": "http://www.openmicroscopy.org/Schemas/OME/2016-06#Rectangle",
        "X": 2, "Y": 3, "Width": 10, "Height": 5, "TheZ": 0, "TheT": 0, "oldId": "-1:-1",
    }  # fmt: skip
    body = {"imageId": number, "rois": {"count": 1, "new": [shape]}}
    token = visitor.cookies.get("csrftoken") or ""
    headers = {"X-CSRFToken": token, "Referer": str(visitor.base_url)}
    made = visitor.post("/iviewer/persist_rois/", content=json.dumps(body), headers=headers).json()
    assert "errors" not in made, made
    roi, shape_id = made["ids"]["-1:-1"].split(":")
    channels = ",".join(str(each) for each in range(image["Pixels"]["SizeC"]))
    asked = f"/iviewer/shape_stats/?ids={roi}:{shape_id}&z=0&t=0"
    stats = visitor.ok(f"{asked}&cs={channels}").json()
    assert "error" not in stats, stats
    assert [each["points"] for each in stats[shape_id]] == [50] * image["Pixels"]["SizeC"]
    planes = visitor.ok(f"/iviewer/rois_by_plane/{number}/0/0/").json()
    assert int(roi) in {each["@id"] for each in planes["data"]}
    assert int(roi) in {each["id"] for each in visitor.ok(
        f"/webgateway/get_rois_json/{number}/").json()}  # fmt: skip
    body = {"imageId": number, "rois": {"count": 1, "empty_rois": {roi: [f"{roi}:{shape_id}"]}}}
    gone = visitor.post("/iviewer/persist_rois/", content=json.dumps(body), headers=headers).json()
    assert "errors" not in gone, gone
    assert int(roi) not in {each["id"] for each in visitor.ok(
        f"/webgateway/get_rois_json/{number}/").json()}  # fmt: skip
    projected = visitor.ok(
        f"/iviewer/save_projection/?image={number}&projection=intmax&start=0&end=0"
    ).json()
    assert visitor.picture(f"/webgateway/render_image/{projected['id']}/0/0/")
    intensity = visitor.ok(f"/iviewer/get_intensity/?image={number}&z=0&t=0&x=1&y=1&c=0")
    assert set(intensity.json()["pixels"]["1-1"]) == {"0"}


def test_tables_are_queried(visitor: Visitor, gateway: Any) -> None:
    table = gateway.c.sf.sharedResources().newTable(1, "wells.h5")
    names = omero.grid.StringColumn("Name", "", 16, [])
    table.initialize([omero.grid.WellColumn("Well", "", []), names])
    table.addData([
        omero.grid.WellColumn("Well", "", [1, 2, 3]),
        omero.grid.StringColumn("Name", "", 16, ["a", "b", "c"]),
    ])  # fmt: skip
    number = table.getOriginalFile().id.val
    table.close()
    found = visitor.ok(f"/webgateway/table/{number}/query/?query=Well>1").json()
    assert found["data"]["rows"] == [[2, "b"], [3, "c"]]
    about = visitor.ok(f"/webgateway/table/{number}/metadata/").json()
    assert [each["name"] for each in about["columns"]] == ["Well", "Name"]
    page = visitor.ok(f"/webclient/omero_table/{number}/")
    assert "Name" in page.text


def test_scripts_are_offered_run_and_their_results_shown(
    site: local_services.Site, visitor: Visitor
) -> None:
    root = BlitzGateway("root", site.standin.password, host="127.0.0.1", port=site.standin.port)
    assert root.connect()
    number = root.getScriptService().uploadOfficialScript("/tests/Echo.py", SCRIPT)
    root.close()
    assert "Echo" in visitor.ok("/webclient/list_scripts/").text
    assert "Word" in visitor.ok(f"/webclient/script_ui/{number}/").text
    started = visitor.submit(f"/webclient/script_run/{number}/", Word="this").json()
    assert started["status"] == "in progress", started
    job = activity(visitor, "script")
    assert job["status"] == "finished", job
    assert "heard this" in str(job)


def test_files_are_attached_and_downloaded(visitor: Visitor, image: dict[str, Any]) -> None:
    token = visitor.cookies.get("csrftoken") or ""
    answer = visitor.post(
        "/webclient/annotate_file/",
        data={"image": image["@id"], "csrfmiddlewaretoken": token, "index": "0"},
        files={"annotation_file": ("notes.txt", b"attached text", "text/plain")},
        headers={"Referer": str(visitor.base_url)},
    )
    assert answer.status_code == 200, answer.text[:800]
    query = f"/webclient/api/annotations/?image={image['@id']}&type=file"
    found = [
        each
        for each in visitor.ok(query).json()["annotations"]
        if each["file"]["name"] == "notes.txt"
    ]
    assert visitor.ok(f"/webclient/annotation/{found[0]['id']}/").content == b"attached text"


def test_search_finds_by_name(visitor: Visitor, image: dict[str, Any]) -> None:
    word = image["Name"].split("_")[1]
    page = visitor.ok(
        f"/webclient/load_searching/form/?query={word}&datatype=images&field=name&searchGroup=-1"
    ).text
    assert image["Name"] in page


def activity(visitor: Visitor, kind: str) -> dict[str, Any]:
    """The newest job of a kind, when it has ended."""
    until = time.monotonic() + 180
    while True:
        found = visitor.ok("/webclient/activities_json/").json()
        jobs = [each for each in found.values() if isinstance(each, dict)]
        wanted = [each for each in jobs if each["job_type"] == kind]
        if wanted and wanted[-1]["status"] != "in progress":
            ended: dict[str, Any] = wanted[-1]
            return ended
        assert time.monotonic() < until, found
        time.sleep(0.1)


def test_objects_are_deleted_and_moved_from_the_tree(visitor: Visitor, gateway: Any) -> None:
    group = gateway.getEventContext().groupId
    gateway.SERVICE_OPTS.setOmeroGroup(group)
    plane = np.zeros((8, 8), np.uint8)
    names = ("to delete", "to move")
    made = [gateway.createImageFromNumpySeq(iter([plane]), name, 1, 1, 1).getId() for name in names]
    gateway.SERVICE_OPTS.setOmeroGroup("-1")
    visitor.submit("/webclient/action/deletemany/", image=[made[0]], child="on", anns="on")
    assert activity(visitor, "delete")["status"] == "finished"
    assert gateway.getObject("Image", made[0]) is None
    other = next(
        each.getId() for each in gateway.getGroupsMemberOf() if each.getId() not in (0, 1, group)
    )
    visitor.submit("/webclient/chgrp/", group_id=other, Image=str(made[1]))
    assert activity(visitor, "chgrp")["status"] == "finished"
    assert gateway.getObject("Image", made[1]).getDetails().getGroup().getId() == other
