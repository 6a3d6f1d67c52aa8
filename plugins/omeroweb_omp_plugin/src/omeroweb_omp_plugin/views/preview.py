"""The preview, page by page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal, cast, get_args
from uuid import UUID

from pydantic import Field

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.web import Body, Caller, json_view
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.hash_keys import site_keys
from omeroweb_omp_plugin.services.requests import Id
from omeroweb_omp_plugin.settings import LARGEST_PAGE, LARGEST_SELECTION
from omeroweb_omp_plugin.store import previews
from omeroweb_omp_plugin.store.previews import Preview
from omeroweb_omp_plugin.views.limits import number

Name = Annotated[str, Field(min_length=1, max_length=255)]
Value = Annotated[str, Field(max_length=10_000)]
ImageId = Annotated[int, Field(strict=False, ge=1)]


class Settings(Body):
    """How names are read."""

    mode: Literal["detect", "separators", "regex"]
    pattern: Annotated[str, Field(max_length=2000)] = ""
    names: Annotated[tuple[Annotated[str, Field(max_length=255)], ...], Field(max_length=100)] = ()


class PreviewRequest(Body):
    """What a preview shows.

    Attributes:
        selection: the images.
        settings: how their names are read.
        overrides: values for some images.
        after: a preview of the same images, whose values of the user's are kept.
        mode: what happens to the pairs that images have.
    """

    selection: Id
    settings: Settings
    after: Id | None = None
    overrides: Annotated[dict[ImageId, dict[Name, Value]], Field(default_factory=dict)]
    mode: Literal["add", "replace_own", "replace_all"] = "replace_own"


class Values(Body):
    """Values for some images; `null` gives back what the name says."""

    values: dict[ImageId, dict[Name, Value | None]]


@json_view("POST", body=PreviewRequest)
def make(_request: Any, caller: Caller, body: PreviewRequest) -> dict[str, Any]:
    """Read all names of a selection."""
    settings = ParserSettings(body.settings.mode, body.settings.pattern, body.settings.names)
    overrides = {image: dict(values) for image, values in body.overrides.items()}
    if body.after is not None:
        old = previews.load(body.after, caller.user_id)
        overrides = previewing.carried_over(old, body.selection, settings) | overrides
    return as_json(
        previewing.make_preview(caller.user_id, body.selection, settings, overrides, body.mode)
    )


@json_view("GET")
def show(_request: Any, caller: Caller, preview: UUID) -> dict[str, Any]:
    """What a preview was made from, and what is known of it."""
    return as_json(previews.load(preview, caller.user_id))


@json_view("POST", body=Values)
def values(_request: Any, caller: Caller, body: Values, preview: UUID) -> dict[str, Any]:
    """A new preview with other values for some images."""
    old = previews.load(preview, caller.user_id)
    return as_json(previewing.change_values(caller.user_id, old, body.values))


@json_view("GET")
def rows(request: Any, caller: Caller, preview: UUID) -> dict[str, Any]:
    """`?filter=all|mismatching|changed&offset=&limit=`: some lines of the table."""
    which = request.GET.get("filter") or "all"
    if which not in get_args(previewing.Filter):
        raise BadRequest(f"`filter` must be one of {', '.join(get_args(previewing.Filter))}")
    found = previewing.page(
        caller.conn,
        caller.user_id,
        previews.load(preview, caller.user_id),
        cast(previewing.Filter, which),
        number(request, "offset", 0, LARGEST_SELECTION),
        number(request, "limit", 200, LARGEST_PAGE),
        site_keys(),
    )
    return {
        "total": found.total,
        "rows": found.rows,
        "lookedUp": found.looked_up,
        "images": found.images,
    }


def as_json(preview: Preview) -> dict[str, Any]:
    """A preview as pages get it."""
    return {
        "preview": str(preview.id),
        "selection": str(preview.selection),
        "settings": asdict(preview.settings),
        "mode": preview.mode,
        "columns": preview.columns,
        "mismatching": len(preview.mismatching),
        "edited": len(preview.overrides),
        "changed": len(preview.changed),
        "lookedUp": preview.looked_up,
    }
