"""What the applications do with images, on the stand-in's demo data."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def visitor(stranger: Any) -> Any:
    """A user of the demo, logged in."""
    assert stranger.log_in("ada-demo", "ada").url.path == "/webclient/"
    return stranger


@pytest.fixture
def image(visitor: Any) -> dict[str, Any]:
    """The image with the most planes."""
    images = visitor.get("/api/v0/m/images/?limit=50&orphaned=false").json()["data"]
    chosen: dict[str, Any] = max(images, key=lambda each: each["Pixels"]["SizeZ"])
    return chosen


@pytest.fixture
def dataset(visitor: Any) -> int:
    """A dataset with images."""
    for each in visitor.get("/api/v0/m/datasets/?childCount=true").json()["data"]:
        if each["omero:childCount"]:
            return int(each["@id"])
    raise AssertionError("the demo has no dataset with images")


def _ok(visitor: Any, path: str) -> Any:
    answer = visitor.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:1500]}"
    return answer


def test_gallery(visitor: Any, image: dict[str, Any], dataset: int) -> None:
    group = image["omero:details"]["group"]["@id"]
    assert "/gallery/show_group/" in _ok(visitor, "/gallery/").text
    _ok(visitor, f"/gallery/show_group/{group}/")
    assert "render_thumbnail" in _ok(visitor, f"/gallery/show_dataset/{dataset}/").text
    assert image["Name"] in _ok(visitor, f"/gallery/show_image/{image['@id']}/").text


def test_figure(visitor: Any, image: dict[str, Any]) -> None:
    data = _ok(visitor, f"/figure/imgData/{image['@id']}/").json()
    assert data["meta"]["imageName"] == image["Name"]
    assert _ok(visitor, "/figure/list_web_figures/").json() == []


def test_a_saved_figure(visitor: Any, image: dict[str, Any]) -> None:
    panels = [{"imageId": image["@id"], "name": image["Name"]}]
    figure = json.dumps({"version": 8, "figureName": "First", "panels": panels})
    saved = visitor.submit("/figure/save_web_figure/", figureJSON=figure)
    assert saved.status_code == 200, saved.text[:1500]
    opened = _ok(visitor, f"/figure/load_web_figure/{int(saved.text)}/").json()
    assert (opened["panels"], opened["canEdit"]) == (panels, True)
    assert opened["group"]["name"]
    listed = _ok(visitor, "/figure/list_web_figures/").json()
    assert [each["name"] for each in listed] == ["First"]
    described = _ok(visitor, f"/figure/images_details/?image={image['@id']}").json()["data"]
    assert [each["name"] for each in described] == [image["Name"]]
    assert visitor.submit("/figure/delete_web_figure/", fileId=saved.text).status_code == 200


def test_fpbioimage(visitor: Any, image: dict[str, Any]) -> None:
    assert "fpbioimage" in _ok(visitor, f"/fpbioimage/viewer/{image['@id']}/").text
    png = _ok(visitor, f"/fpbioimage/imageStacks/{image['@id']}/0.png")
    assert png.content.startswith(b"\x89PNG")


def test_iviewer(visitor: Any, image: dict[str, Any]) -> None:
    page = _ok(visitor, f"/webclient/img_detail/{image['@id']}/").text
    assert "omero_iviewer" in page
    data = _ok(visitor, f"/iviewer/image_data/{image['@id']}/").json()
    assert data["size"]["width"] == image["Pixels"]["SizeX"]


def test_mapr(visitor: Any) -> None:
    assert "anyvalue" in _ok(visitor, "/mapr/api/config/").json()
    found = _ok(visitor, "/mapr/api/autocomplete/anyvalue/?value=HeLa&query=true").json()
    assert isinstance(found, list)


def test_parade(visitor: Any, dataset: int) -> None:
    assert _ok(visitor, f"/parade/filters/?dataset={dataset}").json()["data"]
    assert "data" in _ok(visitor, f"/parade/dataproviders/?dataset={dataset}").json()


def test_zarr(visitor: Any, image: dict[str, Any]) -> None:
    base = f"/zarr/v0.4/image/{image['@id']}.zarr"
    attributes = _ok(visitor, f"{base}/.zattrs").json()
    axes = [axis["name"] for axis in attributes["multiscales"][0]["axes"]]
    array = _ok(visitor, f"{base}/0/.zarray").json()
    pixels = image["Pixels"]
    assert array["zarr_format"] == 2
    assert array["shape"] == [pixels[f"Size{axis.upper()}"] for axis in axes]
    chunk = _ok(visitor, f"{base}/0/{'/'.join('0' * len(axes))}")
    assert len(chunk.content) > 0


def test_autotag(visitor: Any, dataset: int) -> None:
    images = _ok(visitor, f"/api/v0/m/datasets/{dataset}/images/?limit=3").json()["data"]
    ids = json.dumps([image["@id"] for image in images])
    # It looks in the group that is active.
    group = images[0]["omero:details"]["group"]["@id"]
    visitor.get(f"/webclient/active_group/?active_group={group}")
    answer = visitor.submit("/omero_autotag/get_items/", ids=ids)
    assert answer.status_code == 200, answer.text[:1500]
    assert len(answer.json()["items"]) == 3
    assert answer.json()["tags"]


def test_tagsearch(visitor: Any) -> None:
    page = _ok(visitor, "/omero_tagsearch/").text
    assert "tagSearchForm" in page
    answer = visitor.submit("/omero_tagsearch/images", selectedTags="1", operation="AND")
    assert answer.status_code == 200, answer.text[:1500]
    assert "navdata" in json.loads(answer.text)


def test_zarr_names_its_addresses(visitor: Any) -> None:
    assert "/zarr/v0.4/image/[IMAGE_ID].zarr" in _ok(visitor, "/zarr/").text


def test_a_page_that_omero_web_does_not_have(visitor: Any) -> None:
    assert visitor.get("/webclient/help/").status_code == 404
