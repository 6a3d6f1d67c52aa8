"""A thousand selected images: what OMERO.web and its applications do with a selection.

Addresses and forms are those that their scripts make, with ids of nine digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from omero.gateway import BlitzGateway
from omero_web_container import limits

import local_services

DATA = {
    "groups": [
        {"name": "lab", "permissions": "rwra--"},
        {"name": "other", "permissions": "rwra--"},
    ],
    "users": [
        {"name": "ada", "password": "ada", "groups": ["lab", "other"]},
        {"name": "ben", "password": "ben", "groups": ["lab"]},
    ],
    "data": [
        {
            "owner": "ada",
            "group": "lab",
            "datasets": [
                {
                    "name": "many",
                    "images": [
                        {"name": "{}.tif", "count": limits.SELECTION, "size": [8, 8, 1, 1, 1]}
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
    tmp_path_factory: pytest.TempPathFactory, static_root: Path
) -> Iterator[local_services.Site]:
    """A pod, nginx and gunicorn, of a site with a thousand images of a user."""
    folder, pod = (tmp_path_factory.mktemp(name) for name in ("selection", "pod"))
    (folder / "data.yaml").write_text(yaml.safe_dump(DATA))
    with (
        local_services.site(
            folder,
            data=str(folder / "data.yaml"),
            WEB_APPS="figure,iviewer",
            OMERO_WEB_STATIC_ROOT=str(static_root),
        ) as alone,
        local_services.front_of(alone, pod) as running,
    ):
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


@pytest.fixture
def ada(site: local_services.Site, new_visitor: Callable[..., Any]) -> Any:
    """Who owns the images, logged in."""
    visitor = new_visitor(site.url)
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
    "download": "/webclient/download_placeholder/?ids={0.named}",
    "figure": "/figure/new/?{0.query}",
    "iviewer": "/iviewer/?images={0.listed}",
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


@pytest.mark.parametrize(("path", "form"), FORMS.values(), ids=FORMS.keys())
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


def test_forms_are_bounded(ada: Any) -> None:
    many = {"image": ["1"] * limits.FORM_FIELDS, "comment": "x"}
    assert send(ada, "annotate_comment/", data=many).status_code == 400
    long = {"image": "1", "comment": "x" * limits.FORM_BYTES}
    assert send(ada, "annotate_comment/", data=long).status_code == 400


def test_deletion_comes_last(ada: Any, selection: Selection) -> None:
    form = {"image": selection.ids, "child": "on", "anns": "on"}
    assert send(ada, "action/deletemany/", data=form).json() == {"bad": "false"}
