"""The Ingress of OMERO.web, its certificate, and the address that follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.desired.ingress import build
from omero_operator.desired.public_url import public_url
from operator_builders import context, spec


def ingress(settings: dict[str, Any]) -> dict[str, Any]:
    (manifest,) = build(context(spec(web={"ingress": settings})))
    return manifest


def test_without_settings_there_is_none() -> None:
    assert build(context()) == []


def test_host_and_class() -> None:
    found = ingress({"host": "a.org", "className": "traefik"})["spec"]
    assert found["ingressClassName"] == "traefik"
    (rule,) = found["rules"]
    assert rule["host"] == "a.org"
    assert rule["http"]["paths"][0]["backend"] == {
        "service": {"name": "demo-web", "port": {"name": "http"}}
    }


def test_a_site_may_live_below_a_path() -> None:
    settings = {"host": "a.org", "path": "/lab/omero"}
    (path,) = ingress(settings)["spec"]["rules"][0]["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/lab/omero", "Prefix")
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
