"""What the operator tells the upload plugin, read by the plugin itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from omero_ci.paths import ROOT
from omero_operator.api.v1alpha1.uploads import Uploads
from omero_operator.desired import upload, web_apps
from omero_operator.desired.plan import desired
from omero_plugin_common.platform_fields import field_of
from omeroweb_upload import configuration
from operator_builders import context, spec, templates

POD = "Deployment/demo-uploads"
# Field, value, how the plugin reads it, and as what.
FIELDS: dict[str, tuple[Any, Callable[[], object], object]] = {
    "maxBytes": ("2Gi", configuration.largest_job, 2 * 2**30),
    "concurrency": (7, configuration.concurrency, 7),
    "batchSize": (9, configuration.batch_files, 9),
    "imports": (1, configuration.imports, 1),
    "importTimeoutSeconds": (100, configuration.import_timeout, 100),
    "javaHeap": ("300Mi", configuration.java_heap, 300),
    "driver": ("commandLine", configuration.driver, "command_line"),
    "inPlace": (True, configuration.in_place_allowed, True),
    "specialMethods": (False, configuration.special_methods, False),
    "cleanup.intervalSeconds": (20, configuration.cleanup_interval, 20),
    "cleanup.maxAgeSeconds": (70, configuration.cleanup_max_age, 70),
    "cleanup.staleAgeSeconds": (1_000_000, configuration.cleanup_stale_age, 1_000_000),
    "cleanup.maxDelete": (3, configuration.cleanup_max_delete, 3),
}
CONTAINERS = ("uploads", "import-worker")


def told(name: str, pod: str = POD, **uploads: Any) -> dict[str, str]:
    """Variables of a container, of the pods that run the plugin unless others are named."""
    given = spec(web={"uploads": uploads})
    template = dict(templates(desired(context(given))))[pod]
    (container,) = [each for each in template["spec"]["containers"] if each["name"] == name]
    return {each["name"]: each.get("value", "") for each in container["env"]}


def settings(variables: dict[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in variables.items() if name.startswith("OMERO_WEB_UPLOAD_")
    }


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
    found = settings(told(container))
    names = {field_of(name).removeprefix("spec.web.uploads.") for name in found}
    assert names == {*FIELDS, "storage"}


@pytest.mark.parametrize("container", CONTAINERS)
def test_the_folder_for_files_is_on_the_volume(container: str) -> None:
    assert told(container)[configuration.STAGING_FOLDER] == f"{upload.VOLUME}/staging"


@pytest.mark.parametrize(
    ("title", "name"), [("Deployment/demo-web", "omero-web"), ("Deployment/demo-worker", "worker")]
)
def test_other_pods_know_the_plugin_and_have_no_files(title: str, name: str) -> None:
    variables = told(name, pod=title)
    assert "upload" in variables["WEB_APPS"].split(",")
    assert settings(variables) == {}


def test_its_address_is_that_of_its_application() -> None:
    from omero_web_container import catalogue

    app = catalogue.all_apps()[web_apps.UPLOAD]
    assert f"/{app.app}" == upload.PATH


def test_the_page_of_settings_says_what_is_so() -> None:
    """Field, variable and default of each row of docs/upload.md."""
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|\n ").split("|")]
        for line in (ROOT / "docs" / "upload.md").read_text(encoding="utf-8").splitlines()
        if "| `OMERO_WEB_UPLOAD_" in line
    ]
    assert {row[1] for row in rows} == settings(told("uploads")).keys()
    defaults = Uploads().model_dump(by_alias=True)
    for field, variable, shown, *_ in rows:
        assert field_of(variable) == f"spec.web.uploads.{field}"
        value: Any = defaults
        for name in field.split("."):
            value = value[name]
        default = value["size"] if field == "storage" else value
        assert shown == (default if isinstance(default, str) else json.dumps(default)), field
