"""What OMERO.web derives from the address of its site."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from omero_web_container import public_address
from omero_web_container.public_address import AsAddressed, allowed_hosts, properties

from omero_plugin_common.env_utils import InvalidValue


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets what the operator tells."""

    def tell(url: str = "", **more: str) -> None:
        monkeypatch.delenv("INGRESS_HOST", raising=False)
        for name, value in {"PUBLIC_URL": url, **more}.items():
            monkeypatch.setenv(name, value)

    return tell


def seen(**headers: str) -> Any:
    """Host and scheme of a request, after the middleware."""
    meta = {"wsgi.url_scheme": "http", "HTTP_HOST": "10.0.0.7:4080", **headers}
    AsAddressed(lambda request: request)(SimpleNamespace(META=meta))
    return meta["HTTP_HOST"], meta["wsgi.url_scheme"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", ("", "", "")),
        ("/lab/", ("", "", "/lab")),
        ("http://a.org/", ("http", "a.org", "")),
        ("https://a.org:8443/lab/omero/", ("https", "a.org:8443", "/lab/omero")),
        # Browsers leave these ports out of the headers Host and Origin.
        ("https://a.org:443/", ("https", "a.org", "")),
        ("http://a.org:80/", ("http", "a.org", "")),
        ("http://a.org:443/", ("http", "a.org:443", "")),
    ],
)
def test_address_in_parts(told: Any, url: str, expected: tuple[str, str, str]) -> None:
    told(url)
    found = public_address.public_address()
    assert (found.scheme, found.authority, found.prefix) == expected


@pytest.mark.parametrize("url", ["a.org", "ftp://a.org/", "https://a b/", "https://a.org/x?y"])
def test_no_address_is_an_error_that_names_the_field(told: Any, url: str) -> None:
    told(url)
    with pytest.raises(InvalidValue, match=r"spec\.web\.publicUrl"):
        properties()


@pytest.mark.parametrize(
    ("url", "more", "hosts"),
    [
        ("", {}, ["*"]),
        ("/lab/", {}, ["*"]),
        ("https://a.org:8443/", {}, ["a.org"]),
        ("https://a.org/", {"INGRESS_HOST": "b.internal"}, ["a.org", "b.internal"]),
    ],
)
def test_hosts_follow_from_the_address(
    told: Any, url: str, more: dict[str, str], hosts: list[str]
) -> None:
    told(url, **more)
    assert allowed_hosts() == hosts
    assert json.loads(properties()["omero.web.allowed_hosts"]) == hosts


def test_https_needs_no_word_of_a_proxy(told: Any) -> None:
    told("https://a.org:8443/lab/")
    found = properties()
    assert json.loads(found["omero.web.csrf_trusted_origins"]) == ["https://a.org:8443"]
    assert found["omero.web.session_cookie_secure"] == "true"
    assert found["omero.web.csrf_cookie_secure"] == "true"
    assert found["omero.web.prefix"] == found["omero.web.session_cookie_path"] == "/lab"
    assert found["omero.web.static_url"] == "/lab/static/"
    assert "omero.web.secure_proxy_ssl_header" not in found
    assert seen() == ("a.org:8443", "https")
    assert seen(HTTP_X_FORWARDED_PROTO="http") == ("a.org:8443", "https")


def test_http_works_behind_https_of_others(told: Any) -> None:
    """Whoever forgets to say it can log in all the same; cookies are not for HTTPS alone then."""
    told("http://a.org:8080/")
    found = properties()
    origins = ["http://a.org:8080", "https://a.org"]
    assert json.loads(found["omero.web.csrf_trusted_origins"]) == origins
    assert found["omero.web.session_cookie_secure"] == "false"
    header = ["HTTP_X_FORWARDED_PROTO", "https"]
    assert json.loads(found["omero.web.secure_proxy_ssl_header"]) == header
    assert seen() == ("a.org:8080", "http")


def test_a_site_that_does_not_know_its_host_goes_by_the_proxy(told: Any) -> None:
    told("/lab/")
    found = properties()
    assert found["omero.web.use_x_forwarded_host"] == "true"
    assert "omero.web.secure_proxy_ssl_header" in found
    assert "omero.web.csrf_trusted_origins" not in found
    assert seen() == ("10.0.0.7:4080", "http")
