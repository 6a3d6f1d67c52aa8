"""One view for each promise."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from omero_plugin_common import database, jobs, permissions
from omero_plugin_common.body import Body
from omero_plugin_common.rate_limit import RateLimiter
from omero_plugin_common.web import Caller, json_view

_LIMIT = RateLimiter("plugin_probe")


class Change(Body):
    """A text to keep; the rest shows how types are read."""

    text: Annotated[str, Field(min_length=1, max_length=100)]
    number: Annotated[int, Field(ge=0)] = 0
    share: float = 0.0
    group: UUID | None = None


class Objects(Body):
    """Objects, and what is to be done with them."""

    kind: str
    ids: list[int]
    action: Literal["read", "annotate", "edit", "delete", "link"]


class Start(Body):
    """A job to start."""

    kind: str
    parameters: dict[str, Any]


@json_view("POST", body=Change, limit=10_000, action="plugin_probe.change")
def change(request: Any, caller: Caller, body: Change) -> dict[str, Any]:
    """Keep the text."""
    with database.default().transaction() as cursor:
        cursor.execute("insert into probe_change (text) values (%s) returning n", (body.text,))
        row = cursor.fetchone()
    assert row is not None
    request.audit.add("text", [row["n"]])
    return {"n": row["n"], "user": caller.user_name, "group": caller.group_id}


@json_view("POST", rate_limit=_LIMIT)
def limited(_request: Any, _caller: Caller) -> dict[str, Any]:
    """Counted."""
    return {"allowed": True}


@json_view("GET", "POST", action="plugin_probe.boom")
def boom(_request: Any, _caller: Caller) -> dict[str, Any]:
    """A fault of the program."""
    raise KeyError("a detail of the program")


@json_view()
def server(_request: Any, caller: Caller) -> dict[str, Any]:
    """Asks OMERO something."""
    event = caller.conn.c.sf.getAdminService().getEventContext()
    return {"user": event.userName, "session": event.sessionUuid}


@json_view(admin=True)
def only_admin(_request: Any, caller: Caller) -> dict[str, Any]:
    """For administrators."""
    return {"admin": caller.is_admin}


@json_view("POST", body=Objects)
def objects(_request: Any, caller: Caller, body: Objects) -> dict[str, Any]:
    """Whether all the objects allow it."""
    found = permissions.require(caller.conn, body.kind, body.ids, body.action)
    return {"groups": permissions.by_group(found.values())}


@json_view("POST", body=Start, action="plugin_probe.start")
def start(request: Any, _caller: Caller, body: Start) -> dict[str, Any]:
    """Starts a job."""
    return jobs.start(request, body.kind, body.parameters).as_json()
