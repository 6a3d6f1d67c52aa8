"""What a provider says when it refuses: each has a form of its own.

OpenAI `{"error": {"message", "type", "code"}}`, Anthropic `{"type": "error", "error": {"type",
"message"}}`, Google `{"error": {"message", "status", "details": [{"reason"}, {"retryDelay"}]}}`
(sometimes in a list), Mistral `{"object": "error", "message", "type"}` or `{"detail"}`, Ollama
`{"error": "text"}`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

_LONGEST: Final = 300
_DELAY: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s")


@dataclass(frozen=True, slots=True)
class Complaint:
    """A refusal.

    Attributes:
        text: what the provider says, in one line; empty when it says nothing.
        words: its codes, types and reasons.
        delay: seconds after which to try again; nothing when it does not say.
    """

    text: str
    words: frozenset[str]
    delay: float | None


def read_complaint(body: bytes, headers: Mapping[str, str], *, secret: str) -> Complaint:
    """Read a refusal, whatever its form.

    Args:
        body: of the answer.
        headers: of the answer.
        secret: the user's key, which some providers repeat; it is taken out of the text.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, list):
        content = content[0] if content else None
    outer = content if isinstance(content, dict) else {}
    inner = outer.get("error")
    error = inner if isinstance(inner, dict) else outer
    said = [inner, error.get("message"), outer.get("message"), outer.get("detail")]
    text = next((each for each in said if isinstance(each, str)), "")
    # One line; and some of what cannot be printed cannot be stored either.
    text = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    if secret:
        text = text.replace(secret, "…")
    details = list(_details(error))
    words = {
        each
        for each in (
            *(error.get(name) for name in ("type", "code", "status")),
            *(detail.get("reason") for detail in details),
        )
        if isinstance(each, str)
    }
    delay = _retry_after(headers.get("retry-after", ""))
    if delay is None:
        delay = next(
            (
                float(match[1])
                for detail in details
                if (match := _DELAY.fullmatch(str(detail.get("retryDelay", ""))))
            ),
            None,
        )
    return Complaint(text[:_LONGEST], frozenset(words), delay)


def _details(error: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    content = error.get("details")
    if isinstance(content, list):
        yield from (each for each in content if isinstance(each, dict))


def _retry_after(text: str) -> float | None:
    """Seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3."""
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
