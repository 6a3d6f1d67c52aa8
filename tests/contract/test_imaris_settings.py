"""What the operator tells the plugin for Imaris, read by the plugin itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from omero_ci.paths import ROOT
from omero_operator.api.v1alpha1.imaris import Imaris
from omero_operator.desired import imaris, web_apps
from omero_operator.desired.plan import desired
from omero_plugin_common.platform_fields import field_of
from omeroweb_imaris_connector import configuration
from operator_builders import context, spec, templates

APART = {"storage": {"accessMode": "ReadWriteMany"}, "worker": {"ownPods": True}}
# Field, value, how the plugin reads it, and as what.
FIELDS: dict[str, tuple[Any, Callable[[], object], object]] = {
    "maxBytes": ("2Gi", configuration.volume_limit, 2 * 2**30),
    "maxImageBytes": ("3Gi", configuration.largest_image, 3 * 2**30),
    "exportsPerUser": (7, configuration.exports_per_user, 7),
    "attach": ("never", configuration.attach, "never"),
    "keepSeconds": (70, configuration.keep_seconds, 70),
    "memory": ("300Mi", configuration.memory, 300),
    "syncSeconds": (3, configuration.sync_seconds, 3),
    "script.use": ("never", configuration.script, "never"),
    "script.name": ("Mine.py", configuration.script_name, "Mine.py"),
    "script.startTimeoutSeconds": (5, configuration.script_wait, 5),
    "script.timeoutSeconds": (61, configuration.script_timeout, 61),
    "cleanupIntervalSeconds": (20, configuration.cleanup_interval, 20),
}
# Of each: where it runs, and whether the worker has pods of its own.
CONTAINERS = {
    "exports": ("Deployment/demo-exports", {}),
    "export-worker": ("Deployment/demo-exports", {}),
    "export-worker apart": ("Deployment/demo-export-worker", APART),
}


def told(name: str, **given: Any) -> dict[str, str]:
    """Variables of a container of the pods that run the plugin."""
    title, also = CONTAINERS[name]
    pod = dict(templates(desired(context(spec(imaris={**also, **given})))))[title]["spec"]
    (container,) = [each for each in pod["containers"] if each["name"] == name.split()[0]]
    return {each["name"]: each.get("value", "") for each in container["env"]}


def settings(variables: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name.startswith("OMERO_IMS_")}


@pytest.fixture
def as_told(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], None]:
    def use(variables: dict[str, str]) -> None:
        for name, value in settings(variables).items():
            monkeypatch.setenv(name, value)

    return use


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("field", FIELDS)
def test_a_field_reaches_the_plugin(
    field: str, container: str, as_told: Callable[[dict[str, str]], None]
) -> None:
    value, read, expected = FIELDS[field]
    block, _, name = field.rpartition(".")
    given = {block: {name: value}} if block else {name: value}
    before = read()
    as_told(told(container, **given))
    assert read() == expected
    assert before != expected


@pytest.mark.parametrize("container", CONTAINERS)
def test_defaults_of_both_are_the_same(
    container: str, as_told: Callable[[dict[str, str]], None]
) -> None:
    before = {field: read() for field, (_, read, _) in FIELDS.items()}
    as_told(told(container))
    assert {field: read() for field, (_, read, _) in FIELDS.items()} == before


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_variable_is_one_of_the_plugin_and_names_its_field(container: str) -> None:
    found = settings(told(container, maxBytes="1Gi"))
    names = {field_of(name).removeprefix("spec.imaris.") for name in found}
    assert names == {*FIELDS, "storage"}


@pytest.mark.parametrize("container", CONTAINERS)
def test_the_folder_for_files_is_on_the_volume(container: str) -> None:
    assert told(container)[configuration.EXPORT_FOLDER].startswith(f"{imaris.VOLUME}/")


def test_other_pods_know_the_plugin_and_have_no_files() -> None:
    for title, template in templates(desired(context())):
        if title != "Deployment/demo-exports":
            for container in template["spec"]["containers"]:
                assert not settings({each["name"]: "" for each in container.get("env", [])}), title


def test_its_address_is_that_of_its_application() -> None:
    from omero_web_container import catalogue

    app = catalogue.all_apps()[web_apps.IMARIS]
    assert f"/{app.app}" == imaris.PATH


def test_its_jobs_are_in_the_queue_of_its_workers() -> None:
    from omero_web_container import worker

    assert worker.EXPORTS == "exports"


def test_the_page_of_settings_says_what_is_so() -> None:
    """Field, variable and default of each row of docs/operations.md."""
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|\n ").split("|")]
        for line in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").splitlines()
        if "| `OMERO_IMS_" in line
    ]
    assert {row[1] for row in rows} == settings(told("exports", maxBytes="1Gi")).keys()
    defaults = Imaris().model_dump(by_alias=True)
    for field, variable, shown, *_ in rows:
        assert field_of(variable) == f"spec.imaris.{field}"
        value: Any = defaults
        for name in field.split("."):
            value = value[name]
        default = value["size"] if field == "storage" else value
        assert shown == (default if isinstance(default, str) else json.dumps(default)), field
