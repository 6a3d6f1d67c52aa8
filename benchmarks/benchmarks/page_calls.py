"""OMERO calls that a page of stock OMERO.web makes, counted by the stand-in.

Each address is asked twice in one session: the first time nothing is in a cache yet and settings of
rendering are made, the second time is what a user meets all day. Time plays no part.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

import collected_static
import local_services
from omero_ci.console import step

_USER: Final = "ada"
_LOGIN: Final = "/webclient/login/"
# What a browser asks of OMERO.web when a user goes from the start page to an image. The numbers are
# those of the first project with its first dataset and image of the user.
_PAGES: Final = (
    ("start page", "/webclient/"),
    ("tree: containers", "/webclient/api/containers/?id={user}&group={group}"),
    ("tree: datasets of a project", "/webclient/api/datasets/?id={project}&group={group}"),
    (
        "tree: images of a dataset",
        "/webclient/api/images/?id={dataset}&page=1&group={group}&sizeXYZ=true&date=true",
    ),
    ("thumbnails of a dataset", "/webclient/get_thumbnails/?{thumbnails}"),
    ("one thumbnail", "/webclient/render_thumbnail/{image}/?version=0"),
    ("panel: dataset", "/webclient/metadata_details/dataset/{dataset}/"),
    ("panel: image", "/webclient/metadata_details/image/{image}/"),
    ("panel: tags", "/webclient/api/annotations/?type=tag&image={image}"),
    ("panel: key-value pairs", "/webclient/api/annotations/?type=map&parents=true&image={image}"),
    ("panel: attachments", "/webclient/api/annotations/?type=file&image={image}"),
    ("panel: comments", "/webclient/api/annotations/?type=comment&image={image}"),
    ("panel: ratings", "/webclient/api/annotations/?type=rating&image={image}"),
    ("panel: acquisition", "/webclient/metadata_acquisition/image/{image}/"),
    ("panel: preview", "/webclient/metadata_preview/image/{image}/"),
    ("viewer", "/webclient/img_detail/{image}/"),
    ("viewer: image's data", "/webclient/imgData/{image}/"),
    ("viewer: one plane", "/webclient/render_image/{image}/0/0/"),
    ("groups and members", "/webclient/group_user_content/"),
    ("scripts", "/webclient/list_scripts/"),
    ("activities", "/webclient/activities/"),
    ("search page", "/webclient/search/"),
    (
        "search for a word",
        "/webclient/load_searching/form/?query=HeLa&datatype=images&searchGroup=-1&ownedBy=-1",
    ),
    ("keep-alive", "/webclient/keepalive_ping/"),
    ("JSON API: versions", "/api/"),
    ("JSON API: projects", "/api/v0/m/projects/"),
    ("JSON API: datasets of a project", "/api/v0/m/projects/{project}/datasets/"),
    ("JSON API: images of a dataset", "/api/v0/m/datasets/{dataset}/images/"),
    ("JSON API: one image", "/api/v0/m/images/{image}/"),
)
VERSIONS: Final = ("omero-web", "omero-py", "Django")
HEADER: Final = f"{'page':<34} {'first':>6} {'again':>6}  services, when asked again"


@dataclass(frozen=True)
class Page:
    """The calls of one page, by `Interface.operation`."""

    name: str
    address: str
    first: dict[str, int]
    again: dict[str, int]

    def line(self) -> str:
        """One line of the table."""
        services: dict[str, int] = {}
        for call, count in self.again.items():
            service = call.partition(".")[0]
            services[service] = services.get(service, 0) + count
        told = ", ".join(f"{name} {count}" for name, count in sorted(services.items()))
        total, later = sum(self.first.values()), sum(self.again.values())
        return f"{self.name:<34} {total:>6} {later:>6}  {told}"

    def plain(self) -> dict[str, Any]:
        """The page as JSON data, with every call."""
        return {
            "page": self.name,
            "address": self.address,
            "first": dict(sorted(self.first.items())),
            "again": dict(sorted(self.again.items())),
        }


def measure() -> list[Page]:
    """Count the calls of every page on a site of its own with the demo's data."""
    with tempfile.TemporaryDirectory() as folder:
        static = str(collected_static.static_root())
        with (
            local_services.site(Path(folder), data="demo", OMERO_WEB_STATIC_ROOT=static) as site,
            httpx.Client(base_url=site.url, timeout=60) as client,
            step("calls of each page"),
        ):
            return _pages(client, f"{local_services.control(site.standin)}/counts")


def _pages(client: httpx.Client, counts: str) -> list[Page]:
    def count(method: str, address: str, **more: Any) -> dict[str, int]:
        httpx.delete(counts).raise_for_status()
        answer = client.request(method, address, **more)
        if answer.is_error or (answer.is_redirect and method == "GET"):
            raise RuntimeError(f"{address} answers {answer.status_code}: {answer.text[:300]}")
        found: dict[str, int] = httpx.get(counts).json()
        return found

    def log_in() -> dict[str, int]:
        fields = {"username": _USER, "password": f"{_USER}-demo", "server": "1"}
        fields["csrfmiddlewaretoken"] = client.cookies["csrftoken"]
        return count("POST", _LOGIN, data=fields, headers={"Referer": str(client.base_url)})

    found = [Page("login: the form", _LOGIN, count("GET", _LOGIN), count("GET", _LOGIN))]
    first = log_in()
    client.cookies.delete("sessionid")
    client.get(_LOGIN)
    found.append(Page("login: the password", f"POST {_LOGIN}", first, log_in()))
    ids = _ids(client)
    for name, template in _PAGES:
        address = template.format(**ids)
        found.append(Page(name, address, count("GET", address), count("GET", address)))
    return found


def _ids(client: httpx.Client) -> dict[str, Any]:
    """The user's first project with its first dataset and image, and that dataset's thumbnails."""

    def get(address: str) -> Any:
        return client.get(address).raise_for_status().json()["data"]

    project = get("/api/v0/m/projects/?limit=1")[0]
    dataset = get(f"/api/v0/m/projects/{project['@id']}/datasets/?limit=1")[0]
    images = get(f"/api/v0/m/datasets/{dataset['@id']}/images/")
    details = project["omero:details"]
    return {
        "user": details["owner"]["@id"],
        "group": details["group"]["@id"],
        "project": project["@id"],
        "dataset": dataset["@id"],
        "image": images[0]["@id"],
        "thumbnails": "&".join(f"id={image['@id']}" for image in images),
    }
