"""The admin tools are an application of OMERO.web and of the worker, where the site wants them."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.desired.plan import desired
from operator_builders import context, spec, templates

PODS = ("Deployment/demo-web", "Deployment/demo-worker")


def apps(title: str, **blocks: Any) -> list[str]:
    template = dict(templates(desired(context(spec(**blocks)))))[title]
    env = template["spec"]["containers"][0]["env"]
    return next(str(each["value"]).split(",") for each in env if each["name"] == "WEB_APPS")


@pytest.mark.parametrize("title", PODS)
def test_they_are_off_unless_a_site_wants_them(title: str) -> None:
    assert "admin_tools" not in apps(title)
    wanted = {"plugins": {"adminTools": {"enabled": True}}}
    assert apps(title, web=wanted)[-1] == "admin_tools"


def web(**tools: Any) -> dict[str, str]:
    wanted = {"plugins": {"adminTools": tools}}
    template = dict(templates(desired(context(spec(web=wanted)))))["Deployment/demo-web"]
    env = template["spec"]["containers"][0]["env"]
    return {
        each["name"]: each["value"] for each in env if each["name"].startswith("ADMIN_TOOLS_LOG_")
    }


LOGS = {"stack": "victorialogs", "url": "http://logs.monitoring:9428"}


def test_web_pods_know_the_log_store_and_whose_logs_to_ask_for() -> None:
    assert web(enabled=True, logs=LOGS) == {
        "ADMIN_TOOLS_LOG_STACK": "victorialogs",
        "ADMIN_TOOLS_LOG_URL": "http://logs.monitoring:9428",
        "ADMIN_TOOLS_LOG_NAMESPACE": context().namespace,
        "ADMIN_TOOLS_LOG_INSTANCE": "demo",
    }
    assert web(enabled=True) == {}
    assert web(enabled=False, logs=LOGS) == {}


@pytest.mark.parametrize(
    ("url", "port"),
    [("http://logs.monitoring:9428", 9428), ("https://logs.example.org/loki", 443)],
)
def test_web_pods_may_connect_to_the_log_store(url: str, port: int) -> None:
    def ports(component: str, **blocks: Any) -> set[int]:
        (policy,) = [
            each
            for each in desired(context(spec(**blocks)))
            if (each["kind"], each["metadata"]["name"]) == ("NetworkPolicy", f"demo-{component}")
        ]
        return {each["port"] for rule in policy["spec"]["egress"] for each in rule.get("ports", [])}

    wanted = {"plugins": {"adminTools": {"enabled": True, "logs": {**LOGS, "url": url}}}}
    assert ports("web", web=wanted) - ports("web") == {port}
    for component in ("worker", "uploads", "exports", "server"):
        assert ports(component, web=wanted) == ports(component)
