"""Unmodified OMERO.web on the demo's data: tree, panels, JSON API, and what its forms change."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

import local_services
from form_browser import Browser
from local_services import Site

_PROJECT = "http://www.openmicroscopy.org/Schemas/OME/2016-06#Project"


def _plain(page: str) -> str:
    """The end of what an error page says."""
    return " ".join(re.sub("<[^>]+>", " ", page).split())[-800:]


class Member(Browser):
    """A user of the demo who is logged in."""

    def __init__(self, site: Site, name: str) -> None:
        """Log in."""
        super().__init__(site.url)
        password = site.standin.password if name == "root" else f"{name}-demo"
        status, _, url = self.log_in(name, password)
        assert (status, url) == (200, f"{site.url}/webclient/")

    def page(self, path: str) -> str:
        """The text of a page that is there."""
        status, text, url = self.get(path)
        assert status == 200, f"{path}: {_plain(text)}"
        assert "/login/" not in url
        return text

    def json(self, path: str) -> Any:
        """The answer of a page."""
        return json.loads(self.page(path))

    def send(self, path: str, **fields: str) -> Any:
        """The answer to a form."""
        status, text, _ = self.post(path, **fields)
        assert status == 200, f"{path}: {_plain(text)}"
        return json.loads(text)

    def send_json(self, method: str, path: str, body: Any) -> Any:
        """The answer to a JSON document."""
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        headers = {
            "Referer": self.url, "X-CSRFToken": str(token), "Content-Type": "application/json",
        }  # fmt: skip
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.url + path, json.dumps(body).encode(), headers, method=method
        )
        status, text, _ = self.open(request)
        assert status in (200, 201), f"{path}: {_plain(text)}"
        return json.loads(text)


class Places:
    """Where ada's data is."""

    def __init__(self, ada: Member) -> None:
        """The first of her projects that others see, its first dataset, two of its images."""
        tree = ada.json("/webclient/api/containers/?id=-1&experimenter_id=-1&group=-1")
        names = {"cell-biology"}
        groups = ada.json("/api/v0/m/experimentergroups/")["data"]
        self.group = next(each["@id"] for each in groups if each["Name"] in names)
        mine = f"/webclient/api/containers/?id=2&group={self.group}"
        self.project = ada.json(mine)["projects"][0]["id"]
        self.dataset = ada.json(f"/webclient/api/datasets/?id={self.project}")["datasets"][0]["id"]
        images = ada.json(f"/webclient/api/images/?id={self.dataset}")["images"]
        self.image, self.other = images[0]["id"], images[1]["id"]
        assert len(tree["projects"]) > 3


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """OMERO.web on the demo."""
    with local_services.site(tmp_path_factory.mktemp("demo"), data="demo") as running:
        yield running


@pytest.fixture(scope="module")
def ada(site: Site) -> Member:
    """A member, and the owner of a group."""
    return Member(site, "ada")


@pytest.fixture(scope="module")
def places(ada: Member) -> Places:
    """Where her data is."""
    found = Places(ada)
    ada.get(f"/webclient/active_group/?active_group={found.group}")
    return found


@pytest.mark.parametrize(
    "path",
    [
        "/webclient/api/images/?id={dataset}&sizeXYZ=true&date=true&thumbVersion=true&group=-1",
        "/webclient/api/tags/?group=-1&experimenter_id=-1",
        "/webclient/api/annotations/?image={image}",
        "/webclient/api/annotations/?type=map&dataset={dataset}",
        "/webclient/api/paths_to_object/?image={image}",
        "/webclient/api/parent_links/?image={image}",
        "/webclient/api/images/?orphaned=true&id=-1&experimenter_id=-1&page=1",
        "/webclient/metadata_details/project/{project}/",
        "/webclient/metadata_details/dataset/{dataset}/",
        "/webclient/metadata_details/image/{image}/",
        "/webclient/metadata_details/tag/1/",
        "/webclient/metadata_acquisition/image/{image}/",
        "/webclient/metadata_preview/image/{image}/",
        "/webclient/batch_annotate/?image={image}&image={other}",
        "/webclient/annotate_tags/?image={image}",
        "/webclient/annotate_file/?image={image}",
        "/webclient/fileset_check/delete/?Image={image}",
        "/webclient/load_chgrp_groups/?Image={image}",
        "/webclient/history/",
        "/webgateway/imgData/{image}/",
        "/webgateway/dataset/{dataset}/children/",
        "/webgateway/proj/{project}/children/",
        "/webgateway/get_rois_json/{image}/",
        "/webgateway/annotations/Image/{image}/",
        "/api/v0/m/projects/{project}/datasets/?childCount=true",
        "/api/v0/m/datasets/{dataset}/images/",
        "/api/v0/m/images/{image}/",
        "/api/v0/m/images/?orphaned=true&limit=5",
        "/api/v0/m/rois/?limit=5",
    ],
)
def test_pages_of_a_member(ada: Member, places: Places, path: str) -> None:
    assert ada.page(path.format(**vars(places)))


@pytest.mark.parametrize(
    "path",
    [
        "/webclient/api/plates/?id={screen}",
        "/webgateway/plate/{plate}/0/",
        "/webclient/metadata_details/screen/{screen}/",
        "/webclient/metadata_details/plate/{plate}/",
        "/webclient/metadata_details/well/1/",
        "/api/v0/m/screens/{screen}/plates/",
        "/api/v0/m/plates/{plate}/wells/",
        "/api/v0/m/plates/{plate}/plateacquisitions/",
        "/webadmin/experimenters/",
        "/webadmin/groups/",
        "/webadmin/stats/",
        "/webadmin/drivespace_json/groups/",
        "/webadmin/drivespace_json/users/",
    ],
)
def test_pages_of_an_administrator(site: Site, path: str) -> None:
    root = Member(site, "root")
    screen = root.json("/api/v0/m/screens/")["data"][0]["@id"]
    plate = root.json(f"/api/v0/m/screens/{screen}/plates/")["data"][0]["@id"]
    assert root.page(path.format(screen=screen, plate=plate))


def test_what_others_may_see_in_the_json_api(site: Site, ada: Member) -> None:
    emil, ben = Member(site, "emil"), Member(site, "ben")
    counts = {
        name: who.json("/api/v0/m/images/?limit=1")["meta"]["totalCount"]
        for name, who in {
            "ada": ada,
            "ben": ben,
            "emil": emil,
            "root": Member(site, "root"),
        }.items()
    }
    # Emil's group is private; Ada is in it too, but does not see his images.
    assert 0 < counts["emil"] < counts["ada"] < counts["ben"] < counts["root"]


def test_annotations_are_added_and_removed(ada: Member, places: Places) -> None:
    image = str(places.image)
    made = ada.send("/webclient/annotate_comment/", image=image, comment="hello")
    ada.send("/webclient/annotate_map/", image=image, mapAnnotation='[["a", "b"], ["a", "c"]]')
    ada.send("/webclient/annotate_rating/", image=image, rating="3")
    ada.send(
        "/webclient/annotate_tags/", image=image, tags="",
        **{"newtags-TOTAL_FORMS": "1", "newtags-INITIAL_FORMS": "0", "newtags-MAX_NUM_FORMS": "9",
           "newtags-0-tag": "fresh", "newtags-0-description": "", "newtags-0-tagset": ""},
    )  # fmt: skip

    def there() -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for each in ada.json(f"/webclient/api/annotations/?image={image}")["annotations"]:
            value = each.get("textValue") or each.get("values") or each.get("longValue")
            found.setdefault(each["class"], []).append(value)
        return found

    before = there()
    assert "hello" in before["CommentAnnotationI"]
    assert [["a", "b"], ["a", "c"]] in before["MapAnnotationI"]
    assert 3 in before["LongAnnotationI"]
    assert "fresh" in before["TagAnnotationI"]
    ada.send(f"/webclient/action/remove/comment/{made['annId']}/", parent=f"image-{image}")
    assert "hello" not in there().get("CommentAnnotationI", [])


def test_containers_are_made_named_filled_and_emptied(ada: Member, places: Places) -> None:
    made = ada.send(
        f"/webclient/action/addnewcontainer/project/{places.project}/",
        folder_type="dataset", name="new one", description="",
    )  # fmt: skip
    dataset = made["id"]
    ada.send(f"/webclient/action/savename/dataset/{dataset}/", name="renamed")
    found = ada.json(f"/webclient/api/datasets/?id={places.project}")["datasets"]
    assert "renamed" in [each["name"] for each in found]
    links = {"dataset": {str(dataset): {"image": [places.image, places.other]}}}
    ada.send_json("POST", "/webclient/api/links/", links)

    def content() -> set[int]:
        images = ada.json(f"/webclient/api/images/?id={dataset}")["images"]
        return {each["id"] for each in images}

    assert content() == {places.image, places.other}
    links = {"dataset": {str(dataset): {"image": [places.other]}}}
    ada.send_json("DELETE", "/webclient/api/links/", links)
    assert content() == {places.image}


def test_the_json_api_saves_changes_and_deletes(ada: Member, places: Places) -> None:
    body = {"Name": "by json", "@type": _PROJECT}
    made = ada.send_json("POST", f"/api/v0/m/save/?group={places.group}", body)["data"]
    made["Name"] = "changed"
    ada.send_json("PUT", "/api/v0/m/save/", made)
    path = f"/api/v0/m/projects/{made['@id']}/"
    assert ada.json(path)["data"]["Name"] == "changed"
    ada.send_json("DELETE", path, {})
    assert ada.get(path)[0] == 404


def test_colleagues_annotate_and_do_not_rename(site: Site, places: Places) -> None:
    ben = Member(site, "ben")
    ben.get(f"/webclient/active_group/?active_group={places.group}")
    assert ben.send("/webclient/annotate_comment/", image=str(places.image), comment="from ben")
    before = ben.json(f"/api/v0/m/images/{places.image}/")["data"]["Name"]
    ben.post(f"/webclient/action/savename/image/{places.image}/", name="mine now")
    assert ben.json(f"/api/v0/m/images/{places.image}/")["data"]["Name"] == before


def test_nothing_was_refused_or_went_wrong(site: Site) -> None:
    log = site.standin.log.read_text()
    assert [line for line in log.splitlines() if "fault in" in line or "Traceback" in line] == []
