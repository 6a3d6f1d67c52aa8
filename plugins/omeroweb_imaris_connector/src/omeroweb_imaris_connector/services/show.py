"""Exports as pages and scripts see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from omero_plugin_common.errors import BadRequest, Forbidden, NotFound
from omero_plugin_common.jobs.model import iso
from omeroweb_imaris_connector import configuration
from omeroweb_imaris_connector.planning import names, states
from omeroweb_imaris_connector.services.settle import job_now, settle
from omeroweb_imaris_connector.store import listing
from omeroweb_imaris_connector.store.listing import Listed

PAGE: Final = 50


def newest(caller: Any, before: str, *, everybody: bool) -> tuple[list[Listed], str | None]:
    """A page of exports, the newest first, and where the next one begins.

    Args:
        caller: whose.
        before: what the page before said; empty for the first one.
        everybody: those of all users.

    Raises:
        Forbidden: everybody's are for administrators.
        BadRequest: no page said this.
    """
    if everybody and not caller.is_admin:
        raise Forbidden("Only administrators of OMERO see everybody's exports")
    found = listing.newest(None if everybody else caller.user_id, _place(before), PAGE + 1)
    last = found[PAGE - 1].export if len(found) > PAGE else None
    following = None if last is None else f"{last.created.astimezone(UTC).isoformat()}_{last.id}"
    return _settled(found[:PAGE]), following


def one(export_id: UUID, caller: Any) -> Listed:
    """An export of the caller, or of anybody for administrators.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = listing.one(export_id)
    if found is None or not (caller.is_admin or found.export.user_id == caller.user_id):
        raise NotFound("There is no such export")
    return _settled([found])[0]


def some(ids: Sequence[UUID]) -> list[Listed]:
    """Exports in this order."""
    return _settled(listing.some(list(ids)))


def state_of(listed: Listed) -> tuple[states.State, str]:
    """The state of an export, and a message for its user."""
    export, file = listed.export, listed.file
    return states.state_of(
        states.Now(
            cancelled=export.cancelled is not None,
            file_state=file.state,
            file_step=file.step,
            file_message=file.message,
            wants_attachment=export.attach and export.annotation is None,
            write=job_now(listed.write),
            attach=None if export.attach_job is None else job_now(listed.attach),
        )
    )


def file_name(listed: Listed) -> str:
    """The name under which its file is offered."""
    return names.file_name(listed.export.image_id, listed.export.image_name)


def expires(listed: Listed) -> datetime | None:
    """When its file is deleted, unless somebody asks for it before."""
    if listed.file.state != "ready":
        return None
    return listed.file.used + timedelta(seconds=configuration.keep_seconds())


def as_json(listed: Listed, file_url: str) -> dict[str, Any]:
    """What pages get.

    Args:
        listed: the export.
        file_url: where its file is downloaded.
    """
    export, file = listed.export, listed.file
    state, message = state_of(listed)
    offered = state in ("done", "attaching")
    job = listed.write
    ended = state in states.ENDED
    remaining = job.remaining if job and not ended else None
    rate = job.rate if job and not ended else None
    return {
        "id": str(export.id),
        "batch": str(export.batch),
        "user": export.user_name,
        "image": {"id": export.image_id, "name": export.image_name},
        "state": state,
        "message": message,
        "created": iso(export.created),
        "started": iso(job.started) if job else None,
        "finished": iso(export.cancelled or file.finished) if ended else None,
        "planes": {
            "done": job.done if job else 0,
            "total": job.total if job else None,
            "per_second": None if rate is None else round(rate, 3),
            "seconds_left": None if remaining is None else round(remaining, 1),
        },
        "position": listed.before + 1 if state == "queued" and listed.before is not None else None,
        "bytes": file.bytes,
        "file_name": file_name(listed),
        "file_url": file_url if offered else None,
        "attach": export.attach,
        "attached": export.annotation,
        "expires": iso(expires(listed)),
        "by": file.by,
        "conversion": file.conversion,
    }


def _settled(found: Sequence[Listed]) -> list[Listed]:
    """As they are, once what their files' jobs became is known."""
    changed = [each.export.id for each in found if settle(each.file, each.write)]
    again = {each.export.id: each for each in listing.some(changed)} if changed else {}
    return [again.get(each.export.id, each) for each in found]


def _place(before: str) -> tuple[datetime, UUID] | None:
    if not before:
        return None
    time, _, export = before.rpartition("_")
    try:
        return datetime.fromisoformat(time).astimezone(UTC), UUID(export)
    except (ValueError, OverflowError):
        raise BadRequest("`before` is not what a page before said") from None
