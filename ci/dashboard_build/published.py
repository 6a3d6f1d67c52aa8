"""Which program publishes a metric, by the lists in tests/data/metrics and docs/metrics.md."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from dashboard_build.queries import of_dashboards, of_rules, recorded
from omero_ci.paths import ROOT

LISTS: Final = ROOT / "tests" / "data" / "metrics"
OURS: Final = ROOT / "docs" / "metrics.md"
# What Prometheus makes itself of each scrape.
_PROMETHEUS: Final = {"up": "Prometheus"}
_SUFFIXES: Final = re.compile(r"_(bucket|sum|count)$")


@cache
def programs() -> dict[str, str]:
    """Metric → program and version."""
    found = dict(_PROMETHEUS)
    for path in sorted(LISTS.glob("*.txt")):
        names = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        found |= dict.fromkeys(names, path.stem.replace("-", " ").removesuffix(".txt"))
    table = re.findall(r"^\| `(\w+)` \| (\w+) \|", OURS.read_text(), re.MULTILINE)
    for name, kind in table:
        found[name] = "[the platform](metrics.md)"
        if kind == "histogram":
            found |= {f"{name}_{end}": found[name] for end in ("bucket", "sum", "count")}
    found |= dict.fromkeys(recorded(), "rules/recording.yaml")
    return found


def used() -> dict[str, set[str]]:
    """Metric → the dashboards and files of rules that name it."""
    places: dict[str, set[str]] = {}
    for query in (*of_dashboards(), *of_rules()):
        for metric in query.metrics:
            places.setdefault(metric, set()).add(query.place)
    return places


def table() -> str:
    """A row of Markdown for each metric that a dashboard or rule names."""
    lines = ["| metric | published by | used by |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {programs().get(name, '**nobody**')} | {', '.join(sorted(places))} |"
        for name, places in sorted(used().items())
    ]
    return "\n".join(lines) + "\n"
