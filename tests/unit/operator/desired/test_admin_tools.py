"""The admin tools are an application of OMERO.web and of the worker, where the site wants them."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.desired.plan import credentials, desired
from omero_operator.identity.kinds import Manifest
from operator_builders import EXTERNAL_DATABASE, by_title, context, spec, templates

PODS = ("Deployment/demo-web", "Deployment/demo-worker")
LOGS = {"stack": "victorialogs", "url": "http://logs.monitoring:9428"}
NO_KUBERNETES = {"enabled": False}
SECRETS = "/run/secrets/omero-platform"


def plan(monitoring: dict[str, Any] | None = None, **tools: Any) -> list[Manifest]:
    """Of a site with these settings of the admin tools."""
    wanted = {"plugins": {"adminTools": tools}}
    return desired(context(spec(web=wanted, monitoring=monitoring or {})))


def container(objects: list[Manifest], title: str = "Deployment/demo-web") -> Manifest:
    found: Manifest = dict(templates(objects))[title]["spec"]["containers"][0]
    return found


def apps(title: str, **tools: Any) -> list[str]:
    env = container(plan(**tools), title)["env"]
    return next(str(each["value"]).split(",") for each in env if each["name"] == "WEB_APPS")


@pytest.mark.parametrize("title", PODS)
def test_they_are_off_unless_a_site_wants_them(title: str) -> None:
    assert "admin_tools" not in apps(title)
    assert apps(title, enabled=True)[-1] == "admin_tools"


def variables(objects: list[Manifest]) -> dict[str, str]:
    env = container(objects)["env"]
    return {
        each["name"].removeprefix("ADMIN_TOOLS_"): each["value"]
        for each in env
        if each["name"].startswith("ADMIN_TOOLS_")
    }


def test_web_pods_know_whose_logs_and_figures_to_ask_for() -> None:
    monitoring = {
        "prometheusUrl": "http://prometheus.monitoring:9090",
        "grafanaUrl": "https://omero.example.org/grafana",
    }
    site = {
        "NAMESPACE": context().namespace,
        "INSTANCE": "demo",
        "OMERO_WEB_URL": "http://demo-web/",
        "VOLUMES": "uploads,exports",
        "PROBE_USER": "omero-monitoring",
        "PROBE_PASSWORD_FILE": f"{SECRETS}/probe/password",
    }
    off = {"enabled": True, "kubernetes": NO_KUBERNETES}
    assert variables(plan(monitoring, **off, logs=LOGS)) == site | {
        "LOG_STACK": "victorialogs",
        "LOG_URL": "http://logs.monitoring:9428",
        "PROMETHEUS_URL": "http://prometheus.monitoring:9090",
        "GRAFANA_URL": "https://omero.example.org/grafana",
    }
    assert variables(plan(**off)) == site
    assert variables(plan(monitoring, enabled=False, logs=LOGS)) == {}


def ports(objects: list[Manifest], component: str) -> set[int]:
    """Where the pods of a component may connect to."""
    (policy,) = [
        each
        for each in objects
        if (each["kind"], each["metadata"]["name"]) == ("NetworkPolicy", f"demo-{component}")
    ]
    return {each["port"] for rule in policy["spec"]["egress"] for each in rule.get("ports", [])}


@pytest.mark.parametrize(
    ("url", "port"),
    [("http://logs.monitoring:9428", 9428), ("https://logs.example.org/loki", 443)],
)
def test_web_pods_may_connect_to_the_log_store_and_prometheus(url: str, port: int) -> None:
    off = {"enabled": True, "kubernetes": NO_KUBERNETES}
    plain = plan(**off)
    for objects in (plan(**off, logs={**LOGS, "url": url}), plan({"prometheusUrl": url}, **off)):
        assert ports(objects, "web") - ports(plain, "web") == {port}
        for component in ("worker", "uploads", "exports", "server"):
            assert ports(objects, component) == ports(plain, component)


def test_the_api_server_is_opened_to_web_pods_alone() -> None:
    plain = plan(enabled=True, kubernetes=NO_KUBERNETES)
    objects = plan(
        enabled=True, kubernetes={"apiServerPorts": [6443], "apiServerCidrs": ["10.20.0.10/32"]}
    )
    assert ports(objects, "web") - ports(plain, "web") == {6443}
    for component in ("worker", "uploads", "exports", "server"):
        assert ports(objects, component) == ports(plain, component)
    (policy,) = [
        each
        for each in objects
        if each["metadata"]["name"] == "demo-web" and each["kind"] == "NetworkPolicy"
    ]
    (rule,) = [
        each
        for each in policy["spec"]["egress"]
        if {"protocol": "TCP", "port": 6443} in each["ports"]
    ]
    assert rule["to"] == [{"ipBlock": {"cidr": "10.20.0.10/32"}}]


def rights(objects: list[Manifest]) -> list[Manifest]:
    return [each for each in objects if each["kind"] in ("Role", "RoleBinding")]


def test_only_the_container_of_omero_web_has_a_token() -> None:
    objects = plan(enabled=True)
    token = "kubernetes-api"
    for title, template in templates(objects):
        pod = template["spec"]
        with_it = [
            each["name"]
            for each in [*pod["containers"], *pod.get("initContainers", [])]
            if token in [mount["name"] for mount in each.get("volumeMounts", [])]
        ]
        assert with_it == (["omero-web"] if title == "Deployment/demo-web" else []), title
        assert pod["automountServiceAccountToken"] is False
        assert any("projected" in each for each in pod["volumes"]) == bool(with_it)
    folder = f"{SECRETS}/kubernetes-api"
    assert variables(objects) | {"KUBERNETES_TOKEN_FILE": f"{folder}/token"} == variables(objects)
    role, binding = rights(objects)
    assert binding["roleRef"]["name"] == role["metadata"]["name"] == "demo-admin-tools"
    assert [each["name"] for each in binding["subjects"]] == ["demo-web"]
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"get", "list"}


@pytest.mark.parametrize("tools", [{}, {"enabled": True, "kubernetes": NO_KUBERNETES}])
def test_without_it_nobody_gets_rights(tools: dict[str, Any]) -> None:
    objects = plan(**tools)
    assert rights(objects) == []
    pod = dict(templates(objects))["Deployment/demo-web"]["spec"]
    assert not any("projected" in each for each in pod["volumes"])


def test_checks_reach_what_they_ask() -> None:
    plugins = {
        "adminTools": {
            "enabled": True,
            "kubernetes": NO_KUBERNETES,
            "ingressAddress": "traefik.kube-system:8443",
        },
        "imaris": {"enabled": False},
    }
    web = {"publicUrl": "https://images.example.org:4443/omero", "plugins": plugins}
    objects = desired(context(spec(web=web)))
    told = variables(objects)
    assert told["OMERO_WEB_URL"] == "http://demo-web/omero/"
    assert (told["VOLUMES"], told["INGRESS_ADDRESS"]) == ("uploads", "traefik.kube-system:8443")
    assert ports(objects, "web") - ports(plan(), "web") == {4080, 4443, 8443}
    worker = {each["name"]: each.get("value") for each in worker_variables(objects)}
    assert (worker["ADMIN_TOOLS_OMERO_DB_HOST"], worker["ADMIN_TOOLS_OMERO_DB_PORT"]) == (
        "demo-db",
        "5432",
    )
    assert not any(name.startswith("ADMIN_TOOLS_") for name in named(plan()))


def worker_variables(objects: list[Manifest]) -> list[Manifest]:
    """Of both containers, which are the same here."""
    pod = dict(templates(objects))["Deployment/demo-worker"]["spec"]
    ours = [
        [each for each in one["env"] if each["name"].startswith("ADMIN_TOOLS_")]
        for one in pod["containers"]
    ]
    assert ours[0] == ours[1]
    found: list[Manifest] = ours[0]
    return found


def named(objects: list[Manifest]) -> list[str]:
    return [each["name"] for each in worker_variables(objects)]


def test_the_database_lets_a_worker_in_while_the_tools_are_on() -> None:
    def clients(objects: list[Manifest]) -> set[str]:
        (policy,) = [
            each
            for each in objects
            if (each["kind"], each["metadata"]["name"]) == ("NetworkPolicy", "demo-database")
        ]
        return {
            source["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
            for rule in policy["spec"]["ingress"]
            for source in rule["from"]
        }

    assert clients(plan(enabled=True)) - clients(plan()) == {"worker"}


def with_secret(objects: list[Manifest], secret: str) -> set[tuple[str, str]]:
    """The containers that have a key of this Secret as a file, and those that have it otherwise."""
    found: set[tuple[str, str]] = set()
    for title, template in templates(objects):
        pod = template["spec"]
        volumes = {each["name"] for each in pod.get("volumes", []) if f"'{secret}'" in str(each)}
        for each in [*pod["containers"], *pod.get("initContainers", [])]:
            if volumes & {mount["name"] for mount in each.get("volumeMounts", [])}:
                found.add((title, each["name"]))
            if f"'{secret}'" in str({**each, "volumeMounts": []}):
                found.add((title, f"{each['name']}, not as a file"))
    return found


def bootstrap(objects: list[Manifest]) -> str:
    (title,) = (title for title, _ in templates(objects) if title.startswith("Job/demo-bootstrap"))
    return title


@pytest.mark.parametrize("monitoring", [{}, {"exporters": True}], ids=["alone", "with exporters"])
def test_checks_log_in_with_the_account_of_monitoring(monitoring: dict[str, Any]) -> None:
    """Made by the bootstrap, and in those containers alone that log in with it."""
    secret = "demo-monitoring-credentials"
    objects = plan(monitoring, enabled=True)
    exporter = {("Deployment/demo-exporter", "exporter")} if monitoring else set()
    assert with_secret(objects, secret) == exporter | {
        ("Deployment/demo-web", "omero-web"),
        (bootstrap(objects), "bootstrap"),
    }
    wanted = credentials(context(spec(web={"plugins": {"adminTools": {"enabled": True}}})))
    assert secret in [each.name for each in wanted]
    off = plan(monitoring)
    assert ("Deployment/demo-web", "omero-web") not in with_secret(off, secret)
    assert bool(with_secret(off, secret)) == bool(monitoring)


def test_workers_ask_omeros_database_with_the_role_that_reads_no_table() -> None:
    secret = "demo-db-monitoring-credentials"
    objects = plan({"exporters": True}, enabled=True)
    workers = {("Deployment/demo-worker", each) for each in ("worker", "network-worker")}
    assert workers <= with_secret(objects, secret)
    told = {each["name"]: each["value"] for each in worker_variables(objects)}
    assert told == {
        "ADMIN_TOOLS_OMERO_DB_HOST": "demo-db",
        "ADMIN_TOOLS_OMERO_DB_PORT": "5432",
        "ADMIN_TOOLS_OMERO_DB_NAME": "omero",
        "ADMIN_TOOLS_OMERO_DB_USER": "omero_monitoring",
        "ADMIN_TOOLS_OMERO_DB_PASSWORD_FILE": f"{SECRETS}/omero-database/password",
    }
    # Nobody has the owner's password for it, and without such a role there is none to have.
    assert not with_secret(objects, "demo-db-credentials") & workers
    for without in (plan(enabled=True), plan({"exporters": True})):
        assert not with_secret(without, secret) & workers
    external = desired(
        context(
            spec(
                web={"plugins": {"adminTools": {"enabled": True}}},
                monitoring={"exporters": True},
                database=EXTERNAL_DATABASE,
            )
        )
    )
    assert named(external) == ["ADMIN_TOOLS_OMERO_DB_HOST", "ADMIN_TOOLS_OMERO_DB_PORT"]


def test_the_exporter_counts_the_errors_in_the_logs_of_a_site_that_has_a_log_store() -> None:
    exporters: dict[str, Any] = {"exporters": True}
    with_store = plan(exporters, enabled=True, logs=LOGS, kubernetes=NO_KUBERNETES)
    env = container(with_store, "Deployment/demo-exporter")["env"]
    told = {each["name"]: each["value"] for each in env if each["name"].startswith("ADMIN_TOOLS")}
    assert told == {
        "ADMIN_TOOLS_NAMESPACE": context().namespace,
        "ADMIN_TOOLS_INSTANCE": "demo",
        "ADMIN_TOOLS_LOG_STACK": "victorialogs",
        "ADMIN_TOOLS_LOG_URL": "http://logs.monitoring:9428",
    }
    assert 9428 in _egress_ports(with_store)
    for without in (plan(exporters, enabled=True), plan(exporters, logs=LOGS)):
        assert "ADMIN_TOOLS" not in str(container(without, "Deployment/demo-exporter")["env"])
        assert 9428 not in _egress_ports(without)


def _egress_ports(objects: list[Manifest]) -> set[int]:
    policy = by_title(objects)["NetworkPolicy/demo-exporter"]
    return {port["port"] for rule in policy["spec"]["egress"] for port in rule.get("ports", [])}
