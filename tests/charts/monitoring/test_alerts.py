"""Alerts fire when they should and not before: `promtool test rules` on the chart's rules."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from alert_cases import CASES, Case
from omero_ci.paths import ROOT, environment_with_tools

RULES = ROOT / "charts" / "omero-monitoring" / "rules"


@cache
def _alerts(path: Path) -> dict[str, dict[str, Any]]:
    """The alerts of a file by name."""
    groups = yaml.safe_load(path.read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def _rules() -> dict[str, dict[str, Any]]:
    """Every alert by its name."""
    found: dict[str, dict[str, Any]] = {}
    for path in RULES.glob("*.yaml"):
        found |= _alerts(path)
    return found


def _firing(case: Case, minutes: int, labels: dict[str, str] | None) -> dict[str, Any]:
    query = f'ALERTS{{alertname="{case.alert}", alertstate="firing"}}'
    expected: list[dict[str, Any]] = []
    if labels is not None:
        severity = _rules()[case.alert]["labels"]["severity"]
        all_of = {"alertname": case.alert, "alertstate": "firing", "severity": severity, **labels}
        words = ", ".join(f'{name}="{value}"' for name, value in all_of.items())
        expected = [{"labels": f"ALERTS{{{words}}}", "value": 1}]
    return {"expr": query, "eval_time": f"{minutes}m", "exp_samples": expected}


def _tests(case: Case) -> list[dict[str, Any]]:
    def series(of: dict[str, str]) -> list[dict[str, str]]:
        return [{"series": name, "values": v} for name, v in (case.also | of).items()]

    bad = [_firing(case, case.fires, case.labels)]
    if case.quiet is not None:
        bad.append(_firing(case, case.quiet, None))
    made = [{"interval": "1m", "input_series": series(case.bad), "promql_expr_test": bad}]
    if case.good or case.bad:
        good = [_firing(case, case.fires, None)]
        made.append({"interval": "1m", "input_series": series(case.good), "promql_expr_test": good})
    return made


@pytest.mark.parametrize(
    "rules", [path.stem for path in sorted(RULES.glob("*.yaml")) if _alerts(path)]
)
def test_each_alert_fires_in_its_case_and_not_before(tmp_path: Path, rules: str) -> None:
    of_file = _alerts(RULES / f"{rules}.yaml")
    written = {
        "rule_files": [str(RULES / f"{name}.yaml") for name in ("recording", rules)],
        "evaluation_interval": "1m",
        "tests": [test for case in CASES if case.alert in of_file for test in _tests(case)],
    }
    path = tmp_path / "tests.yaml"
    path.write_text(yaml.safe_dump(written, sort_keys=False))
    ended = subprocess.run(
        ["promtool", "test", "rules", path],
        env=environment_with_tools(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_alert_has_a_case() -> None:
    assert {case.alert for case in CASES} == set(_rules())


def test_texts_name_only_labels_that_the_alert_has() -> None:
    for case in CASES:
        texts = " ".join(_rules()[case.alert]["annotations"].values())
        assert set(re.findall(r"(?<!with )\$labels\.(\w+)", texts)) <= set(case.labels), case.alert
