"""Grafana below the address of the site: administrators of OMERO get in, by OMERO.web's word."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import local_services
from grafana_double import GrafanaDouble
from http_double import serving
from people import Person
from plugin_site import Browser

# Of the chart's values for its golden file: whose token Grafana believes.
NAMESPACE, NAME = "microscopy", "omero"
DASHBOARD: Final = "/grafana/d/redis-metrics?var-namespace=a%20b&from=now-1h&to=now"
PAGE: Final = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
ORIGIN: Final = "https://omero.example.org"


@dataclass(frozen=True)
class Pod:
    """A pod of OMERO.web, and the Grafana behind it."""

    site: local_services.Site
    grafana: GrafanaDouble
    stop_grafana: Callable[[], None]


@pytest.fixture(scope="module")
def pod(site: local_services.Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pod]:
    """Both, with a key pair as the operator makes one."""
    folder = tmp_path_factory.mktemp("grafana")
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = serialization.PrivateFormat.PKCS8, serialization.PublicFormat
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    )
    known = key.public_key().public_bytes(serialization.Encoding.PEM, public.SubjectPublicKeyInfo)
    with ExitStack() as stack:
        grafana = stack.enter_context(serving(GrafanaDouble(known.decode())))
        settings = {
            "WEB_APPS": "admin_tools",
            "ADMIN_TOOLS_NAMESPACE": NAMESPACE,
            "ADMIN_TOOLS_INSTANCE": NAME,
            "ADMIN_TOOLS_GRAFANA_KEY_FILE": str(folder / "key.pem"),
            "FRONT_GRAFANA_ADDRESS": ORIGIN,
            "FRONT_GRAFANA_PATH": "/grafana",
            "FRONT_GRAFANA_URL": grafana.url.rstrip("/"),
        }
        with local_services.front_of(site, folder, **settings) as running:
            yield Pod(running, grafana, stack.close)


@pytest.fixture
def root(pod: Pod) -> Browser:
    """OMERO's root."""
    return Browser(pod.site.url).log_in("root", pod.site.standin.password)


def test_an_administrator_is_signed_in_and_nothing_else_gets_to_grafana(
    pod: Pod, root: Browser
) -> None:
    forged = {"X-JWT-Assertion": "forged", "Authorization": "Basic eDp5", "Origin": ORIGIN}
    for more in ({}, forged):
        answer = root.client.get(DASHBOARD, headers=more)
        assert answer.status_code == 200, answer.text
        shown = {"login": "omero:root", "role": "Viewer", "path": "/grafana/d/redis-metrics"}
        assert answer.json() == shown
    address, headers, _ = pod.grafana.asked[-1]
    assert address == DASHBOARD, "the query is Grafana's"
    assert not {"Cookie", "Authorization"} & headers.keys()
    token = headers["X-JWT-Assertion"]
    assert token not in json.dumps(dict(answer.headers)), "the browser is not told it"
    for log in (pod.site.web.log, pod.site.front and pod.site.front.log):
        assert log and token not in log.read_text()
    sent = root.client.post("/grafana/api/ds/query", data={"a": "b"}, headers={"Origin": ORIGIN})
    assert (sent.status_code, pod.grafana.asked[-1][2]) == (200, {"a": "b"})


def test_others_get_403_and_grafana_hears_nothing(pod: Pod, person: Person) -> None:
    ada = Browser(pod.site.url).log_in(person.name, person.password)
    before = len(pod.grafana.asked)
    assert ada.get("/grafana/api/org").json()["code"] == "forbidden"
    page = ada.client.get(DASHBOARD, headers=PAGE)
    assert page.status_code == 403
    assert "Only administrators of OMERO" in page.text
    assert len(pod.grafana.asked) == before


def test_nobody_is_sent_to_the_login_and_back(pod: Pod) -> None:
    nobody = Browser(pod.site.url)
    before = len(pod.grafana.asked)
    assert nobody.get("/grafana/api/org").status_code == 401
    answer = nobody.client.get(DASHBOARD, headers=PAGE)
    assert answer.status_code == 302
    login = urlsplit(answer.headers["location"])
    assert (login.path, parse_qs(login.query)) == ("/webclient/login/", {"url": [DASHBOARD]})
    assert len(pod.grafana.asked) == before
    form = {"username": "root", "password": pod.site.standin.password, "server": "1"}
    nobody.client.get("/webclient/login/")
    form["csrfmiddlewaretoken"] = nobody.token
    assert (
        nobody.client.post(answer.headers["location"], data=form).headers["location"] == DASHBOARD
    )


def test_a_page_of_another_site_cannot_use_the_login(pod: Pod, root: Browser) -> None:
    before = len(pod.grafana.asked)
    for origin in ("https://evil.example", "null", "https://omero.example.org.evil.example"):
        answer = root.client.post("/grafana/api/ds/query", headers={"Origin": origin})
        assert answer.status_code == 403, origin
    assert len(pod.grafana.asked) == before


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_browser_cannot_ask_for_the_token(pod: Pod, root: Browser, slash: str) -> None:
    answer = root.get(f"/omeroweb_admin_tools/grafana/token{slash}")
    assert answer.status_code == 404
    assert "X-Grafana-Token" not in answer.headers


def test_static_files_need_no_login_and_get_no_token(pod: Pod) -> None:
    answer = Browser(pod.site.url).client.get("/grafana/public/build/app.js")
    assert (answer.status_code, answer.text) == (200, "the same for everybody")
    _, headers, _ = pod.grafana.asked[-1]
    assert not {"Cookie", "Authorization", "X-JWT-Assertion"} & headers.keys()


def test_the_address_without_a_slash(pod: Pod, root: Browser) -> None:
    answer = root.get("/grafana")
    assert answer.status_code == 301
    assert urlsplit(answer.headers["location"]).path == "/grafana/"


# The last one: it ends the Grafana of all.
def test_a_grafana_that_is_away_takes_nothing_else_away(pod: Pod, root: Browser) -> None:
    pod.stop_grafana()
    answer = root.get(DASHBOARD)
    assert (answer.status_code, answer.json()["code"]) == (503, "grafana_away")
    assert "Grafana does not answer" in root.client.get(DASHBOARD, headers=PAGE).text
    assert root.get("/omeroweb_admin_tools/").status_code == 200
