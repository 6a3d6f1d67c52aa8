"""Each alert has its runbook, each runbook its alert, and the page of all runbooks names them."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
import yaml

from omero_ci.paths import ROOT

FOLDER: Final = ROOT / "docs" / "runbooks"
INDEX: Final = FOLDER / "README.md"
ADDRESS: Final = "https://github.com/omero-platform/omero-platform/blob/main/docs/runbooks"
# What somebody who is called at night looks for.
HEADINGS: Final = ["What it means", "What to look at", "What to do"]


def _alerts() -> dict[str, dict[str, Any]]:
    return {
        rule["alert"]: rule
        for path in (ROOT / "charts" / "omero-monitoring" / "rules").glob("*.yaml")
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
        if "alert" in rule
    }


ALERTS: Final = _alerts()


def test_each_alert_has_a_page_and_each_page_an_alert() -> None:
    pages = {path.stem for path in FOLDER.glob("*.md")} - {INDEX.stem}
    assert pages == set(ALERTS)


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_an_alert_and_its_page_agree(name: str) -> None:
    alert = ALERTS[name]
    assert alert["annotations"]["runbook_url"] == f"{ADDRESS}/{name}.md"
    text = (FOLDER / f"{name}.md").read_text()
    assert text.startswith(f"# {name}\n\nSeverity: {alert['labels']['severity']}.\n")
    assert re.findall(r"^## (.+)$", text, re.M) == HEADINGS
    # The labels that the page tells to fill in are those of the alert's own texts, or it has none.
    assert {"summary", "description"} <= alert["annotations"].keys()


def test_the_page_of_all_lists_each_once_with_its_severity() -> None:
    listed = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \| .+ \|$", INDEX.read_text(), re.M)
    assert all(name == page for name, page, _ in listed)
    assert sorted((name, severity) for name, _, severity in listed) == sorted(
        (name, alert["labels"]["severity"]) for name, alert in ALERTS.items()
    )
