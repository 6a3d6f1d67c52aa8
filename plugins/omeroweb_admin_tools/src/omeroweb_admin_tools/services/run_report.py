"""A run of checks as a file, for somebody who cannot see the page."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from omeroweb_admin_tools.doctor import table
from omeroweb_admin_tools.doctor.model import Check, Found, Outcome, Result, skipped
from omeroweb_admin_tools.doctor.places import PLACES


def as_json(run: dict[str, Any]) -> str:
    """All of it, for programs."""
    return json.dumps(run | {"site": _site()}, indent=2, ensure_ascii=False) + "\n"


def as_text(run: dict[str, Any]) -> str:
    """What a person reads: by place, the worst first."""
    ended = run["ended"] or "not yet"
    found = [
        f"Checks of {_site()}",
        f"started {run['started']} by {run['by']}, ended {ended}",
    ]
    results = [_result(each) for each in run["results"]]
    order = list(Outcome)
    for place in PLACES.values():
        names = {each["check"] for each in run["results"] if each["place"] == place.key}
        here = [each for each in results if each.check.name in names]
        if not here:
            continue
        found += ["", f"Done by {place.title}, which {place.why}:"]
        here.sort(key=lambda each: (-order.index(each.found.outcome), each.check.name))
        for each in here:
            found += table.lines(each)
    missing = len(run["checks"]) - len(results)
    found += ["", f"{_totals(run)}, {missing} without a result" if missing else _totals(run)]
    return "\n".join(found) + "\n"


KINDS: Final[Mapping[str, Callable[[dict[str, Any]], str]]] = {"txt": as_text, "json": as_json}


def _site() -> str:
    return os.environ.get("PLATFORM_NAME", "this site")


def _totals(run: dict[str, Any]) -> str:
    return ", ".join(f"{number} {name}" for name, number in run["totals"].items())


def _result(each: dict[str, Any]) -> Result:
    check = Check(each["check"], each["proves"], 0.0, lambda: skipped(""))
    found = Found(Outcome(each["outcome"]), each["words"], each["advice"])
    return Result(check, found, each["seconds"])
