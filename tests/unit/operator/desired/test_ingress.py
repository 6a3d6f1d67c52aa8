"""The site's address, and the Ingress of OMERO.web with its certificate."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.desired.ingress import build
from omero_operator.desired.plan import desired
from omero_operator.desired.public_url import public_url, variables
from operator_builders import by_title, context, spec


def ingress(settings: dict[str, Any]) -> dict[str, Any]:
    (manifest,) = build(context(spec(web={"ingress": settings})))
    return manifest


def path(path: str, service: str) -> dict[str, Any]:
    backend = {"service": {"name": service, "port": {"name": "http"}}}
    return {"path": path, "pathType": "Prefix", "backend": backend}


def test_without_settings_there_is_none() -> None:
    assert build(context()) == []


def test_host_and_class() -> None:
    found = ingress({"host": "a.org", "className": "traefik"})["spec"]
    assert found["ingressClassName"] == "traefik"
    (rule,) = found["rules"]
    assert rule["host"] == "a.org"
    assert rule["http"]["paths"] == [
        path("/omeroweb_upload", "demo-uploads"),
        path("/omeroweb_imaris_connector", "demo-exports"),
        path("/", "demo-web"),
    ]


def test_without_plugins_that_have_pods_the_web_has_it_all() -> None:
    off = {"enabled": False}
    web = {"ingress": {}, "plugins": {"upload": off, "imaris": off}}
    (manifest,) = build(context(spec(web=web)))
    assert manifest["spec"]["rules"][0]["http"]["paths"] == [path("/", "demo-web")]


def test_a_site_may_live_below_a_path() -> None:
    settings = {"host": "a.org", "path": "/lab/omero"}
    assert ingress(settings)["spec"]["rules"][0]["http"]["paths"] == [
        path("/lab/omero/omeroweb_upload", "demo-uploads"),
        path("/lab/omero/omeroweb_imaris_connector", "demo-exports"),
        path("/lab/omero", "demo-web"),
    ]
    assert public_url(spec(web={"ingress": settings})) == "http://a.org/lab/omero/"


def test_absent_fields_are_absent() -> None:
    """An empty class name is not the default class, and an empty host is refused."""
    found = ingress({})
    assert found["spec"].keys() == {"rules"}
    assert found["spec"]["rules"][0].keys() == {"http"}
    assert "annotations" not in found["metadata"]


@pytest.mark.parametrize(
    ("tls", "secret", "annotations"),
    [
        ({"secretName": "mine"}, "mine", {"a": "b"}),
        (
            {"clusterIssuer": "acme"},
            "demo-web-tls",
            {"a": "b", "cert-manager.io/cluster-issuer": "acme"},
        ),
        ({"issuer": "ca"}, "demo-web-tls", {"a": "b", "cert-manager.io/issuer": "ca"}),
    ],
    ids=["own Secret", "cluster issuer", "issuer"],
)
def test_certificate(tls: dict[str, str], secret: str, annotations: dict[str, str]) -> None:
    found = ingress({"host": "a.org", "tls": tls, "annotations": {"a": "b"}})
    assert found["spec"]["tls"] == [{"hosts": ["a.org"], "secretName": secret}]
    assert found["metadata"]["annotations"] == annotations


def test_https_may_end_elsewhere() -> None:
    """No certificate is asked for, yet browsers are sent to https."""
    settings: dict[str, Any] = {"host": "a.org", "tls": {}, "annotations": {"a": "b"}}
    found = ingress(settings)
    assert "tls" not in found["spec"]
    assert found["metadata"]["annotations"] == {"a": "b"}
    assert public_url(spec(web={"ingress": settings})) == "https://a.org/"


def test_host_and_path_of_the_ingress_follow_from_the_address() -> None:
    web = {"publicUrl": "https://a.org:8443/lab/", "ingress": {"tls": {"issuer": "ca"}}}
    (manifest,) = build(context(spec(web=web)))
    (rule,) = manifest["spec"]["rules"]
    assert rule["host"] == "a.org"
    assert [each["path"] for each in rule["http"]["paths"]] == [
        "/lab/omeroweb_upload",
        "/lab/omeroweb_imaris_connector",
        "/lab",
    ]
    assert manifest["spec"]["tls"] == [{"hosts": ["a.org"], "secretName": "demo-web-tls"}]


def test_an_address_without_a_name_gives_an_ingress_for_every_host() -> None:
    """The API server takes no number for a host."""
    web = {"publicUrl": "https://192.0.2.7", "ingress": {"tls": {"secretName": "mine"}}}
    (manifest,) = build(context(spec(web=web)))
    assert "host" not in manifest["spec"]["rules"][0]
    assert manifest["spec"]["tls"] == [{"secretName": "mine"}]


@pytest.mark.parametrize(
    ("web", "told"),
    [
        ({}, {}),
        ({"ingress": {}}, {}),
        ({"ingress": {"path": "/lab"}}, {"PUBLIC_URL": "/lab/"}),
        ({"ingress": {"host": "a.org"}}, {"PUBLIC_URL": "http://a.org/"}),
        ({"ingress": {"host": "a.org", "tls": {}}}, {"PUBLIC_URL": "https://a.org/"}),
        ({"publicUrl": "https://a.org/lab"}, {"PUBLIC_URL": "https://a.org/lab/"}),
        (
            {"publicUrl": "https://a.org", "ingress": {}},
            {"PUBLIC_URL": "https://a.org/"},
        ),
        (
            {"publicUrl": "https://a.org", "ingress": {"host": "b.internal"}},
            {"PUBLIC_URL": "https://a.org/", "INGRESS_HOST": "b.internal"},
        ),
    ],
    ids=[
        "nothing",
        "any host",
        "path alone",
        "host",
        "https elsewhere",
        "a Route",
        "both",
        "another host inside",
    ],
)
def test_omero_web_is_told_the_address(web: dict[str, Any], told: dict[str, str]) -> None:
    assert variables(spec(web=web)) == told
    plan = by_title(desired(context(spec(web=web))))
    container = plan["Deployment/demo-web"]["spec"]["template"]["spec"]["containers"][0]
    environment = {each["name"]: each.get("value") for each in container["env"]}
    names = ("PUBLIC_URL", "INGRESS_HOST")
    assert {name: environment[name] for name in names if name in environment} == told


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (None, ""),
        ({}, ""),
        ({"host": "a.org"}, "http://a.org/"),
        ({"host": "a.org", "port": 8080}, "http://a.org:8080/"),
        ({"host": "a.org", "tls": {"issuer": "ca"}}, "https://a.org/"),
        ({"host": "a.org", "port": 8443, "tls": {"issuer": "ca"}}, "https://a.org:8443/"),
    ],
    ids=["no Ingress", "any host", "http", "port", "https", "https port"],
)
def test_public_address(settings: dict[str, Any] | None, url: str) -> None:
    assert public_url(spec(web={"ingress": settings} if settings is not None else {})) == url
