"""What is sent to a provider, shown before it is sent.

A preview carries a mark of everything that will be sent and to whom; a job is started with that
mark, and refused when it is not the mark of what the job would send.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from omero_plugin_common import jobs
from omero_plugin_common.body import Body
from omero_plugin_common.errors import BadRequest, Conflict
from omero_plugin_common.jobs import Job
from omeroweb_omp_plugin.ai.models import Prompt
from omeroweb_omp_plugin.ai.prompts import digest
from omeroweb_omp_plugin.providers.configured import ModelName, Provider, ProviderName, provider
from omeroweb_omp_plugin.services import job_words
from omeroweb_omp_plugin.services.credentials import client_of
from omeroweb_omp_plugin.services.variable_sets import MOST_VARIABLES, VariableName
from omeroweb_omp_plugin.store import selections
from omeroweb_omp_plugin.store.ai_jobs import asked_already

# Kinds of jobs.
PATTERN: Final = "omp.ai_pattern"
VALUES: Final = "omp.ai_values"
# A question per 50 names: many more would run, and cost, for hours.
MOST_NAMES: Final = 20_000


# As JSON it is text.
JobId = Annotated[UUID, Field(strict=False)]


class Question(Body):
    """Whom to ask about which images.

    Attributes:
        selection: the images.
        provider: one of the site's.
        model: one of the provider's.
        variables: what is looked for.
        known: jobs that asked the same model for the same before. What they found is taken over;
            the server says which.
    """

    selection: UUID
    provider: ProviderName
    model: ModelName
    variables: Annotated[tuple[VariableName, ...], Field(max_length=MOST_VARIABLES)] = ()
    known: Annotated[tuple[JobId, ...], Field(max_length=1000)] = ()


class StartQuestion(Body):
    """A question, with the mark of what was shown."""

    question: Question
    shown: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question in full.

    Attributes:
        provider: who gets it.
        model: which of its models.
        names: those that are sent, each once.
        batches: the names of each prompt.
        prompts: exactly what is sent, one after the other.
        known: how many other names are read already, so that they are not sent again.
    """

    provider: Provider
    model: str
    names: int
    batches: Sequence[tuple[str, ...]]
    prompts: Sequence[Prompt]
    known: int = 0

    @property
    def mark(self) -> str:
        """Of everything that is sent, and to whom."""
        return digest(f"{self.provider.name} {self.provider.address}", self.model, self.prompts)

    def as_json(self, batch: int) -> dict[str, Any]:
        """What the page shows: one prompt in full (none when all is known), and how many there are.

        Raises:
            BadRequest: there is no such prompt.
        """
        if batch >= len(self.prompts) and (batch or not self.known):
            raise BadRequest(f"There are {len(self.prompts)} prompts, counted from 0")
        return {
            "provider": self.provider.name,
            "host": self.provider.host,
            "model": self.model,
            "names": self.names,
            "batches": len(self.prompts),
            "readAlready": self.known,
            "batch": self._batch(batch) if self.prompts else None,
            "characters": sum(len(each.system) + len(each.user) for each in self.prompts),
            "shown": self.mark,
        }

    def _batch(self, number: int) -> dict[str, Any]:
        prompt = self.prompts[number]
        return {
            "number": number,
            "names": self.batches[number],
            "system": prompt.system,
            "user": prompt.user,
        }

    def check_shown(self, mark: str, user_id: int) -> None:
        """Let only what was shown be sent, and only with a key.

        Raises:
            Conflict: `not_shown`.
            KeyMissing: the user has stored no key for the provider.
        """
        if not hmac.compare_digest(mark, self.mark):
            raise Conflict(
                "What would be sent is not what you were shown: look at it again", code="not_shown"
            )
        client_of(user_id, self.provider)


def names_of(question: Question, user_id: int) -> list[str]:
    """The names of a selection.

    Raises:
        NotFound: there is no such selection of this user.
        BadRequest: it is empty.
    """
    names = [image.name for image in selections.load(question.selection, user_id).images]
    if not names:
        raise BadRequest("The selection is empty: choose images first")
    return names


def provider_of(question: Question) -> Provider:
    """The provider, which has to allow the model.

    Raises:
        AiOff, ModelUnknown: the site does not have the one or does not allow the other.
    """
    chosen = provider(question.provider)
    chosen.check_model(question.model)
    return chosen


def start(request: Any, kind: str, prepared: Prepared, wanted: StartQuestion) -> Job:
    """Start the job that asks, provided that the user has seen what is sent.

    Args:
        request: of a `json_view`.
        kind: `PATTERN` or `VALUES`.
        prepared: what the job would send.
        wanted: the question, with the mark of what was shown.

    Raises:
        Conflict: `not_shown`; or `asked_already`, when a job asks the same now.
        KeyMissing: the user has stored no key for the provider.
        NotFound: there is no such selection of this user.
    """
    user_id = request.omero_caller.user_id
    prepared.check_shown(wanted.shown, user_id)
    selections.keep_for_a_job(wanted.question.selection, user_id)
    selection = selections.load(wanted.question.selection, user_id)
    names = prepared.names + prepared.known
    about = job_words.about(request.omero_caller.conn, selection, names, "name")
    parameters = wanted.question.model_dump(mode="json")
    with asked_already(user_id, kind, parameters) as already:
        if already:
            raise Conflict(
                "This question is being asked already: wait for its answer or cancel it",
                code="asked_already",
            )
        return jobs.start(request, kind, parameters, about=about)
