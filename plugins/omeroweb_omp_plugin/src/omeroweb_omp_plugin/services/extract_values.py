"""A model reads values off names, batch by batch, and every value is checked against its name."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from omero_plugin_common.errors import BadRequest, NotFound
from omeroweb_omp_plugin.ai.answers import Row, Unusable, read_values
from omeroweb_omp_plugin.ai.errors import AiError, Cut, Malformed
from omeroweb_omp_plugin.ai.models import Answer, Usage
from omeroweb_omp_plugin.ai.prompts import batches, values_prompt
from omeroweb_omp_plugin.providers.client import AiClient
from omeroweb_omp_plugin.services.ai_question import (
    MOST_NAMES,
    VALUES,
    Prepared,
    Question,
    names_of,
    provider_of,
)
from omeroweb_omp_plugin.services.preview import change_values
from omeroweb_omp_plugin.store import ai_values as store
from omeroweb_omp_plugin.store import previews, selections
from omeroweb_omp_plugin.store.previews import Preview
from omeroweb_omp_plugin.store.selections import Image

# A model that was unlucky once may do better; one that was twice will not.
_TRIES: Final = 2
# An answer that was cut is asked for in halves: 50 names, 25, 12.
_HALVINGS: Final = 2
# How often a provider that is busy or away is asked again, and how long is waited for it.
_PATIENCE: Final = 5
_FIRST_WAIT_SECONDS: Final = 5.0
_LONGEST_WAIT_SECONDS: Final = 120.0


def with_known(question: Question, user_id: int) -> Question:
    """A question that says which jobs have answers already, so that nobody pays for them again.

    Raises:
        NotFound, BadRequest: see `names_of`.
    """
    names, jobs = set(names_of(question, user_id)), dict[UUID, None]()
    asked = question.model_dump(mode="json")
    for job, row in store.asked_alike(user_id, VALUES, asked):
        if row.name in names and not row.problem:
            names.discard(row.name)
            jobs[job] = None
    return question.model_copy(update={"known": tuple(jobs)})


def known_rows(question: Question, user_id: int) -> list[Row]:
    """What the known jobs of a question found in its names: each name once.

    Rows that had to be refused are not among them: their names are asked again.
    """
    names, rows = set(names_of(question, user_id)), dict[str, Row]()
    for job in question.known:
        for row in store.of_user(job, user_id):
            if row.name in names and not row.problem:
                rows.setdefault(row.name, row)
    return list(rows.values())


def prepare(question: Question, user_id: int, known: Iterable[Row]) -> Prepared:
    """What would be asked: one prompt for each batch of names.

    Args:
        question: the question.
        user_id: who asks.
        known: what is read already.

    Raises:
        BadRequest: no variables, no images or too many names.
        NotFound, AiError: see `names_of` and `provider_of`.
    """
    if not question.variables:
        raise BadRequest("Name the keys to look for")
    chosen = provider_of(question)
    every = names_of(question, user_id)
    read = {row.name for row in known}
    groups = batches([name for name in every if name not in read])
    names = sum(map(len, groups))
    if names > MOST_NAMES:
        raise BadRequest(
            f"A model reads {MOST_NAMES} different names at most; these images have {names}. "
            "Choose fewer "
            "images, or let the model suggest a pattern"
        )
    prompts = [values_prompt(group, question.variables) for group in groups]
    return Prepared(chosen, question.model, names, groups, prompts, len(read))


class Reader:
    """Asks one model for the values in batches of names.

    Args:
        client: the provider.
        model: which of its models.
        variables: the keys that are looked for.
        watch: called while a request is under way; what it raises ends it.
        wait: waits some seconds; what it raises ends the waiting.
    """

    def __init__(
        self,
        client: AiClient,
        model: str,
        variables: Sequence[str],
        *,
        watch: Callable[[], None],
        wait: Callable[[float], None],
    ) -> None:
        self._client = client
        self._model = model
        self._variables = variables
        self._watch = watch
        self._wait = wait
        self.usage = Usage()

    def read(self, names: Sequence[str]) -> list[Row]:
        """One row for each name, in their order; `usage` grows by what it cost.

        Raises:
            AiError: no usable answer, also after patience, a second try and smaller batches.
        """
        return self._read(names, _HALVINGS)

    def _read(self, names: Sequence[str], halvings: int) -> list[Row]:
        problem = ""
        for _ in range(_TRIES):
            answer = self._patiently(names)
            if answer.end == "cut":
                if halvings and len(names) > 1:
                    middle = len(names) // 2
                    rest = halvings - 1
                    return self._read(names[:middle], rest) + self._read(names[middle:], rest)
                raise Cut(
                    f"The answers of {self._client.name} are cut off, even for {len(names)} names: "
                    "choose a model that can return longer answers"
                )
            try:
                return read_values(answer.text, names, self._variables)
            except Unusable as unusable:
                problem = str(unusable)
        raise Malformed(f"The answer of {self._client.name} {problem}, twice: choose another model")

    def _patiently(self, names: Sequence[str]) -> Answer:
        prompt = values_prompt(names, self._variables)
        pause = _FIRST_WAIT_SECONDS
        for attempt in itertools.count(1):
            try:
                answer = self._client.chat(self._model, prompt, self._watch)
                break
            except AiError as error:
                seconds = pause if error.retry_after is None else float(error.retry_after)
                if not error.passes or attempt == _PATIENCE or seconds > _LONGEST_WAIT_SECONDS:
                    raise
            self._wait(seconds)
            pause *= 2
        self.usage += answer.usage
        return answer


def put_into_preview(user_id: int, preview: UUID, job: UUID, *, alone: bool) -> Preview:
    """A new preview with the values that a model found.

    Names whose rows were refused keep what the pattern says of them. What the user typed stays.

    Args:
        user_id: whose preview and job.
        preview: the one to start from.
        job: that asked the model.
        alone: the model's values are all that these images get; else the pattern's stand beside
            them.

    Raises:
        NotFound: there is no such preview of this user, or the job found nothing.
    """
    earlier = previews.load(preview, user_id)
    images = selections.load(earlier.selection, user_id).images
    read = overrides(job, user_id, images)
    if not read:
        raise NotFound("The model found no values for these images")
    emptied = dict.fromkeys(earlier.columns, "") if alone else {}
    typed = _typed(user_id, earlier.overrides, images)
    values = {image: {**emptied, **given, **typed.get(image, {})} for image, given in read.items()}
    return change_values(user_id, preview, values)


def _typed(
    user_id: int, given: Mapping[int, Mapping[str, str]], images: Iterable[Image]
) -> dict[int, dict[str, str]]:
    """The values of a preview that the user typed: all that no model ever found in the name."""
    if not given:
        return {}
    names = {image.id: image.name for image in images if image.id in given}
    found: dict[str, dict[str, set[str]]] = {}
    for row in store.of_names(user_id, set(names.values())):
        for key, value in row.values.items():
            found.setdefault(row.name, {}).setdefault(key, set()).add(value)
    return {image: typed_values(given[image], found.get(name, {})) for image, name in names.items()}


def typed_values(given: Mapping[str, str], found: Mapping[str, Collection[str]]) -> dict[str, str]:
    """The values of an image that the user typed.

    Args:
        given: by key, whoever gave them; an empty one removes what the pattern says.
        found: what models found in the name, by key.
    """
    by_model = any(value in found.get(key, ()) for key, value in given.items())
    return {
        key: value
        for key, value in given.items()
        # With a model's values come empty ones, for the keys that it was not asked for.
        if (value not in found.get(key, ()) if value else key in found or not by_model)
    }


def overrides(job: UUID, user_id: int, images: Iterable[Image]) -> dict[int, dict[str, str]]:
    """What a model found, by image: for a preview and for the job that writes it.

    Args:
        job: that asked the model, of this user.
        user_id: who asks.
        images: of the same selection.
    """
    by_name = {row.name: row.values for row in store.of_user(job, user_id) if row.values}
    return {image.id: by_name[image.name] for image in images if image.name in by_name}


def rows_page(job: UUID, user_id: int, offset: int, limit: int) -> dict[str, Any]:
    """A page of what a model found, and how many rows had to be refused.

    Args:
        job: that asked the model.
        user_id: who asks; nothing is found in others' jobs.
        offset: rows before the first.
        limit: rows at most.
    """
    rows = list(store.of_user(job, user_id))
    _, usage = store.done(job) if rows else (None, Usage())
    return {
        "total": len(rows),
        "refused": sum(bool(row.problem) for row in rows),
        "usage": usage.as_json(),
        "rows": [
            {"name": row.name, "values": row.values, "problem": row.problem or None}
            for row in rows[offset : offset + limit]
        ],
    }
