"""Ice over the site's web address: a transport of OMERO.server and a path for it."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.api.v1alpha1 import rules
from omero_operator.desired.plan import desired
from omero_operator.desired.server import properties
from operator_builders import by_title, changes, context, spec
from published_kinds import complaints

TRANSPORTS = "omero.client.icetransports"
ADDRESS = {
    "publicUrl": "https://a.org/lab",
    "ingress": {},
    "gateway": {"parentRefs": [{"name": "g"}]},
}


def test_it_changes_the_server_and_the_ways_in_alone() -> None:
    before = desired(context(spec(web=ADDRESS)))
    after = desired(context(spec(web=ADDRESS, server={"websockets": {}})))
    assert changes(before, after) == {
        "ConfigMap/demo-server",
        "HTTPRoute/demo-web",
        "Ingress/demo-web",
        "NetworkPolicy/demo-server",
        "Service/demo-server",
        "StatefulSet/demo-server",
    }


def test_path_leads_to_the_plain_port_before_the_web_gets_all() -> None:
    made = by_title(desired(context(spec(web=ADDRESS, server={"websockets": {"path": "/ice"}}))))
    paths = made["Ingress/demo-web"]["spec"]["rules"][0]["http"]["paths"]
    assert paths[-2]["path"] == "/lab/ice"
    service = {"name": "demo-server", "port": {"name": "ice-ws"}}
    assert paths[-2]["backend"] == {"service": service}
    assert paths[-1]["path"] == "/lab"
    route = made["HTTPRoute/demo-web"]
    assert complaints(route) == []
    (backend,) = route["spec"]["rules"][-2]["backendRefs"]
    assert (backend["name"], backend["port"]) == ("demo-server", 4065)
    ports = {each["name"]: each["port"] for each in made["Service/demo-server"]["spec"]["ports"]}
    assert ports == {"ice-tls": 4064, "ice-ws": 4065}
    opened = made["NetworkPolicy/demo-server"]["spec"]["ingress"]
    assert {"ports": [{"protocol": "TCP", "port": 4065}]} in opened
    (pod,) = made["StatefulSet/demo-server"]["spec"]["template"]["spec"]["containers"]
    assert "ice-ws" in [each["name"] for each in pod["ports"]]


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ({}, None),
        ({"websockets": {}}, "ssl,tcp,ws"),
        ({"websockets": {}, "config": {TRANSPORTS: "ssl,ws"}}, "ssl,ws"),
    ],
    ids=["without", "with", "own list"],
)
def test_transports(server: dict[str, Any], expected: str | None) -> None:
    given = spec(server=server)
    assert rules.check(given) == []
    assert properties(context(given)).get(TRANSPORTS) == expected


def test_own_list_must_have_it() -> None:
    given = spec(server={"websockets": {}, "config": {TRANSPORTS: "ssl,tcp,wss"}})
    (error,) = rules.check(given)
    assert error.path == f"spec.server.config[{TRANSPORTS}]"
    assert "lacks the transport ws" in error.message
