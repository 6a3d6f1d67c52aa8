"""Jobs that can be watched from outside."""

from __future__ import annotations

import time
from typing import Any

from pydantic import BaseModel, Field

from omero_plugin_common import database
from omero_plugin_common.jobs import JobContext, JobFailed, job
from omero_plugin_common.secret_box import declare_column

declare_column("probe_secret", "id", "token")


class Steps(BaseModel):
    """How many steps, how long each takes (seconds), and what nobody else may hold meanwhile."""

    items: int = Field(ge=0, le=1000)
    pause: float = 0.0
    lock: int | None = None


@job("plugin_probe.steps", parameters=Steps, unit="steps")
def steps(context: JobContext) -> dict[str, Any]:
    """Does each step once, and goes on after the last checkpoint."""
    wanted = context.parsed(Steps)
    for item in range((context.checkpoint or {"next": 0})["next"], wanted.items):
        context.check()
        if wanted.lock is not None:
            context.take_turn([wanted.lock])
        with database.default().transaction() as cursor:
            cursor.execute(
                "insert into probe_effect (job, item) values (%s, %s) "
                "on conflict (job, item) do update set times = probe_effect.times + 1",
                (context.job.id, item),
            )
        context.log(f"step {item}")
        context.progress(item + 1, wanted.items, f"step {item}", checkpoint={"next": item + 1})
        time.sleep(wanted.pause)
    return {"items": wanted.items}


@job("plugin_probe.who")
def who(context: JobContext) -> dict[str, Any]:
    """Who the worker is in OMERO."""
    with context.omero() as conn:
        event = conn.c.sf.getAdminService().getEventContext()
        return {"user": event.userName, "group": event.groupId, "session": event.sessionUuid}


@job("plugin_probe.fail")
def fail(context: JobContext) -> None:
    """Ends as its parameters say."""
    match context.parameters["how"]:
        case "said":
            raise JobFailed("The plate has no wells", code="no_wells")
        case "unexpected":
            raise KeyError("a detail of the program")
