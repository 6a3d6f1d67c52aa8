"""The nine applications: in the menus, with pages that load and find their files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

import local_services

TOP_LINKS = {
    "Gallery": "/gallery/",
    "Figure": "/figure/",
    "Any Value": "/mapr/anyvalue/?experimenter=-1",
    "Tag Search": "/omero_tagsearch/",
    "Metadata from names": "/omeroweb_omp_plugin/",
    "Upload": "/omeroweb_upload/",
    "Export to Imaris": "/omeroweb_imaris_connector/",
    "Admin tools": "/omeroweb_admin_tools/",
}
OPEN_WITH = {
    "omero_figure",
    "omero_fpbioimage",
    "omero_iviewer",
    "omeroweb_omp_plugin",
    "omeroweb_upload",
    "omeroweb_imaris_connector",
}
CENTRE = {"Parade": "omero_parade", "Auto Tag": "auto_tag_panel"}
# Autotag and Parade live in the centre of OMERO.web's own page.
PAGES = [
    "/webclient/login/",
    "/webclient/",
    "/webadmin/experimenters/",
    "/gallery/",
    "/figure/",
    "/fpbioimage/",
    "/iviewer/?images=1",
    "/mapr/anyvalue/",
    "/parade/",
    "/zarr/",
    "/omero_tagsearch/",
]
# One line of text each; what they show is made for an image.
WITHOUT_FILES = {"/fpbioimage/", "/zarr/"}
CSS_ADDRESS = re.compile(r"url\(\s*['\"]?([^'\")]+)")

COMPILE_ALL = """
import json, django
from pathlib import Path
django.setup()
from django.apps import apps
from django.template.loader import get_template
broken, names = [], []
for app in apps.get_app_configs():
    folder = Path(app.path) / "templates"
    if app.name.startswith(("omero_", "omeroweb_")):
        names += [str(file.relative_to(folder)) for file in folder.rglob("*.html")]
for name in names:
    try:
        get_template(name)
    except Exception as error:
        broken.append(f"{name}: {error}")
print(json.dumps([broken, len(names)]))
"""


class _Addresses(HTMLParser):
    """The addresses that a browser would load for a page, and its links."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []
        self.links: dict[str, str] = {}
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self._link = given.get("href") or ""
        address = given.get("src") or (given.get("href") if tag == "link" else None)
        if address:
            self.files.append(address)

    def handle_data(self, data: str) -> None:
        if self._link and data.strip():
            self.links[data.strip()] = self._link

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = ""


def _read(text: str) -> _Addresses:
    page = _Addresses()
    page.feed(text)
    return page


def test_top_links(visitor: Any) -> None:
    links = _read(visitor.get("/webclient/").text).links
    assert {label: links.get(label) for label in TOP_LINKS} == TOP_LINKS


def test_open_with(visitor: Any) -> None:
    options = visitor.get("/webgateway/open_with/").json()["open_with_options"]
    named = {option["id"] for option in options}
    assert named >= OPEN_WITH
    # They would come from other hosts.
    assert not [name for name in named if "zarr" in name]
    [ours] = [option for option in options if option["id"] == "omeroweb_omp_plugin"]
    assert ours["url"] == "/omeroweb_omp_plugin/"
    assert ours["supported_objects"] == ["images", "datasets", "projects", "plates", "screens"]
    [upload] = [option for option in options if option["id"] == "omeroweb_upload"]
    assert (upload["url"], upload["label"]) == ("/omeroweb_upload/", "Import here")
    assert upload["supported_objects"] == ["project", "dataset", "screen"]
    for option in options:
        if script := option.get("script_url"):
            assert visitor.get(script).status_code == 200, option


def test_centre_panel(visitor: Any) -> None:
    page = visitor.get("/webclient/").text
    for label, place in CENTRE.items():
        assert label in page
        assert f'id="{place}"' in page


def test_iviewer_is_the_image_viewer(visitor: Any) -> None:
    assert "omero_iviewer" in visitor.get("/webclient/img_detail/1/").text


@pytest.mark.parametrize("path", PAGES)
def test_page_loads_with_all_its_files(visitor: Any, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.text[:600]
    own = {
        address
        for each in _read(answer.text).files
        if urlsplit(address := urljoin(path, each)).netloc == ""
    }
    statics = [address for address in own if urlsplit(address).path.startswith("/static/")]
    assert statics or path in WITHOUT_FILES
    for address in statics:
        assert visitor.get(address).status_code == 200, f"{path} wants {address}"


def test_pictures_in_style_sheets_that_the_packages_have_are_found(
    visitor: Any, static_root: Any
) -> None:
    paths = json.loads((static_root / "staticfiles.json").read_text())["paths"]
    found = set()
    for name, hashed in paths.items():
        if not name.endswith(".css"):
            continue
        for address in CSS_ADDRESS.findall((static_root / hashed).read_text(errors="replace")):
            plain = urlsplit(urljoin(f"/static/{name}", address))
            if plain.scheme or plain.netloc or not plain.path.startswith("/static/"):
                continue
            original = re.sub(r"\.[0-9a-f]{12}(?=\.|$)", "", plain.path).removeprefix("/static/")
            if original in paths:
                assert (static_root / plain.path.removeprefix("/static/")).is_file(), (
                    name,
                    address,
                )
                assert plain.path != f"/static/{original}", (name, address)
                found.add(original)
    assert len(found) > 10


def test_every_template_of_the_applications_compiles(site: Any, tmp_path: Path) -> None:
    environment = local_services.python_environment(
        **site.environment, DJANGO_SETTINGS_MODULE="omero_web_container.django_settings"
    )
    printed = local_services.python(COMPILE_ALL, tmp_path / "log", environment)
    broken, count = json.loads(printed.splitlines()[-1])
    assert broken == []
    assert count > 30


def test_mapr_asks_nobody_for_pictures(visitor: Any) -> None:
    answer = visitor.get("/mapr/favicon/?u=https://example.org/a")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.elapsed.total_seconds() < 10


STORE = """
import json, os, tempfile, numpy, zarr
folder = tempfile.mkdtemp()
array = zarr.open_array(folder, mode="w", shape=(1, 8, 8), chunks=(1, 8, 8), dtype="u2")
array[(0,)] = numpy.zeros((8, 8), "u2")
print(json.dumps(os.listdir(folder)))
"""


def test_zarr_writes_the_files_that_the_views_read() -> None:
    folder = local_services.ROOT / "images/omero-web/src/omero_web_container"
    table = tomllib.loads((folder / "catalogue.toml").read_text())
    variables = table["zarr"]["environment"]
    done = subprocess.run(
        [sys.executable, "-c", STORE],
        env=local_services.python_environment(**variables),
        capture_output=True,
        text=True,
        check=True,
    )
    assert {".zarray", "0.0.0"} <= set(json.loads(done.stdout))
