"""Grafana below the address of a site: who has its key, who may connect, what is rejected."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.desired import plan, validation
from omero_operator.desired.component import PRIVATE_KEY, PUBLIC_KEY
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest
from operator_builders import by_title, context, spec, templates

GRAFANA = {
    "grafanaUrl": "https://omero.example.org/grafana/",
    "grafanaServiceUrl": "http://monitoring-grafana.monitoring:3000",
}
SITE: dict[str, Any] = {"publicUrl": "https://omero.example.org"}
TOOLS: dict[str, Any] = {"plugins": {"adminTools": {"enabled": True}}}


def site(monitoring: dict[str, str], web: dict[str, Any] | None = None) -> Context:
    return context(spec(web={**SITE, **TOOLS, **(web or {})}, monitoring=monitoring))


def variables(container: Manifest, beginning: str) -> dict[str, str]:
    env = {one["name"]: one.get("value", "") for one in container["env"]}
    return {name: value for name, value in env.items() if name.startswith(beginning)}


def test_only_omero_web_has_the_private_key() -> None:
    objects = plan.desired(site(GRAFANA))
    pods = dict(templates(objects))
    users = [title for title, pod in pods.items() if "demo-grafana-key" in str(pod["spec"])]
    assert users == ["Deployment/demo-web"]
    pod = pods["Deployment/demo-web"]["spec"]
    (volume,) = [each for each in pod["volumes"] if "demo-grafana-key" in str(each)]
    assert "private-key.pem" in str(volume) and "public-key.pem" not in str(volume)
    mounted = {
        each["name"]: [
            mount["mountPath"] for mount in each["volumeMounts"] if mount["name"] == volume["name"]
        ]
        for each in pod["containers"]
    }
    assert mounted["front"] == [] and len(mounted["omero-web"]) == 1
    web = next(each for each in pod["containers"] if each["name"] == "omero-web")
    (file,) = variables(web, "ADMIN_TOOLS_GRAFANA_KEY").values()
    assert file.startswith(mounted["omero-web"][0])


def test_the_front_knows_where_it_is() -> None:
    pod = dict(templates(plan.desired(site(GRAFANA))))["Deployment/demo-web"]["spec"]
    front = next(each for each in pod["containers"] if each["name"] == "front")
    assert variables(front, "FRONT_GRAFANA") == {
        "FRONT_GRAFANA_ADDRESS": "https://omero.example.org",
        "FRONT_GRAFANA_PATH": "/grafana",
        "FRONT_GRAFANA_URL": "http://monitoring-grafana.monitoring:3000",
    }


def test_web_pods_may_connect_to_it_and_the_key_is_made() -> None:
    ctx = site(GRAFANA)
    policy = by_title(plan.desired(ctx))["NetworkPolicy/demo-web"]
    ports = [port["port"] for rule in policy["spec"]["egress"] for port in rule.get("ports", [])]
    assert 3000 in ports
    (key,) = [each for each in plan.credentials(ctx) if each.name == "demo-grafana-key"]
    assert dict(key.keys) == {"private-key.pem": PRIVATE_KEY, "public-key.pem": PUBLIC_KEY}


def test_links_alone_make_nothing() -> None:
    ctx = site({"grafanaUrl": "https://grafana.example.org/x"})
    assert validation.check(ctx.spec) == []
    assert "grafana-key" not in str(plan.desired(ctx))
    assert "FRONT_GRAFANA" not in str(plan.desired(ctx))


@pytest.mark.parametrize(
    ("web", "monitoring", "path"),
    [
        ({"plugins": {}}, GRAFANA, "spec.monitoring.grafanaServiceUrl"),
        (
            {},
            GRAFANA | {"grafanaServiceUrl": "http://g:3000/x"},
            "spec.monitoring.grafanaServiceUrl",
        ),
        ({}, {"grafanaServiceUrl": "http://g:3000"}, "spec.monitoring.grafanaUrl"),
        (
            {},
            GRAFANA | {"grafanaUrl": "https://other.example.org/grafana"},
            "spec.monitoring.grafanaUrl",
        ),
        ({}, GRAFANA | {"grafanaUrl": "https://omero.example.org"}, "spec.monitoring.grafanaUrl"),
        (
            {},
            GRAFANA | {"grafanaUrl": "https://omero.example.org/webclient"},
            "spec.monitoring.grafanaUrl",
        ),
        (
            {},
            GRAFANA | {"grafanaUrl": "https://omero.example.org/grafana/x"},
            "spec.monitoring.grafanaUrl",
        ),
        ({"publicUrl": "https://omero.example.org/omero"}, GRAFANA, "spec.monitoring.grafanaUrl"),
    ],
    ids=[
        "no tools",
        "path inside",
        "no address",
        "other host",
        "whole host",
        "OMERO's",
        "deep",
        "prefix",
    ],
)
def test_what_cannot_work_is_rejected(
    web: dict[str, Any], monitoring: dict[str, str], path: str
) -> None:
    errors = validation.check(site(monitoring, web).spec)
    assert [error.path for error in errors] == [path]


def test_it_is_possible_below_a_path() -> None:
    ctx = site(
        GRAFANA | {"grafanaUrl": "https://omero.example.org/omero/grafana-1"},
        {"publicUrl": "https://omero.example.org/omero/"},
    )
    assert validation.check(ctx.spec) == []
