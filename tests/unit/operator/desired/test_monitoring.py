"""`spec.monitoring`: what pods get for Prometheus, and who may read it."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.desired import monitoring, plan
from omero_operator.desired.plan import desired
from omero_operator.identity.kinds import Manifest
from operator_builders import EXTERNAL_DATABASE, EXTERNAL_REDIS, by_title, context, spec, templates

ON: Manifest = {"exporters": True}
SITES = {
    "small": {},
    "external": {
        "database": EXTERNAL_DATABASE,
        "pluginDatabase": EXTERNAL_DATABASE,
        "redis": EXTERNAL_REDIS,
    },
    "own pods": {
        "imaris": {"storage": {"accessMode": "ReadWriteMany"}, "worker": {"ownPods": True}}
    },
}


def _plan(**blocks: Any) -> list[Manifest]:
    return desired(context(spec(**blocks)))


def _metrics_ports(objects: list[Manifest]) -> dict[str, set[int]]:
    """By component, the ports that Prometheus finds."""
    found: dict[str, set[int]] = {}
    for _, template in templates(objects):
        ports = {
            port["containerPort"]
            for container in template["spec"]["containers"]
            for port in container.get("ports", [])
            if port["name"].split("-")[0] == "metrics"
        }
        if ports:
            found[template["metadata"]["labels"]["app.kubernetes.io/component"]] = ports
    return found


def _open_to_prometheus(objects: list[Manifest]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for policy in objects:
        if policy["kind"] != "NetworkPolicy":
            continue
        name = policy["metadata"]["labels"]["app.kubernetes.io/component"]
        for rule in policy["spec"]["ingress"]:
            peers = [peer for peer in rule.get("from", []) if "namespaceSelector" in peer]
            if peers:
                found.setdefault(name, set()).update(port["port"] for port in rule["ports"])
    return found


@pytest.mark.parametrize("blocks", SITES.values(), ids=SITES)
def test_every_port_of_metrics_is_open_and_no_other(blocks: Manifest) -> None:
    objects = _plan(monitoring=ON, **blocks)
    ports = _metrics_ports(objects)
    assert ports == _open_to_prometheus(objects)
    assert {"web", "worker", "uploads", "exports", "exporter"} <= set(ports)
    assert ("database" in ports) == (blocks is not SITES["external"])
    assert ("export-worker" in ports) == (blocks is SITES["own pods"])


@pytest.mark.parametrize("blocks", SITES.values(), ids=SITES)
def test_a_site_without_it_has_none_of_it(blocks: Manifest) -> None:
    text = str(_plan(**blocks)).lower()
    assert not [word for word in ("exporter", "monitoring", "metrics") if word in text]


def test_no_service_and_no_ingress_leads_to_metrics() -> None:
    objects = _plan(monitoring=ON, web={"ingress": {"host": "omero.example.org"}})
    targets = {
        port["targetPort"]
        for each in objects
        if each["kind"] == "Service"
        for port in each["spec"]["ports"]
    }
    assert "metrics" not in targets


@pytest.mark.parametrize(
    ("scrapers", "peer"),
    [
        (
            {},
            {
                "namespaceSelector": {},
                "podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}},
            },
        ),
        (
            {"namespaceLabels": {"team": "sre"}, "podLabels": {}},
            {"namespaceSelector": {"matchLabels": {"team": "sre"}}, "podSelector": {}},
        ),
    ],
)
def test_who_may_read(scrapers: Manifest, peer: Manifest) -> None:
    objects = by_title(_plan(monitoring={**ON, "scrapers": scrapers}))
    (rule,) = objects["NetworkPolicy/demo-exporter"]["spec"]["ingress"]
    assert rule["from"] == [peer]


def test_the_agents_of_the_server_have_ports_where_the_site_says_so() -> None:
    objects = _plan(monitoring={**ON, "jmxPort": 9404}, server={"readOnlyReplicas": 1})
    writer, reader = {9404, 9405, 9406}, {9404}
    assert _metrics_ports(objects)["server"] == _open_to_prometheus(objects)["server"] == writer
    # It runs neither the indexer nor the maker of pyramids.
    assert _metrics_ports(objects)["read-only-server"] == reader
    assert _open_to_prometheus(objects)["read-only-server"] == reader
    assert "server" not in _metrics_ports(_plan(monitoring={"jmxPort": 9404}))


def test_an_agent_of_the_sites_own_has_one_port() -> None:
    options = {"omero.jvmcfg.append.blitz": "-javaagent:/mine.jar=9404:/mine.yaml"}
    objects = _plan(monitoring={**ON, "jmxPort": 9404}, server={"config": options})
    assert _metrics_ports(objects)["server"] == _open_to_prometheus(objects)["server"] == {9404}


def test_the_images_start_up_is_told_the_first_port() -> None:
    def told(objects: list[Manifest]) -> list[str]:
        (container,) = by_title(objects)["StatefulSet/demo-server"]["spec"]["template"]["spec"][
            "containers"
        ]
        return [each["value"] for each in container["env"] if each["name"] == "OMERO_JMX_PORT"]

    assert told(_plan(monitoring={**ON, "jmxPort": 9404})) == ["9404"]
    assert told(_plan(monitoring=ON)) == []


def test_each_account_has_a_secret_of_its_own() -> None:
    ctx = context(spec(monitoring=ON))
    users = {
        credential.name: dict(credential.keys)["username"]
        for credential in plan.credentials(ctx)
        if "monitoring" in credential.name
    }
    assert users == {
        "demo-db-monitoring-credentials": "omero_monitoring",
        "demo-plugin-db-monitoring-credentials": "omero_monitoring",
        "demo-redis-monitoring-credentials": "omero-monitoring",
        "demo-monitoring-credentials": "omero-monitoring",
    }
    for name in users:
        assert plan.users(ctx, [name])[name]


def test_the_exporter_has_no_password_that_changes_omero() -> None:
    objects = by_title(_plan(monitoring=ON))
    pod = objects["Deployment/demo-exporter"]["spec"]["template"]["spec"]
    secrets = {volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume}
    assert secrets == {
        "demo-monitoring-credentials",
        "demo-redis-credentials",
        "demo-plugin-db-credentials",
    }


def test_a_changed_password_restarts_what_uses_it() -> None:
    names = ("demo-db-monitoring-credentials", "demo-monitoring-credentials")
    site = spec(monitoring=ON)
    before = by_title(desired(context(site)))
    after = by_title(desired(context(site, checksums=dict.fromkeys(names, "new"))))
    changed = {
        title.rpartition("-")[0] if title.startswith("Job/") else title
        for title in before.keys() | after.keys()
        if before.get(title) != after.get(title)
    }
    assert changed == {"StatefulSet/demo-db", "Deployment/demo-exporter", "Job/demo-bootstrap"}


def test_queues_are_those_that_have_workers() -> None:
    every = spec(worker={"queues": ["default", "slow"]})
    assert monitoring.queues(context(every)) == ["default", "exports", "imports", "network", "slow"]
    plugins = {"upload": {"enabled": False}, "imaris": {"enabled": False}}
    assert monitoring.queues(context(spec(web={"plugins": plugins}))) == ["default", "network"]
