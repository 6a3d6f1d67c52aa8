"""Asking models: first a look at what is sent, then a job."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from omero_plugin_common import jobs
from omero_plugin_common.errors import Conflict
from omero_plugin_common.web import Body, Caller, json_view
from omeroweb_omp_plugin.services import extract_values, suggest_pattern
from omeroweb_omp_plugin.services.ai_question import Prepared, Question, ToStart
from omeroweb_omp_plugin.services.extract_values_jobs import PATTERN, VALUES
from omeroweb_omp_plugin.settings import LARGEST_PAGE, LARGEST_SELECTION
from omeroweb_omp_plugin.store import selections
from omeroweb_omp_plugin.store.ai_jobs import asked_already
from omeroweb_omp_plugin.views.limits import LIMIT, number
from omeroweb_omp_plugin.views.preview import as_json


class ToShow(Body):
    """A question, and which of its prompts is to be shown."""

    question: Question
    batch: Annotated[int, Field(ge=0)] = 0


class ToPutIn(Body):
    """A job that asked a model.

    Attributes:
        job: its id.
        alone: its values are all that these images get; else the pattern's stand beside them.
    """

    job: UUID
    alone: bool = True


@json_view("POST", body=ToShow)
def preview_pattern(_request: Any, caller: Caller, body: ToShow) -> dict[str, Any]:
    """Exactly what would be sent to get a pattern. Nothing is sent."""
    return suggest_pattern.prepare(body.question, caller.user_id).as_json(body.batch)


@json_view("POST", body=ToStart, rate_limit=LIMIT, action=PATTERN)
def start_pattern(request: Any, caller: Caller, body: ToStart) -> dict[str, Any]:
    """Ask for a pattern; `shown` of the preview goes with it."""
    prepared = suggest_pattern.prepare(body.question, caller.user_id)
    return _start(request, caller, PATTERN, prepared, body)


@json_view("POST", body=ToShow)
def preview_values(_request: Any, caller: Caller, body: ToShow) -> dict[str, Any]:
    """Exactly what would be sent to get values, one prompt at a time. Nothing is sent."""
    return extract_values.prepare(body.question, caller.user_id).as_json(body.batch)


@json_view("POST", body=ToStart, rate_limit=LIMIT, action=VALUES)
def start_values(request: Any, caller: Caller, body: ToStart) -> dict[str, Any]:
    """Ask for values; `shown` of the preview goes with it."""
    prepared = extract_values.prepare(body.question, caller.user_id)
    return _start(request, caller, VALUES, prepared, body)


@json_view("GET")
def values(request: Any, caller: Caller, job: UUID) -> dict[str, Any]:
    """`?offset=&limit=`: what a model found."""
    offset = number(request, "offset", 0, LARGEST_SELECTION)
    limit = number(request, "limit", 200, LARGEST_PAGE)
    return extract_values.rows_page(job, caller.user_id, offset, limit)


@json_view("POST", body=ToPutIn)
def put_in(_request: Any, caller: Caller, body: ToPutIn, preview: UUID) -> dict[str, Any]:
    """A new preview with the values that a model found."""
    made = extract_values.put_into_preview(caller.user_id, preview, body.job, alone=body.alone)
    return as_json(made)


def _start(
    request: Any, caller: Caller, kind: str, prepared: Prepared, body: ToStart
) -> dict[str, Any]:
    prepared.check_shown(body.shown, caller.user_id)
    selections.keep_for_a_job(body.question.selection, caller.user_id)
    parameters = body.question.model_dump(mode="json")
    with asked_already(caller.user_id, kind, parameters) as already:
        if already:
            raise Conflict(
                "This question is being asked already: wait for its answer or cancel it",
                code="asked_already",
            )
        return jobs.start(request, kind, parameters).as_json()
