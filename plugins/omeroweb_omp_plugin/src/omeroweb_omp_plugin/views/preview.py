"""The preview, page by page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal, cast, get_args
from uuid import UUID

from pydantic import Field

from omero_plugin_common.body import Body
from omero_plugin_common.errors import BadRequest
from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.web import Caller, json_view
from omeroweb_omp_plugin.configuration import LARGEST_PAGE, LARGEST_SELECTION
from omeroweb_omp_plugin.planning import edits
from omeroweb_omp_plugin.planning.arrange import Arrangement
from omeroweb_omp_plugin.planning.existing import CLIENT_NAMESPACE
from omeroweb_omp_plugin.planning.outputs import Outputs
from omeroweb_omp_plugin.services import only_new as leaving_out
from omeroweb_omp_plugin.services import plate_targets
from omeroweb_omp_plugin.services import preview as previewing
from omeroweb_omp_plugin.services.edit_values import edit_images, edit_shown
from omeroweb_omp_plugin.services.job_parameters import Id
from omeroweb_omp_plugin.services.known_values import look_up
from omeroweb_omp_plugin.services.reading import Reading

Name = Annotated[str, Field(min_length=1, max_length=255)]
Value = Annotated[str, Field(max_length=10_000)]
Search = Annotated[str, Field(max_length=255)]
ImageId = Annotated[int, Field(strict=False, ge=1)]


class MakePreview(Body):
    """What a preview shows.

    Attributes:
        selection: the images.
        settings: how their names are read.
        overrides: values for some images.
        after: a preview of the same images, whose values of the user's are kept.
        mode: what happens to the pairs that images have.
        doubled: what happens in the mode `add` to a key that has another value: it is kept, loses
            that value, or has both afterwards.
    """

    selection: Id
    settings: Reading
    after: Id | None = None
    overrides: Annotated[dict[ImageId, dict[Name, Value]], Field(default_factory=dict)]
    mode: Literal["add", "replace_own", "replace_all"] = "replace_own"
    doubled: Literal["keep", "replace", "list"] = "keep"


class TickImages(Body):
    """Which images are written.

    Attributes:
        images: whether each of these is written.
        filter: instead, the images that the table shows.
        search: the text that the table is searched for.
        ticked: whether those of the filter are written.
    """

    images: Annotated[dict[ImageId, bool], Field(default_factory=dict)]
    filter: previewing.Filter | None = None
    search: Search = ""
    ticked: bool = True


class ChangeValues(Body):
    """Values for some images; `null` gives back what the name says."""

    values: dict[ImageId, dict[Name, Value | None]]


class SetValue(Body):
    """All images get a value; an empty one takes the key away."""

    to: Literal["value"]
    value: Value


class FillDown(Body):
    """The first image's value for the others, or only for those without one."""

    to: Literal["first"]
    empty: bool = False


class Replace(Body):
    """A text in the place of another one, in each value or only as a whole value."""

    to: Literal["text"]
    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    by: Value
    whole: bool = False


class SplitUnit(Body):
    """The number stays; the unit goes to a key of its own."""

    to: Literal["unit"]
    unit: Name


class EditImages(Body):
    """One change to the values of a key.

    Attributes:
        images: their ids.
        filter: instead, the images that the table shows.
        search: the text that the table is searched for.
        sort: what the table is sorted by, as in its address.
        order: `asc` or `desc`.
        key: whose values are changed.
        change: what happens to them.
    """

    images: Annotated[tuple[ImageId, ...], Field(max_length=LARGEST_SELECTION)] = ()
    filter: previewing.Filter | None = None
    search: Search = ""
    sort: Annotated[str, Field(max_length=255)] = ""
    order: Literal["asc", "desc"] = "asc"
    key: Name
    change: Annotated[SetValue | FillDown | Replace | SplitUnit, Field(discriminator="to")]

    def edit(self) -> edits.Edit:
        """The change, without its name."""
        match self.change:
            case SetValue(value=value):
                return edits.SetValue(value)
            case FillDown(empty=empty):
                return edits.FillDown(empty)
            case Replace(text=text, by=by, whole=whole):
                return edits.Replace(text, by, whole)
            case SplitUnit(unit=unit):
                return edits.SplitUnit(unit)


@json_view("POST", body=MakePreview)
def make(_request: Any, caller: Caller, body: MakePreview) -> dict[str, Any]:
    """Read all names of a selection.

    Returns:
        preview: {"preview", "selection", "settings": {"mode", "pattern", "names", "groups", …},
        "reading", "constants": [{"key", "value"}, …], "shapes": [{"place", "names", "example",
        "pieces": [{"start", "end", "key", "own"}, …]}, …], "mode", "columns", "mismatching",
        "edited", "skipped", "skippedMisfits", "changed", "lookedUp", "counts": {"added", "changed",
        "renamed", "removed", "tags"}, "doubled", "also", "namespace", "tags", "target", "lists":
        {key: [value]}, "clashes": {key: images}}
    """
    overrides = {image: dict(given) for image, given in body.overrides.items()}
    look_up(caller.conn, caller.user_id, body.selection, body.settings.also)
    plate_targets.look_up(caller.conn, caller.user_id, body.selection, body.settings.target)
    return previewing.as_json(
        previewing.read_again(
            caller.user_id,
            body.selection,
            body.settings.settings,
            overrides,
            body.mode,
            body.after,
            Outputs(
                body.settings.pairs,
                body.doubled,
                body.settings.also,
                body.settings.namespace or CLIENT_NAMESPACE,
                body.settings.tags,
                body.settings.target,
            ),
        )
    )


@json_view("GET")
def show(_request: Any, caller: Caller, preview: UUID) -> dict[str, Any]:
    """What a preview was made from, and what is known of it.

    Returns:
        preview
    """
    return previewing.load(caller.user_id, preview)


@json_view("POST", body=ChangeValues)
def values(_request: Any, caller: Caller, body: ChangeValues, preview: UUID) -> dict[str, Any]:
    """A new preview with other values for some images.

    Returns:
        preview
    """
    return previewing.as_json(previewing.change_values(caller.user_id, preview, body.values))


@json_view("POST", body=EditImages)
def edit(_request: Any, caller: Caller, body: EditImages, preview: UUID) -> dict[str, Any]:
    """A new preview in which one key has other values on many images.

    Returns:
        preview with "changedImages", the number of images with other values
    """
    user, key, change = caller.user_id, body.key, body.edit()
    arrangement = Arrangement(body.search, body.sort, body.order == "desc")
    if body.filter is None:
        made = edit_images(user, preview, body.images, key, change, arrangement)
    else:
        made = edit_shown(user, preview, body.filter, key, change, arrangement)
    return previewing.as_json(made.preview) | {"changedImages": made.images}


@json_view("POST", body=TickImages)
def ticks(_request: Any, caller: Caller, body: TickImages, preview: UUID) -> dict[str, Any]:
    """A new preview in which some images are written or not.

    Returns:
        preview
    """
    if body.filter is None:
        made = previewing.tick_images(caller.user_id, preview, body.images)
    else:
        made = previewing.tick_shown(
            caller.user_id, preview, body.filter, ticked=body.ticked, search=body.search
        )
    return previewing.as_json(made)


@json_view("POST")
def only_new(_request: Any, caller: Caller, preview: UUID) -> dict[str, Any]:
    """A new preview that leaves out the images which were written from this page before.

    Returns:
        preview
    """
    return previewing.as_json(leaving_out.only_new(caller.conn, caller.user_id, preview))


@json_view("GET")
def rows(request: Any, caller: Caller, preview: UUID) -> dict[str, Any]:
    """Some lines of the table.

    `?filter=all|mismatching|changed|skipped&offset=&limit=`; `search=` leaves images with this text
    in their name or in a value; `sort=` sorts by `@image`, `@state` or a key, `order=asc|desc`.

    Returns:
        {"total", "skipped", "rows": [{"id", "name", "place", "written", "state", "reasons",
        "edited", "cells": [{"name", "now", "then", "change", "was"}, …], "tags", "on": {"name",
        "keys"} or null}, …], "lookedUp", "images", "counts": {"added", "changed", "renamed",
        "removed", "tags"}, "clashes": {key: images}}
    """
    which = request.GET.get("filter") or "all"
    if which not in get_args(previewing.Filter):
        raise BadRequest(f"`filter` must be one of {', '.join(get_args(previewing.Filter))}")
    page = previewing.page(
        caller.conn,
        caller.user_id,
        preview,
        cast(previewing.Filter, which),
        number_from_query(request, "offset", 0, LARGEST_SELECTION),
        number_from_query(request, "limit", 200, LARGEST_PAGE),
        Arrangement(
            request.GET.get("search", "")[:255],
            request.GET.get("sort", ""),
            request.GET.get("order") == "desc",
        ),
    )
    return {
        "total": page.total,
        "skipped": page.skipped,
        "rows": page.rows,
        "lookedUp": page.looked_up,
        "images": page.images,
        "counts": asdict(page.counts),
        "clashes": page.clashes,
    }
