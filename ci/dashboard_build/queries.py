"""Every query of the dashboards and of the rules, and the metrics that it names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from dashboard_build.catalogue import CHART, FOLDER
from dashboard_build.logs import LOKI

RULES: Final = CHART / "rules"
# Words of PromQL that are no metrics.
_GROUPING: Final = ("by", "without", "on", "ignoring", "group_left", "group_right")
_WORDS: Final = frozenset(("and", "or", "unless", "bool", "offset", "inf", "nan", *_GROUPING))
_STRINGS: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_LABELS: Final = re.compile(rf"\b(?:{'|'.join(_GROUPING)})\s*\([^)]*\)")
_BRACES: Final = re.compile(r"\{[^}]*\}")
_WINDOWS: Final = re.compile(r"\[[^\]]*\]")
_NAME: Final = re.compile(r"(?<![\w:.$])([a-zA-Z_:][\w:]*)(?!\s*\(|[\w:])")


@dataclass(frozen=True)
class Query:
    """One question to Prometheus.

    Attributes:
        place: dashboard or file of rules.
        name: title of the panel, or the name of the alert or record.
        text: PromQL, with the dashboard's variables.
    """

    place: str
    name: str
    text: str

    @property
    def metrics(self) -> frozenset[str]:
        """The metrics that it names."""
        plain = _STRINGS.sub('""', self.text)
        for pattern in (_BRACES, _WINDOWS, _LABELS):
            plain = pattern.sub(" ", plain)
        return frozenset(_NAME.findall(plain)) - _WORDS


def of_dashboards() -> list[Query]:
    """The queries of all panels, and of the variables."""
    found: list[Query] = []
    for path in sorted((FOLDER / LOKI).glob("*.json")):
        found += _of_dashboard(path.stem, json.loads(path.read_text()))
    return found


def of_rules() -> list[Query]:
    """The expressions of all rules."""
    return [
        Query(path.name, rule.get("alert") or rule["record"], rule["expr"].strip())
        for path in sorted(RULES.glob("*.yaml"))
        for rule in _rules(path)
    ]


def recorded() -> frozenset[str]:
    """The metrics that rules make."""
    return frozenset(
        rule["record"] for path in RULES.glob("*.yaml") for rule in _rules(path) if "record" in rule
    )


def _rules(path: Path) -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load(path.read_text())["groups"]:
        yield from group["rules"]


def _of_dashboard(uid: str, dashboard: dict[str, Any]) -> Iterator[Query]:
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            (series,) = re.findall(r"^label_values\((.*), \w+\)$", variable["query"]["query"])
            yield Query(uid, f"variable {variable['name']}", series)
    for panel in dashboard["panels"]:
        if panel["type"] in ("row", "logs"):
            continue
        for target in panel["targets"]:
            yield Query(uid, panel["title"], target["expr"])
