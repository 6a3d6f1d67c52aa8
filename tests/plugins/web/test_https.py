"""Behind something that ends HTTPS, told nothing but the site's address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import local_services
import tls_certificates
from forwarder import Forwarder
from whole_site import WholeSite

HOST = "omero.example.org"
ADDRESS = f"https://{HOST}/"
# What proxies on the way say, and what arrives as `Host`.
PROXIES = {
    "one that says all": {
        "Host": HOST,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": HOST,
    },
    "one that says nothing": {"Host": HOST},
    # A controller sees HTTP where a load balancer before it has ended HTTPS.
    "a controller behind a load balancer": {
        "Host": HOST,
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": HOST,
        "X-Forwarded-Port": "80",
    },
    "one that asks by a name of its own": {"Host": "omero.internal"},
    "one that asks by a number": {"Host": "10.1.2.3:30080", "X-Forwarded-Host": HOST},
}


@pytest.fixture(scope="module")
def site(
    whole: WholeSite, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[local_services.Site]:
    """The shared site at an HTTPS address, where a proxy may ask by another name, too."""
    names = {"PUBLIC_URL": ADDRESS, "INGRESS_HOST": "omero.internal"}
    folder = tmp_path_factory.mktemp("https")
    with local_services.web_beside(whole.site, folder, ready="/healthz/live", **names) as beside:
        yield beside


@pytest.mark.parametrize("headers", PROXIES.values(), ids=PROXIES.keys())
def test_login_cookies_and_links_whatever_a_proxy_says(
    site: local_services.Site, new_visitor: Callable[[str], Any], headers: dict[str, str]
) -> None:
    visitor = new_visitor(site.url)
    visitor.headers.update(headers)
    visitor.follow_redirects = False
    form = visitor.get("/webclient/login/")
    (token,) = [part for part in form.headers.get_list("set-cookie") if "csrftoken=" in part]
    assert "; Secure" in token
    token = token.partition(";")[0].partition("=")[2]
    fields = {"username": "root", "password": site.standin.password, "server": "1"}
    fields["csrfmiddlewaretoken"] = token

    def log_in(origin: str) -> Any:
        own = {"Origin": origin, "Referer": f"{origin}/webclient/login/"}
        # The client does not send secure cookies by HTTP; the proxy gets them by HTTPS.
        own["Cookie"] = f"csrftoken={token}"
        return visitor.post("/webclient/login/", data=fields, headers=own)

    for stranger in ("https://evil.example.org", f"http://{HOST}", "https://omero.internal"):
        assert log_in(stranger).status_code == 403, stranger
    # Once seen by HTTPS, the host is asked by HTTPS alone.
    assert form.headers["strict-transport-security"] == "max-age=15552000"
    answer = log_in(f"https://{HOST}")
    assert answer.status_code == 302, answer.text[:500]
    cookies = {each.partition("=")[0]: each for each in answer.headers.get_list("set-cookie")}
    assert "; Secure" in cookies["sessionid"] and "; HttpOnly" in cookies["sessionid"]
    api = visitor.get("/api/").json()
    assert api["data"][0]["url:base"] == f"{ADDRESS}api/v0/"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example.org"},
        {"Host": HOST, "X-Forwarded-Host": "evil.example.org"},
        {"Host": "127.0.0.1"},
    ],
    ids=["host", "forwarded host", "number"],
)
def test_any_other_host_is_refused(
    site: local_services.Site, new_visitor: Callable[[str], Any], headers: dict[str, str]
) -> None:
    visitor = new_visitor(site.url)
    answer = visitor.get("/api/", headers=headers)
    assert answer.status_code == 400
    assert "evil" not in answer.text
    # Probes come by the pod's own address.
    assert visitor.get("/healthz", headers=headers).status_code == 200


def test_a_browser_logs_in_through_what_ends_tls_and_says_nothing(
    whole: WholeSite, tmp_path: Path, new_visitor: Callable[[str], Any]
) -> None:
    """Real TLS and real cookies; nobody but the site's address says anything of HTTPS."""
    authority, certificate = tls_certificates.make(tmp_path)
    with Forwarder(0, certificate) as balancer:
        address = f"https://localhost:{balancer.port}/lab"
        with local_services.web_beside(
            whole.site, tmp_path, ready="/healthz/live", PUBLIC_URL=f"{address}/"
        ) as site:
            balancer.target = site.web.port
            visitor = new_visitor(address, trusts=authority)
            assert visitor.log_in(site.standin.password).url == f"{address}/webclient/"
            assert visitor.is_logged_in
            assert {(each.path, each.secure) for each in visitor.cookies.jar} == {("/lab", True)}
            assert visitor.get("/api/").json()["data"][0]["url:base"] == f"{address}/api/v0/"
