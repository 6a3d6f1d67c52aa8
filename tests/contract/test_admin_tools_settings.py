"""What the operator tells the admin tools, read by the plugin itself."""

from __future__ import annotations

from typing import get_args

import pytest

from omero_operator.api.v1alpha1.plugins import LogStore
from omero_operator.desired.plan import desired
from omero_plugin_common.errors import Unavailable
from omero_plugin_common.platform_fields import field_of
from omeroweb_admin_tools import configuration
from omeroweb_admin_tools.doctor import places, settings
from operator_builders import context, spec, templates


def told(stack: str, url: str) -> dict[str, str]:
    wanted = {"plugins": {"adminTools": {"enabled": True, "logs": {"stack": stack, "url": url}}}}
    pod = dict(templates(desired(context(spec(web=wanted)))))["Deployment/demo-web"]["spec"]
    return {each["name"]: each.get("value", "") for each in pod["containers"][0]["env"]}


def test_stacks_are_those_that_the_plugin_can_ask() -> None:
    stacks = get_args(LogStore.model_fields["stack"].annotation)
    assert set(stacks) == set(get_args(configuration.Stack))


@pytest.mark.parametrize("stack", get_args(configuration.Stack))
@pytest.mark.parametrize("url", ["http://logs.monitoring:9428", "https://logs.example.org/a/b"])
def test_the_plugin_asks_the_store_of_the_field(
    stack: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in told(stack, url).items():
        if name.startswith("ADMIN_TOOLS_"):
            monkeypatch.setenv(name, value)
            assert field_of(name).startswith("spec.web.plugins.adminTools")
    assert field_of(configuration.URL) == "spec.web.plugins.adminTools.logs"
    store = configuration.log_store()
    assert (store.stack, store.url) == (stack, f"{url}/")
    assert (store.site.namespace, store.site.instance) == (context().namespace, "demo")


def test_the_plugin_reads_every_variable_of_the_operator() -> None:
    """One with another name would be set for nothing."""
    tools = {
        "enabled": True,
        "ingressAddress": "traefik.kube-system:443",
        "logs": {"stack": "loki", "url": "http://loki:3100"},
    }
    monitoring = {
        "exporters": True,
        "prometheusUrl": "http://prometheus:9090",
        "grafanaUrl": "https://example.org",
    }
    objects = desired(context(spec(web={"plugins": {"adminTools": tools}}, monitoring=monitoring)))
    given = {
        each["name"]
        for title in ("Deployment/demo-web", "Deployment/demo-worker")
        for each in dict(templates(objects))[title]["spec"]["containers"][0]["env"]
        if each["name"].startswith("ADMIN_TOOLS_")
    }
    read = {
        value
        for module in (configuration, settings, places)
        for value in vars(module).values()
        if isinstance(value, str) and value.startswith("ADMIN_TOOLS_")
    }
    assert given <= read
    assert len(given) == 19


def test_without_the_field_the_plugin_names_it() -> None:
    with pytest.raises(Unavailable, match=r"spec\.web\.plugins\.adminTools\.logs"):
        configuration.log_store()
