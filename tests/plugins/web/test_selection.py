"""A thousand selected images: what OMERO.web and its applications do with a selection.

Addresses and forms are those that their scripts make, with ids of nine digits.
"""

from __future__ import annotations

import base64
import io
import json
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from omero.gateway import BlitzGateway
from omero_web_container import front, limits

import local_services
from site_fixtures import OwnSite

DATA = {
    "groups": [
        {"name": "lab", "permissions": "rwra--"},
        {"name": "other", "permissions": "rwra--"},
    ],
    "users": [
        {"name": "ada", "password": "ada", "groups": ["lab", "other"]},
        {"name": "ben", "password": "ben", "groups": ["lab", "other"]},
    ],
    "data": [
        {
            "owner": "ada",
            "group": "lab",
            "datasets": [
                {
                    "name": "many",
                    "images": [
                        {
                            "name": "{}.tif",
                            "count": limits.SELECTION,
                            "size": [8, 8, 1, 1, 1],
                            "files": "each",
                            "tags": ["good"],
                        }
                    ],
                },
                {"name": "empty"},
            ],
        }
    ],
}
SCRIPT = """
import omero.scripts as scripts
from omero.rtypes import rlong, rstring
kinds = [rstring("Image"), rstring("Dataset")]
client = scripts.client(
    "Count.py", "Counts what it is given.",
    scripts.String("Data_Type", optional=False, values=kinds, default="Image"),
    scripts.List("IDs", optional=False).ofType(rlong(0)),
)
client.closeSession()
"""


class Selection:
    """What is selected, in the forms in which OMERO.web's scripts send it."""

    def __init__(self, ids: list[int]) -> None:
        # OMERO takes zeros in front of a number; it makes the address as long as a large site's.
        self.ids = [f"{each:09d}" for each in ids]
        self.query = "&".join(f"image={each}" for each in self.ids)
        self.listed = ",".join(self.ids)
        self.named = "|".join(f"image-{each}" for each in self.ids)


@pytest.fixture(scope="module")
def site(
    own_site_of_module: OwnSite, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[local_services.Site]:
    """A pod, nginx and gunicorn, of a site with a thousand images of a user."""
    data = tmp_path_factory.mktemp("selection") / "data.yaml"
    data.write_text(yaml.safe_dump(DATA))
    apps = "gallery,figure,iviewer,parade,autotag,tagsearch"
    alone = own_site_of_module(data=str(data), WEB_APPS=apps)
    with local_services.front_of(alone, tmp_path_factory.mktemp("pod")) as running:
        yield running


@pytest.fixture(scope="module")
def script(site: local_services.Site) -> int:
    """The id of a script that takes images."""
    address = {"host": "127.0.0.1", "port": site.standin.port, "secure": True}
    root = BlitzGateway("root", site.standin.password, **address)
    assert root.connect()
    try:
        return int(root.getScriptService().uploadOfficialScript("/tests/Count.py", SCRIPT))
    finally:
        root.close()


@pytest.fixture(scope="module")
def ada(site: local_services.Site, new_visitor_of_module: Callable[..., Any]) -> Any:
    """Who owns the images, logged in."""
    visitor = new_visitor_of_module(site.url)
    visitor.log_in("ada", "ada")
    return visitor


@pytest.fixture(scope="module")
def selection(site: local_services.Site) -> Selection:
    """All of them: the stand-in numbers from one on."""
    return Selection(list(range(1, limits.SELECTION + 1)))


ADDRESSES = {
    "right-hand panel": "/webclient/batch_annotate/?{0.query}",
    "tags": "/webclient/api/annotations/?type=tag&{0.query}",
    "pairs": "/webclient/api/annotations/?type=map&{0.query}",
    "dialog of tags": "/webclient/annotate_tags/?{0.query}",
    "dialog of files": "/webclient/annotate_file/?{0.query}",
    "datasets of images": "/webclient/api/parent_links/?{0.query}",
    "filesets": "/webclient/fileset_check/delete/?Image={0.listed}",
    "groups to move to": "/webclient/load_chgrp_groups/?Image={0.listed}",
    "script": "/webclient/script_ui/{1}/?Image={0.listed}",
    "export": "/webclient/download_placeholder/?format=png&ids={0.named}",
    "shown in the tree": "/webclient/?show={0.named}",
    "figure": "/figure/new/?{0.query}",
    "what a figure moves": "/figure/images_details/?image={0.listed}",
    "iviewer": "/iviewer/?images={0.listed}",
    "parade filter": "/parade/filters/script/ROI_count/?{0.query}",
    "parade data": f"/parade/data/{base64.b64encode(b'ROI_count').decode()}/?{{0.query}}",
    "tag search": "/omero_tagsearch/?show={0.named}",
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_addresses(ada: Any, selection: Selection, script: int, address: str) -> None:
    answer = ada.get(address.format(selection, script), follow_redirects=False)
    assert answer.status_code == 200, answer.text[:500]
    assert 9 * limits.SELECTION < len(answer.request.url.raw_path) < limits.ADDRESS_BYTES


@pytest.mark.parametrize(("count", "comes_back"), [(600, True), (limits.SELECTION, False)])
def test_who_is_not_logged_in_is_asked_to(
    site: local_services.Site,
    new_visitor: Callable[..., Any],
    selection: Selection,
    count: int,
    comes_back: bool,
) -> None:
    """Up to the length that Django redirects to, the login page knows the selection."""
    address = f"/figure/new/?{'&'.join(f'image={each}' for each in selection.ids[:count])}"
    answer = new_visitor(site.url).get(address)
    assert (answer.status_code, answer.url.path) == (200, "/webclient/login/")
    assert answer.url.params.get("url") == (address if comes_back else None)


FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "comment": ("annotate_comment/", {"comment": "seen"}),
    "rating": ("annotate_rating/", {"rating": "3"}),
    "pairs": ("annotate_map/", {"mapAnnotation": '[["Stain", "DAPI"]]'}),
    "new tag": (
        "annotate_tags/",
        {
            # The one that they have.
            "tags": "1",
            "newtags-TOTAL_FORMS": "1",
            "newtags-INITIAL_FORMS": "0",
            "newtags-0-tag": "HeLa",
            "newtags-0-description": "",
            "newtags-0-tagset": "",
        },
    ),
}
LISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "what a move takes along": ("chgrpDryRun/", {"group_id": "4"}),
    "what a new owner gets": ("chownDryRun/", {"owner_id": "3"}),
}


def send(visitor: Any, path: str, **form: Any) -> httpx.Response:
    """A form, as OMERO.web's scripts send it."""
    headers = {"X-CSRFToken": visitor.cookies["csrftoken"]}
    answer: httpx.Response = visitor.post(f"/webclient/{path}", headers=headers, **form)
    return answer


# A form has as many fields, whatever it is for: at night all of them, in each run the shortest and
# the one with most fields.
@pytest.mark.parametrize(
    ("path", "form"),
    [
        pytest.param(*each, id=name, marks=[pytest.mark.nightly] * (name in ("rating", "pairs")))
        for name, each in FORMS.items()
    ],
)
def test_forms(ada: Any, selection: Selection, path: str, form: dict[str, Any]) -> None:
    answer = send(ada, path, data=form | {"image": selection.ids})
    assert answer.status_code == 200, answer.text[:500]


@pytest.mark.parametrize(("path", "form"), LISTS.values(), ids=LISTS.keys())
def test_lists(ada: Any, selection: Selection, path: str, form: dict[str, Any]) -> None:
    answer = send(ada, path, data=form | {"Image": selection.listed})
    assert answer.status_code == 200, answer.text[:500]


def test_attachment(ada: Any, selection: Selection) -> None:
    files = {"annotation_file": ("notes.txt", b"text", "text/plain")}
    answer = send(ada, "annotate_file/", data={"image": selection.ids}, files=files)
    assert len(answer.json()["fileIds"]) == 1


def test_script(ada: Any, selection: Selection, script: int) -> None:
    form = {"Data_Type": "Image", "IDs": selection.listed}
    assert send(ada, f"script_run/{script}/", data=form).status_code == 200


def test_cut_and_paste(ada: Any, selection: Selection) -> None:
    """As the tree sends it: numbers, in JSON."""
    links = {"dataset": {"2": {"image": [int(each) for each in selection.ids]}}}
    assert send(ada, "api/links/", json=links).json() == {"success": True}


# By address: how often something stands in the answer for each image.
RESULTS = {
    "search": (
        "/webclient/load_searching/form/?query=tif&datatype=images&field=name"
        "&searchGroup=-1&ownedBy=-1",
        '<tr id="image-',
    ),
    "search for ids": (
        "/webclient/load_searching/form/?query={0.listed}&datatype=images&field=name"
        "&searchGroup=-1&ownedBy=-1",
        '<tr id="image-',
    ),
    "files to download": ("/webclient/download_placeholder/?ids={0.named}", "<td>"),
    "gallery": ("/gallery/show_dataset/1/", "/render_thumbnail/"),
    "tag search": ("/omero_tagsearch/images?selectedTags=1&operation=AND", 'id=\\"image-'),
}


@pytest.mark.parametrize(("path", "each"), RESULTS.values(), ids=RESULTS.keys())
def test_a_thousand_results(ada: Any, selection: Selection, path: str, each: str) -> None:
    answer = ada.get(path.format(selection))
    assert (answer.status_code, answer.text.count(each)) == (200, limits.SELECTION)


# Its address is of the form of others above; the archive itself takes OMERO.web a while.
@pytest.mark.nightly
def test_an_archive_of_their_files(ada: Any, selection: Selection) -> None:
    answer = ada.get(f"/webgateway/archived_files/download/?{selection.query}&zipname=all")
    assert answer.status_code == 200, answer.text[:500]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert set(archive.namelist()) == {f"{each}.tif" for each in range(1, 1001)}


def test_autotag(ada: Any, selection: Selection) -> None:
    ids = [int(each) for each in selection.ids]
    form = {"itemType": "image", "ids": json.dumps(ids)}
    answer = ada.submit("/omero_autotag/get_items/", **form).json()
    assert [each["id"] for each in answer["items"]] == ids
    (tag,) = (each["id"] for each in answer["tags"] if each["value"] == "good")
    change = [{"itemId": each, "additions": [], "removals": [tag]} for each in ids]
    form = {"itemType": "image", "change": json.dumps(change)}
    assert ada.submit("/omero_autotag/auto_tag/processUpdate/", **form).status_code == 200
    found = ada.get(f"/omero_tagsearch/images?selectedTags={tag}&operation=AND").json()
    assert found["count"]["image"] == 0


def test_a_figure_of_all_of_them(ada: Any, selection: Selection) -> None:
    panels = [{"imageId": int(each), "name": each, "note": "x" * 2_700} for each in selection.ids]
    figure = json.dumps({"version": 8, "figureName": "All", "panels": panels})
    saved = ada.submit("/figure/save_web_figure/", figureJSON=figure)
    assert saved.status_code == 200, saved.text[:500]
    assert ada.get(f"/figure/load_web_figure/{int(saved.text)}/").json()["panels"] == panels


def test_forms_are_bounded(ada: Any) -> None:
    many = {"image": ["1"] * limits.FORM_FIELDS, "comment": "x"}
    assert send(ada, "annotate_comment/", data=many).status_code == 400
    long = {"image": "1", "comment": "x" * limits.FORM_BYTES}
    assert send(ada, "annotate_comment/", data=long).status_code == 400


def test_a_refusal_reaches_who_is_still_sending(site: local_services.Site) -> None:
    """Through the front it is chance whether it looks for the answer before it has sent all."""
    body = b"x" * limits.FORM_BYTES
    head = f"POST /nowhere/ HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.socket(socket.AF_UNIX) as sender:
        sender.settimeout(60)
        sender.connect(str(front.socket_in(Path(site.environment["FRONT_FOLDER"]))))
        sender.sendall(head.encode() + body)
        assert sender.recv(12) == b"HTTP/1.1 404"


def carried_out(visitor: Any) -> int:
    """How many activities there are when none is under way any more; none has failed."""
    until = time.monotonic() + 180
    while (found := visitor.get("/webclient/activities_json/").json())["inprogress"]:
        assert time.monotonic() < until, found
        time.sleep(0.2)
    assert not found["failure"], found
    return int(found["jobs"])


def count(visitor: Any, **of: int) -> int:
    """How many images there are, of a group or an owner."""
    answer = visitor.get("/api/v0/m/images/", params={"limit": 1, **of}).json()
    return int(answer["meta"]["totalCount"])


# From here on they belong to others.


def test_a_move_to_another_group(
    site: local_services.Site, new_visitor: Callable[..., Any], selection: Selection
) -> None:
    # In a session without activities of other tests.
    ada = new_visitor(site.url)
    ada.log_in("ada", "ada")
    answer = send(ada, "chgrp/", data={"group_id": "4", "Image": selection.listed})
    assert len(answer.json()["update"]["remove"]["image"]) == limits.SELECTION
    assert carried_out(ada) == 1
    assert (count(ada, group=3), count(ada, group=4)) == (0, limits.SELECTION)


def test_another_owner(
    site: local_services.Site, new_visitor: Callable[..., Any], selection: Selection
) -> None:
    root = new_visitor(site.url)
    root.log_in(site.standin.password)
    answer = send(root, "chown/", data={"owner_id": "3", "Image": selection.listed})
    assert len(answer.json()["jobIds"]) == 1
    assert carried_out(root) == 1
    assert (count(root, owner=2), count(root, owner=3)) == (0, limits.SELECTION)


def test_deletion_comes_last(
    site: local_services.Site, new_visitor: Callable[..., Any], selection: Selection
) -> None:
    ben = new_visitor(site.url)
    ben.log_in("ben", "ben")
    form = {"image": selection.ids, "child": "on", "anns": "on"}
    assert send(ben, "action/deletemany/", data=form).json() == {"bad": "false"}
    assert carried_out(ben) == 1
    assert count(ben) == 0
