"""Checks of the running site."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from omero_plugin_common.body import Body
from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import file_answer
from omeroweb_admin_tools.services import diagnostics
from omeroweb_admin_tools.views.access import FULL

_TYPES = {"json": "application/json", "txt": "text/plain; charset=utf-8"}
Name = Annotated[str, Field(min_length=1, max_length=64)]


class Run(Body):
    """Which checks, by their names or what those begin with; all without one."""

    scripts: Annotated[list[Name], Field(max_length=100)] = Field(default_factory=list)


@json_view("GET", admin=FULL)
def checks(_request: Any, _caller: Caller) -> dict[str, Any]:
    """All checks, and which pod does each.

    Returns:
        {"checks": [{"check", "proves", "place", "seconds"}, …], "places": [{"key", "title", "why"},
        …]}
    """
    return diagnostics.known()


@json_view("POST", admin=FULL, body=Run, action="admin_tools.run_checks")
def run(_request: Any, caller: Caller, body: Run) -> dict[str, Any]:
    """Begin a run of checks. One is under way at a time; who asks meanwhile joins it.

    The names of the Docker edition's scripts are accepted, too. Results are at `runs/<id>/`, each
    as soon as its check has ended.

    Returns:
        {"request_id", "joined"}
    """
    return diagnostics.start(caller.user_name, body.scripts)


@json_view("GET", admin=FULL)
def runs(_request: Any, _caller: Caller) -> dict[str, Any]:
    """The newest 50 runs that have ended, without their results.

    Returns:
        {"runs": [{"id", "started", "ended", "by", "totals": {"failed", "warning", "ok",
        "skipped"}}, …]}
    """
    return {"runs": diagnostics.history()}


@json_view("GET", admin=FULL)
def state(_request: Any, _caller: Caller, run: UUID) -> dict[str, Any]:
    """A run, as far as it is; `results` are in the order in which checks ended.

    Returns:
        {"id", "started", "ended" or null, "by", "checks": as `checks`, "results": [{"check",
        "proves", "place", "outcome": "ok", "warning", "failed" or "skipped", "words", "advice",
        "seconds"}, …], "totals", "not_stored": why it is not in the history, or empty}
    """
    return diagnostics.state(run)


@json_view("GET", admin=FULL)
def report(_request: Any, _caller: Caller, run: UUID, kind: str) -> Any:
    """A run as a file, `report.txt` or `report.json`.

    Returns:
        text or JSON
    """
    content = diagnostics.report(run, kind)
    return file_answer(content, f"omero-diagnostics-{run}.{kind}", _TYPES[kind])
