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
from omeroweb_imaris_connector.store.exports import Export
from omeroweb_imaris_connector.store.listing import Listed, ListedPart

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


def state_of(export: Export, listed: ListedPart) -> tuple[states.State, str]:
    """The state of an image of an export, and a message for its user."""
    part, file = listed.part, listed.file
    return states.state_of(
        states.Now(
            cancelled=part.cancelled is not None,
            file_state=file.state,
            file_step=file.step,
            file_message=file.message,
            wants_attachment=export.attach and part.annotation is None,
            write=job_now(listed.write),
            attach=None if part.attach_job is None else job_now(listed.attach),
        )
    )


def state_of_all(listed: Listed) -> tuple[states.State, str]:
    """The state of an export, and a message for its user."""
    return states.together([
        (_name(each), *state_of(listed.export, each)) for each in listed.parts
    ])  # fmt: skip


def goes_on(export: Export, *parts: ListedPart) -> bool:
    """Whether one of these images has not ended."""
    return any(state_of(export, each)[0] not in states.ENDED for each in parts)


def file_name(listed: ListedPart) -> str:
    """The name under which its file is offered."""
    return names.file_name(listed.part.image_id, listed.part.image_name)


def expires(listed: ListedPart) -> datetime | None:
    """When its file is deleted, unless somebody asks for it before."""
    if listed.file.state != "ready":
        return None
    return listed.file.used + timedelta(seconds=configuration.keep_seconds())


def as_json(listed: Listed, file_url: str, most: int | None = None) -> dict[str, Any]:
    """What pages get.

    Args:
        listed: the export.
        file_url: where its files are downloaded; the query says which.
        most: how many of its files are told; all without.
    """
    export, (state, message) = listed.export, state_of_all(listed)
    files = [_file_as_json(export, each, file_url) for each in listed.parts]
    started = [each.write.started for each in listed.parts if each.write and each.write.started]
    queue = [each["position"] for each in files if each["position"] is not None]
    return {
        "id": str(export.id),
        "user": export.user_name,
        "state": state,
        "message": message,
        "created": iso(export.created),
        "started": iso(min(started, default=None)),
        "finished": iso(_finished(listed)) if state in states.ENDED else None,
        "planes": _together([each["planes"] for each in files]),
        "position": min(queue) if state == "queued" and queue else None,
        "attach": export.attach,
        "images": len(files),
        "ready": sum(each["file_url"] is not None for each in files),
        "files": files[:most],
    }


def _file_as_json(export: Export, listed: ListedPart, file_url: str) -> dict[str, Any]:
    part, file, job = listed.part, listed.file, listed.write
    state, message = state_of(export, listed)
    offered = state in ("done", "attaching")
    total = part.planes or (job.total if job else None)
    done = job.done if job else 0
    rate = job.rate if job and state not in states.ENDED else None
    return {
        "image": {"id": part.image_id, "name": part.image_name},
        "state": state,
        "message": message,
        "planes": _planes(total if offered and total else done, total, rate),
        "position": listed.before + 1 if state == "queued" and listed.before is not None else None,
        "bytes": file.bytes,
        "file_name": file_name(listed),
        "file_url": f"{file_url}?image={part.image_id}" if offered else None,
        "attached": part.annotation,
        "expires": iso(expires(listed)),
        "by": file.by,
        "conversion": file.conversion,
    }


def _planes(done: int, total: int | None, rate: float | None) -> dict[str, Any]:
    left = (total - done) / rate if rate and total else None
    return {
        "done": done,
        "total": total,
        "per_second": None if rate is None else round(rate, 3),
        "seconds_left": None if left is None else round(max(0.0, left), 1),
    }


def _together(files: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How far several files are: workers write them one after the other, or some at once."""
    return _planes(
        sum(each["done"] for each in files),
        sum(each["total"] or 0 for each in files) or None,
        sum(each["per_second"] or 0.0 for each in files) or None,
    )


def _finished(listed: Listed) -> datetime | None:
    ended = (each.part.cancelled or each.file.finished for each in listed.parts)
    return max((time for time in ended if time is not None), default=None)


def _name(listed: ListedPart) -> str:
    return listed.part.image_name or f"Image {listed.part.image_id}"


def _settled(found: Sequence[Listed]) -> list[Listed]:
    """As they are, once what their files' jobs became is known."""
    changed = [
        each.export.id
        for each in found
        # All of them, not only up to the first one that has changed.
        if sum(settle(part.file, part.write) for part in each.parts)
    ]
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
