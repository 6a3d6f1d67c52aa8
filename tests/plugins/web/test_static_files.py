"""Static files: names with hashes that browsers keep for ever, compressed, and nothing to 404."""

from __future__ import annotations

import json
import re
from typing import Any

HASHED = re.compile(r"/static/([\w./-]+\.[0-9a-f]{12}\.(?:js|css|png|gif|svg))")


def test_links_in_pages_have_hashed_names(visitor: Any) -> None:
    page = visitor.get("/webclient/").text
    linked = re.findall(r'(?:src|href)="(/static/[^"?]+\.(?:js|css))', page)
    assert len(linked) > 20
    assert [address for address in linked if not HASHED.fullmatch(address)] == []


def test_a_hashed_name_is_kept_for_ever_and_compressed(visitor: Any) -> None:
    name = HASHED.search(visitor.get("/webclient/login/").text)
    assert name is not None
    answer = visitor.get(name.group(0))
    assert answer.headers["cache-control"] == "max-age=315360000, public, immutable"
    assert answer.headers["content-encoding"] == "gzip"


def test_the_plain_name_is_there_for_scripts_and_kept_for_an_hour(visitor: Any) -> None:
    answer = visitor.get("/static/webgateway/css/reset.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "max-age=3600, public"


def test_pictures_in_style_sheets_have_hashed_names(visitor: Any) -> None:
    sheet = next(
        address
        for address in re.findall(r'href="([^"?]+\.css)', visitor.get("/webclient/").text)
        if "/jquery-ui" in address
    )
    assert HASHED.search(sheet)
    pictures = re.findall(r'url\("?([^)"]+\.png)', visitor.get(sheet).text)
    for picture in pictures:
        assert re.search(r"\.[0-9a-f]{12}\.png$", picture), picture


def test_the_scripts_of_the_plain_image_viewer_are_packed(visitor: Any) -> None:
    answer = visitor.get("/static/omeroweb.viewer.min.js")
    assert answer.status_code == 200
    assert len(answer.content) > 500_000


def test_modules_of_the_platform_import_each_other_by_hashed_names(
    visitor: Any, static_root: Any
) -> None:
    paths = json.loads((static_root / "staticfiles.json").read_text())["paths"]
    modules = [name for name in paths if re.fullmatch(r"omero_plugin_common/.*\.js", name)]
    assert modules
    for name in modules:
        for address in re.findall(r'from "(\./[^"]+)"', visitor.get(f"/static/{paths[name]}").text):
            assert re.search(r"\.[0-9a-f]{12}\.js$", address), (name, address)
