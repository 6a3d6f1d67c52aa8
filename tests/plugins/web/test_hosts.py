"""The names by which a site may be asked, and the one that it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

import local_services

EVIL = "evil-9f3.example.net"
ADDRESS = "http://omero.example.org:8443/"


@pytest.fixture(scope="module")
def hosts(
    site: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., httpx.Response]]:
    """Asks a site with a public address for a path, under a host's name."""
    folder = tmp_path_factory.mktemp("hosts")
    more = {"PUBLIC_URL": ADDRESS, "INGRESS_HOST": "omero.internal", "OMERO_HOST": "localhost"}
    with (
        local_services.web_beside(site, folder, ready="/healthz/live", **more) as beside,
        httpx.Client(base_url=beside.url, verify=local_services.NO_AUTHORITIES) as client,
    ):

        def ask(path: str, host: str, **headers: str) -> httpx.Response:
            return client.get(path, headers={"Host": host} | headers)

        yield ask


@pytest.mark.parametrize("host", ["omero.example.org", "omero.example.org:8443", "omero.internal"])
def test_the_names_of_the_site(hosts: Any, host: str) -> None:
    assert hosts("/webclient/login/", host).status_code == 200
    base = hosts("/api/", host).json()["data"][0]["url:base"]
    assert base == f"{ADDRESS}api/v0/"


@pytest.mark.parametrize("path", ["/webclient/login/", "/api/", "/webclient/", "/", "/no/such/"])
@pytest.mark.parametrize("given", ["Host", "X-Forwarded-Host"])
def test_another_name_is_refused_and_not_shown(hosts: Any, path: str, given: str) -> None:
    headers = {"X-Forwarded-Host": EVIL} if given == "X-Forwarded-Host" else {}
    answer = hosts(path, EVIL if given == "Host" else "omero.example.org", **headers)
    assert answer.status_code == 400
    assert "does not have this host name" in answer.text
    assert len(answer.text) < 200
    assert EVIL not in answer.text + str(answer.headers)


@pytest.mark.parametrize(
    "host", ["<script>", "a b", "omero.example.org@x", "..", "[::1", "x" * 300]
)
def test_a_host_that_is_none(hosts: Any, host: str) -> None:
    answer = hosts("/webclient/login/", host)
    assert answer.status_code == 400
    assert host not in answer.text


def test_probes_need_no_name(hosts: Any) -> None:
    """The kubelet asks by the address of the pod."""
    assert hosts("/healthz", "10.1.2.3:4080").status_code == 200
    assert hosts("/healthz/live", EVIL).status_code == 200


def test_servers_of_the_api_have_the_public_name(hosts: Any, site: Any) -> None:
    """OMERO.server is `localhost` inside here, and clients log in with its id."""
    answer = hosts("/api/v0/servers/", "omero.example.org:8443").json()
    assert answer == {
        "data": [
            {"id": 1, "host": "omero.example.org", "port": site.standin.port, "server": "site"}
        ]
    }
