"""`ci/probe` at a site of the image: what it checks is so, and what is not is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

import local_services
from omero_ci import probe


@pytest.fixture(scope="module")
def address(site: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A pod of a site that knows its address; OMERO.server has another name inside."""
    folder: Path = tmp_path_factory.mktemp("probe")
    known = {"PUBLIC_URL": "http://127.0.0.1/", "OMERO_HOST": "localhost"}
    with local_services.front_of(site, folder, **known) as pod:
        yield f"{pod.url}/"
    # The address of all tests of this file has spent its tries.
    client = redis.Redis("127.0.0.1", site.redis.port, 2, site.redis.password)
    for key in client.scan_iter("login:*"):
        client.delete(key)
    client.close()


def slow_connections(site: probe.Site) -> Iterator[str]:
    """For a moment only; the front has tests of its own."""
    return probe.slow_connections(site, 2)


@pytest.mark.parametrize(
    "check",
    [
        probe.headers,
        probe.traces,
        probe.cookies,
        probe.other_hosts,
        probe.foreign_name,
        probe.inner_names,
        probe.wrong_passwords,
        slow_connections,
    ],
    ids=lambda check: check.__name__,
)
def test_a_check_has_nothing_to_say(address: str, check: probe.Check) -> None:
    assert list(check(probe.Site(address))) == []


# A plugin below an address of the probe's, with a middleware that takes headers away.
CARELESS = {
    "__init__.py": "",
    "urls.py": """
from traceback import format_exc
from django.http import HttpResponse
from django.urls import path
def index(request):
    try:
        int(request.GET["id"])
    except ValueError:
        return HttpResponse(format_exc())
urlpatterns = [path("", index)]
""",
    "middleware.py": """
def without_headers(get_response):
    def answer(request):
        response = get_response(request)
        for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
            response[name] = ""
        return response
    return answer
""",
}
ITS_MIDDLEWARE = """
config append -- omero.web.middleware '{"index": 9, "class": "gallery.middleware.without_headers"}'
"""


def test_what_a_careless_plugin_does_is_found(site: Any, tmp_path: Path) -> None:
    for name, text in CARELESS.items():
        file = tmp_path / "extra" / "careless" / "gallery" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "90-site.omero").write_text(ITS_MIDDLEWARE)
    careless = {
        "WEB_APPS": "",
        "WEB_EXTRA_PLUGINS": json.dumps([{"name": "careless", "app": "gallery"}]),
        "WEB_EXTRA_PLUGINS_FOLDER": str(tmp_path / "extra"),
        "OMERO_WEB_CONFIG_FOLDER": str(tmp_path / "config"),
    }
    with local_services.web_beside(site, tmp_path, **careless) as beside:
        seen = probe.Site(f"{beside.url}/")
        assert list(probe.traces(seen)) == ["gallery/?id=x answers 200 with a stack trace"]
        assert list(probe.headers(seen)) == [f"{name} is missing" for name in probe.HEADERS]
