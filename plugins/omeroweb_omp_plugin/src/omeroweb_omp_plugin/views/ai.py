"""Asking models: first a look at what is sent, then a job."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from omero_plugin_common.body import Body
from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.web import Caller, json_view
from omeroweb_omp_plugin.configuration import LARGEST_PAGE, LARGEST_SELECTION
from omeroweb_omp_plugin.services import ai_question, extract_values, suggest_pattern
from omeroweb_omp_plugin.services.ai_question import PATTERN, VALUES, Question, StartQuestion
from omeroweb_omp_plugin.services.preview import as_json
from omeroweb_omp_plugin.views.limits import LIMIT


class ShowQuestion(Body):
    """A question, and which of its prompts is to be shown."""

    question: Question
    batch: Annotated[int, Field(ge=0)] = 0


class UseValues(Body):
    """A job that asked a model.

    Attributes:
        job: its id.
        alone: its values are all that these images get; else the pattern's stand beside them.
    """

    job: UUID
    alone: bool = True


@json_view("POST", body=ShowQuestion)
def preview_pattern(_request: Any, caller: Caller, body: ShowQuestion) -> dict[str, Any]:
    """Exactly what would be sent to get a pattern. Nothing is sent.

    Returns:
        {"provider", "host", "model", "names", "batches", "readAlready", "batch": {"number",
        "names", "system", "user"}, "characters", "shown"}
    """
    return suggest_pattern.prepare(body.question, caller.user_id).as_json(body.batch)


@json_view("POST", body=StartQuestion, rate_limit=LIMIT, action=PATTERN)
def start_pattern(request: Any, caller: Caller, body: StartQuestion) -> dict[str, Any]:
    """Ask for a pattern; `shown` of the preview goes with it.

    Returns:
        job; its result is {"pattern", "variables", "names", "matched", "unmatched", "usage"}
    """
    prepared = suggest_pattern.prepare(body.question, caller.user_id)
    return ai_question.start(request, PATTERN, prepared, body).as_json()


@json_view("POST", body=ShowQuestion)
def preview_values(_request: Any, caller: Caller, body: ShowQuestion) -> dict[str, Any]:
    """Exactly what would be sent to get values, one prompt at a time. Nothing is sent.

    Names that the same model has read for the same keys are not sent again: `readAlready` counts
    them; `batch` is null when that is all of them.

    Returns:
        as for a pattern
    """
    question = extract_values.with_known(body.question, caller.user_id)
    known = extract_values.known_rows(question, caller.user_id)
    return extract_values.prepare(question, caller.user_id, known).as_json(body.batch)


@json_view("POST", body=StartQuestion, rate_limit=LIMIT, action=VALUES)
def start_values(request: Any, caller: Caller, body: StartQuestion) -> dict[str, Any]:
    """Ask for values; `shown` of the preview goes with it.

    Returns:
        job; its result is {"names", "refused", "usage"}
    """
    question = extract_values.with_known(body.question, caller.user_id)
    known = extract_values.known_rows(question, caller.user_id)
    prepared = extract_values.prepare(question, caller.user_id, known)
    wanted = body.model_copy(update={"question": question})
    return ai_question.start(request, VALUES, prepared, wanted).as_json()


@json_view("GET")
def values(request: Any, caller: Caller, job: UUID) -> dict[str, Any]:
    """What a model found: `?limit=` rows from `?offset=` on.

    Returns:
        {"total", "refused", "usage", "rows": [{"name", "values", "problem"}, …]}
    """
    offset = number_from_query(request, "offset", 0, LARGEST_SELECTION)
    limit = number_from_query(request, "limit", 200, LARGEST_PAGE)
    return extract_values.rows_page(job, caller.user_id, offset, limit)


@json_view("POST", body=UseValues)
def use_values(_request: Any, caller: Caller, body: UseValues, preview: UUID) -> dict[str, Any]:
    """A new preview with the values that a model found.

    Returns:
        preview
    """
    return as_json(
        extract_values.put_into_preview(caller.user_id, preview, body.job, alone=body.alone)
    )
