"""The chart's Deployment gives the operator exactly the settings that it reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import kopf
import pytest
import yaml

from omero_ci import image_digests as pins
from omero_ci.charts import OPERATOR_CHART, render, values_files
from omero_operator import settings
from omero_operator.handlers import kopf_settings

# Where the health server listens is the image's business: in a pod, everywhere.
NOT_SET = {"HEALTH_HOST"}


def _environment(options: list[str], folder: Path) -> dict[str, str]:
    found = list(yaml.safe_load_all(render(OPERATOR_CHART, *options)))
    (deployment,) = [each for each in found if each and each["kind"] == "Deployment"]
    (releases,) = [each for each in found if each and each["kind"] == "ConfigMap"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    entries: list[dict[str, Any]] = container["env"]
    environment = {entry["name"]: entry.get("value", "from-the-pod") for entry in entries}
    # In the pod, the file is where the Deployment mounts the ConfigMap.
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    ((name, text),) = releases["data"].items()
    assert environment["RELEASES_FILE"] == f"{mounts['releases']}/{name}"
    file = folder / name
    file.write_text(text)
    return {**environment, "RELEASES_FILE": str(file)}


@pytest.mark.parametrize("options", values_files(OPERATOR_CHART), ids=lambda one: str(one[-1:]))
def test_chart_sets_what_the_operator_reads(options: list[str], tmp_path: Path) -> None:
    environment = _environment(options, tmp_path)
    assert set(environment) == set(settings.VARIABLES) - NOT_SET
    read = settings.read(environment)
    assert read.lease_name == environment["LEASE_NAME"]
    assert read.catalogue.current.version == environment["RELEASE"]


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
@pytest.mark.parametrize("form", ["json", "text"])
def test_operator_takes_every_log_setting_that_the_schema_allows(
    level: str, form: str, tmp_path: Path
) -> None:
    environment = _environment(["--set", f"logLevel={level},logFormat={form}"], tmp_path)
    assert settings.read(environment).log_level == level.upper()


def test_a_pod_is_given_the_time_that_ending_takes() -> None:
    """Killed before, it would not give its Lease back, and nobody would write for 15 seconds."""
    values = yaml.safe_load((OPERATOR_CHART / "values.yaml").read_text())
    of_kopf = kopf.OperatorSettings()
    kopf_settings.configure(of_kopf, [])
    ending = of_kopf.process.ultimate_exiting_timeout
    assert ending is not None
    assert values["pod"]["terminationGracePeriodSeconds"] > ending


def test_default_tags_name_one_version_each() -> None:
    """`postgres:16` was another PostgreSQL, with other collations, whenever somebody built it."""
    # PostgreSQL's versions have two numbers, the others' three; the system below belongs to it.
    full = {
        "omero-server": r"\d+\.\d+\.\d+",
        "postgres": r"\d+\.\d+-[a-z]+",
        "redis": r"\d+\.\d+\.\d+-alpine\d+\.\d+",
        "postgres-exporter": r"v\d+\.\d+\.\d+",
        "redis_exporter": r"v\d+\.\d+\.\d+",
    }
    for reference in pins.references(OPERATOR_CHART):
        name, _, tag = reference.rpartition("/")[2].partition(":")
        assert re.fullmatch(full[name], tag), reference


def test_databases_are_pinned_and_no_pin_is_left_over() -> None:
    file = OPERATOR_CHART / "files" / "image-digests.yaml"
    pinned = yaml.safe_load(file.read_text())
    expected = pins.references(OPERATOR_CHART)
    assert set(pinned) <= set(expected)
    # These digests come with the first `make image-digests` on a connected machine.
    assert set(expected) - set(pinned) <= {
        "docker.io/openmicroscopy/omero-server:5.6.16",
        "quay.io/prometheuscommunity/postgres-exporter:v0.18.1",
        "docker.io/oliver006/redis_exporter:v1.74.0",
    }


def test_images_default_to_those_of_the_chart(tmp_path: Path) -> None:
    """So that an operator started by hand deploys what the chart's would."""
    environment = _environment([], tmp_path)
    for name, (default, _) in settings.VARIABLES.items():
        if name.startswith("IMAGE_") and default:
            assert environment[name].removeprefix("docker.io/").removeprefix("library/") == default
