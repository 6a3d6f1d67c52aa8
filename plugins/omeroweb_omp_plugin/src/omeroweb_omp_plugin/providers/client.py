"""A provider as the services use it: questions in, answers or errors for people out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from omeroweb_omp_plugin.ai.errors import (
    AiError,
    Away,
    Busy,
    Declined,
    KeyRefused,
    Malformed,
    ModelUnknown,
    NoCredit,
    Redirected,
    Refused,
)
from omeroweb_omp_plugin.ai.models import Answer, Call, Format, Prompt
from omeroweb_omp_plugin.providers.complaints import Complaint, read_complaint
from omeroweb_omp_plugin.providers.transport import Reply, nobody_watches, send

CHAT_SECONDS: Final = 120.0
LIST_SECONDS: Final = 15.0
# Words of refusals: OpenAI's, and Google's, which answers 400 to a wrong key.
_NO_CREDIT: Final = frozenset({"insufficient_quota", "billing_error"})
_WRONG_KEY: Final = frozenset({"API_KEY_INVALID"})


class AiClient:
    """One provider, with one user's key.

    Args:
        name: what users call the provider.
        form: its format.
        base: its address.
        key: the user's; empty for a server that wants none.
        seconds: for one answer.
    """

    def __init__(
        self, name: str, form: Format, base: str, key: str, *, seconds: float = CHAT_SECONDS
    ) -> None:
        self.name = name
        self._format = form
        self._base = base
        self._key = key
        self._seconds = seconds

    def chat(
        self, model: str, prompt: Prompt, watch: Callable[[], None] = nobody_watches
    ) -> Answer:
        """Ask a model; the answer may be cut.

        Args:
            model: its name at the provider.
            prompt: the question.
            watch: called while waiting; what it raises ends the request.

        Raises:
            AiError: no answer, with the reason and what to do.
        """
        call = self._format.chat(model, prompt, self._key)
        reply = self._send(call, model, self._seconds, watch)
        try:
            answer = self._format.answer(reply.body)
        except ValueError:
            raise self._malformed() from None
        if answer.end == "declined":
            raise Declined(f"{self.name} declined to answer: choose another model")
        return answer

    def models(self) -> list[str]:
        """The models that can be asked, in the provider's order. Shows that the key works.

        Raises:
            AiError: no list, with the reason and what to do.
        """
        reply = self._send(self._format.models(self._key), "", LIST_SECONDS, nobody_watches)
        try:
            return list(dict.fromkeys(self._format.model_names(reply.body)))
        except ValueError:
            raise self._malformed() from None

    def _send(self, call: Call, model: str, seconds: float, watch: Callable[[], None]) -> Reply:
        reply = send(self._base, call, name=self.name, seconds=seconds, watch=watch)
        if reply.status != 200:
            raise self._refusal(reply, model)
        return reply

    def _malformed(self) -> Malformed:
        return Malformed(
            f"{self.name} sent an answer in an unexpected format: try again, or tell your "
            "administrator"
        )

    def _refusal(self, reply: Reply, model: str) -> AiError:
        """Why there is no answer. Sources: the error pages of the four public providers."""
        complaint = read_complaint(reply.body, reply.headers, secret=self._key)
        match reply.status:
            case _ if complaint.words & _NO_CREDIT:
                return NoCredit(
                    f"Your account at {self.name} has no credit left: check its billing page"
                )
            # What is said about a key may hold a part of it, so it is not repeated.
            case 401 | 403:
                return self._key_refused()
            case 400 if complaint.words & _WRONG_KEY:
                return self._key_refused()
            case 402:
                return NoCredit(f"{self.name} requires a payment: check your account there")
            case 404 if model:
                return ModelUnknown(f"{self.name} has no model {model!r}: choose another one")
            case 408 | 429:
                return self._busy(complaint)
            case status if 300 <= status < 400:
                return Redirected(
                    f"{self.name} redirects to another address. The redirect is not followed, so "
                    "that your key is not sent there. Tell your administrator"
                )
            case status if status >= 500:
                return Away(
                    f"{self.name} has an internal error ({status}). Try again later",
                    retry_after=complaint.delay,
                )
            case status:
                return Refused(
                    f"{self.name} rejected the question ({status})"
                    + (f": {complaint.text}" if complaint.text else "")
                )

    def _key_refused(self) -> KeyRefused:
        return KeyRefused(
            f"{self.name} does not accept the key, or does not allow this with it: check it at "
            f"{self.name} and "
            "save it again"
        )

    def _busy(self, complaint: Complaint) -> Busy:
        when = "in a minute" if complaint.delay is None else f"in {complaint.delay:.0f} seconds"
        return Busy(
            f"{self.name} received too many questions with your key. Try again {when}",
            retry_after=complaint.delay,
        )
