"""What is asked and what comes back, the same for all providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

End = Literal["complete", "cut", "declined"]
# A number of tokens as a provider gives it; a larger one is nonsense that no database would take.
Tokens = Annotated[int, Field(ge=0, le=10**12)]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question.

    Attributes:
        system: what the model is to do.
        user: the names and variables, as JSON.
    """

    system: str
    user: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the provider counts and bills them; thinking is part of `output`."""

    input: int = 0
    output: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.input + other.input, self.output + other.output)

    def __sub__(self, other: Usage) -> Usage:
        return Usage(self.input - other.input, self.output - other.output)

    def as_json(self) -> dict[str, int]:
        """As pages get it."""
        return {"input": self.input, "output": self.output}


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's text, why it ends there, and what it cost."""

    text: str
    end: End
    usage: Usage


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a provider.

    Attributes:
        path: below the provider's base address, with its query.
        headers: with the key, so they are not shown when the object is printed.
        body: sent as JSON with POST; without one it is a GET.
    """

    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: Mapping[str, Any] | None = None


class Format(Protocol):
    """How one kind of provider is spoken to. Reading raises `ValueError` for another format."""

    def chat(self, model: str, prompt: Prompt, key: str) -> Call:
        """The request that asks a model."""

    def answer(self, body: bytes) -> Answer:
        """The answer to it."""

    def models(self, key: str) -> Call:
        """The request for the list of models."""

    def model_names(self, body: bytes) -> list[str]:
        """The models that can be asked for text, in the provider's order."""
