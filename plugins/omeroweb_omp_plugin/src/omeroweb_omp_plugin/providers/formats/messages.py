"""Anthropic's Messages: https://platform.claude.com/docs/en/api/messages.

`temperature` is left out because newer models refuse it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, Field

from omeroweb_omp_plugin.ai.models import Answer, Call, End, Prompt, Tokens, Usage

_VERSION: Final = "2023-06-01"
# Required by the format, and within what every model offered today can say.
_MOST_TOKENS: Final = 8_192
# Of at most 1000; without it 20 are listed.
_MODELS: Final = 1_000
_ENDS: Final[Mapping[str, End]] = {
    "end_turn": "complete",
    "stop_sequence": "complete",
    "max_tokens": "cut",
    "model_context_window_exceeded": "cut",
    "refusal": "declined",
}


class _Block(BaseModel):
    type: str
    text: str = ""


class _Usage(BaseModel):
    input_tokens: Tokens = 0
    output_tokens: Tokens = 0


class _Message(BaseModel):
    content: list[_Block]
    stop_reason: str
    usage: _Usage = _Usage()


class _Model(BaseModel):
    id: str = Field(min_length=1)


class _Models(BaseModel):
    data: list[_Model]


class Messages:
    """Speaks to Anthropic."""

    def chat(self, model: str, prompt: Prompt, key: str) -> Call:
        """The request that asks a model."""
        body = {
            "model": model,
            "max_tokens": _MOST_TOKENS,
            "system": prompt.system,
            "messages": [{"role": "user", "content": prompt.user}],
        }
        return Call("messages", _headers(key), body)

    def answer(self, body: bytes) -> Answer:
        """The answer to it.

        Raises:
            ValueError: it has another format, or ends for a reason that makes no sense here.
        """
        message = _Message.model_validate_json(body)
        if message.stop_reason not in _ENDS:
            raise ValueError("an unexpected stop_reason")
        text = "".join(block.text for block in message.content if block.type == "text")
        usage = Usage(message.usage.input_tokens, message.usage.output_tokens)
        return Answer(text, _ENDS[message.stop_reason], usage)

    def models(self, key: str) -> Call:
        """The request for the list of models."""
        return Call(f"models?limit={_MODELS}", _headers(key))

    def model_names(self, body: bytes) -> list[str]:
        """The models, the newest first.

        Raises:
            ValueError: the answer has another format.
        """
        return [model.id for model in _Models.model_validate_json(body).data]


def _headers(key: str) -> dict[str, str]:
    return {"x-api-key": key, "anthropic-version": _VERSION}
