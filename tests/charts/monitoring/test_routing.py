"""Whom Alertmanager tells, by its own `amtool`: the chart's default, and what its page shows."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from alert_cases import CASES
from omero_ci.charts import MONITORING_CHART
from omero_ci.paths import ROOT, environment_with_tools

PAGE: Final = ROOT / "docs" / "runbooks" / "README.md"
Rendered = Callable[..., list[dict[str, Any]]]
# Everything that the alerts of the chart have as `severity`.
RECEIVERS: Final = {"critical": "on-call", "warning": "mail", "none": "dead-man"}


def _amtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["amtool", *arguments],
        env=environment_with_tools(),
        capture_output=True,
        text=True,
        check=False,
    )


def _shown() -> dict[str, Any]:
    """The values that the page shows, as those of the chart alone."""
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    values: dict[str, Any] = yaml.safe_load(text)["omero-monitoring"]
    return values


def _severities() -> dict[str, str]:
    rules = [
        rule
        for path in (MONITORING_CHART / "rules").glob("*.yaml")
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]
    return {rule["alert"]: rule["labels"]["severity"] for rule in rules}


@pytest.fixture
def configuration(rendered: Rendered, tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """Writes Alertmanager's file as the chart makes it from values."""

    def written(values: dict[str, Any]) -> Path:
        given = tmp_path / "values.yaml"
        given.write_text(yaml.safe_dump(values))
        (config,) = [
            each["data"]["alertmanager.yml"]
            for each in rendered("--values", str(given), chart=MONITORING_CHART)
            if each["kind"] == "ConfigMap" and "alertmanager.yml" in each["data"]
        ]
        path = tmp_path / "alertmanager.yml"
        path.write_text(config)
        return path

    return written


def test_the_default_is_accepted_and_tells_nobody(
    configuration: Callable[[dict[str, Any]], Path],
) -> None:
    path = str(configuration({}))
    checked = _amtool("check-config", path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    routed = _amtool("config", "routes", "test", "--config.file", path, "alertname=OmeroServerDown")
    assert routed.stdout.split() == ["nobody"], routed.stderr


def test_each_alert_goes_where_the_page_says(
    configuration: Callable[[dict[str, Any]], Path],
) -> None:
    path = str(configuration(_shown()))
    checked = _amtool("check-config", path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    severities = _severities()
    assert set(severities.values()) == set(RECEIVERS)
    told = {}
    for case in CASES:
        severity = severities[case.alert]
        labels = {"alertname": case.alert, "severity": severity, **case.labels}
        routed = _amtool(
            *("config", "routes", "test", "--config.file", path),
            *(f"{name}={value}" for name, value in labels.items()),
        )
        assert routed.stdout.split() == [RECEIVERS[severity]], (case.alert, routed.stderr)
        told[case.alert] = routed.stdout
    assert told.keys() == severities.keys()


def test_amtool_sees_a_mistake(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("route: {receiver: mail}\nreceivers: [{name: post}]\n")
    assert _amtool("check-config", str(wrong)).returncode != 0


def test_passwords_are_files_of_secrets_that_are_mounted() -> None:
    values = _shown()["alertmanager"]
    files = re.findall(r"/etc/alertmanager/secrets/([^/]+)/", yaml.safe_dump(values["config"]))
    assert len(files) == 3
    assert set(files) == set(values["secrets"])
