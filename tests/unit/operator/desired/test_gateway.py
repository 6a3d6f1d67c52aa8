"""Routes of the Gateway API: of the published form, to the right Services."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from omero_operator.api.v1alpha1.admission import check
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.desired.gateway import build
from operator_builders import by_title, context, spec
from published_kinds import complaints

PARENT = {"name": "public", "namespace": "gateways", "sectionName": "https"}
ATTACHED = {"group": "gateway.networking.k8s.io", "kind": "Gateway", **PARENT}


def routes(**blocks: Any) -> dict[str, dict[str, Any]]:
    return by_title(build(context(spec(**blocks))))


def web(url: str = "https://a.org/", **gateway: Any) -> dict[str, Any]:
    return {"publicUrl": url, "gateway": {"parentRefs": [PARENT], **gateway}}


def test_without_settings_there_are_none() -> None:
    assert routes() == {}


def test_web_is_reached_by_host_and_path() -> None:
    (route,) = routes(web=web("https://a.org/lab")).values()
    assert route["metadata"]["name"] == "demo-web"
    assert complaints(route) == []
    assert route["spec"]["parentRefs"] == [ATTACHED]
    assert route["spec"]["hostnames"] == ["a.org"]
    found = [
        (rule["matches"], rule["backendRefs"][0]["name"], rule["backendRefs"][0]["port"])
        for rule in route["spec"]["rules"]
    ]
    prefix = "PathPrefix"
    assert found == [
        ([{"path": {"type": prefix, "value": "/lab/omeroweb_upload"}}], "demo-uploads", 80),
        (
            [{"path": {"type": prefix, "value": "/lab/omeroweb_imaris_connector"}}],
            "demo-exports",
            80,
        ),
        ([{"path": {"type": prefix, "value": "/lab"}}], "demo-web", 80),
    ]
    assert all("timeouts" not in rule for rule in route["spec"]["rules"])


def test_address_of_numbers_is_no_host_name() -> None:
    (route,) = routes(web=web("https://192.0.2.7/")).values()
    assert "hostnames" not in route["spec"]
    assert complaints(route) == []


def test_time_limit_holds_for_every_path() -> None:
    (route,) = routes(web=web(requestTimeout="0s", annotations={"a.org/b": "c"})).values()
    assert [rule["timeouts"] for rule in route["spec"]["rules"]] == [{"request": "0s"}] * 3
    assert route["metadata"]["annotations"] == {"a.org/b": "c"}
    assert complaints(route) == []


@pytest.mark.parametrize(("hosts", "kind"), [(["ice.a.org"], "TLSRoute"), ([], "TCPRoute")])
def test_ice_clients_are_told_apart_by_host_or_have_a_port(hosts: list[str], kind: str) -> None:
    found = routes(server={"gateway": {"parentRefs": [{"name": "g"}], "hostnames": hosts}})
    route = found[f"{kind}/demo-server"]
    assert len(found) == 1
    assert complaints(route) == []
    assert route["spec"].get("hostnames", []) == hosts
    (rule,) = route["spec"]["rules"]
    backend = {"group": "", "kind": "Service", "name": "demo-server", "port": 4064, "weight": 1}
    assert rule == {"backendRefs": [backend]}


def test_route_stands_beside_an_ingress() -> None:
    from omero_operator.desired.ingress import INGRESS

    given = {**web(), "ingress": {}}
    kinds = [each["kind"] for each in INGRESS.build(context(spec(web=given)))]
    assert kinds == ["Ingress", "HTTPRoute"]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"web": {"gateway": {"parentRefs": [PARENT]}}}, "gateway needs publicUrl"),
        ({"web": web(parentRefs=[])}, "at least 1"),
        ({"web": web(requestTimeout="1 hour")}, "pattern"),
        ({"server": {"gateway": {"parentRefs": [PARENT], "hostnames": ["*.a.org"]}}}, "pattern"),
    ],
    ids=["no address", "no Gateway", "no duration", "wildcard"],
)
def test_what_cannot_be_is_rejected(block: dict[str, Any], message: str) -> None:
    found = check({"metadata": {"name": "demo"}, "spec": block})
    assert not isinstance(found, PlatformSpec)
    assert message in "; ".join(map(str, found))


def test_the_check_of_published_forms_sees_mistakes() -> None:
    (route,) = routes(web=web()).values()
    for change in (
        lambda spec: spec.update(hostname="a.org"),
        lambda spec: spec["rules"][0]["backendRefs"][0].update(port="http"),
        lambda spec: spec["parentRefs"][0].pop("name"),
        lambda spec: spec["rules"][0].update(timeouts={"request": "soon"}),
        lambda spec: spec.update(rules=[]),
        lambda spec: spec["rules"][0]["matches"][0]["path"].update(type="Glob"),
    ):
        wrong = copy.deepcopy(route)
        change(wrong["spec"])
        assert len(complaints(wrong)) == 1, change
