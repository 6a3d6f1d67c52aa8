"""The format that OpenAI introduced and Mistral, Ollama, vLLM, llama.cpp and others speak.

https://platform.openai.com/docs/api-reference/chat and https://docs.mistral.ai/api/. They differ in
the name of the limit (`max_completion_tokens` is refused by Ollama, `max_tokens` by OpenAI's newer
models, which take no `temperature` either), in `finish_reason` (Mistral has `model_length`), and
Mistral's thinking models give `content` as a list of parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, Field

from omeroweb_omp_plugin.ai.models import Answer, Call, End, Prompt, Tokens, Usage

_ENDS: Final[Mapping[str, End]] = {
    "length": "cut",
    "model_length": "cut",
    "content_filter": "declined",
}
# OpenAI lists everything that it has and does not say what it is for.
_NOT_FOR_TEXT: Final = (
    "audio", "dall-e", "embed", "image", "moderation", "ocr", "realtime", "sora", "transcribe",
    "tts", "whisper",
)  # fmt: skip


class _Part(BaseModel):
    type: str
    text: str = ""


class _Message(BaseModel):
    content: str | list[_Part] | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: Tokens = 0
    completion_tokens: Tokens = 0


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


class _Capabilities(BaseModel):
    completion_chat: bool = True


class _Model(BaseModel):
    id: str = Field(min_length=1)
    capabilities: _Capabilities = _Capabilities()


class _Models(BaseModel):
    data: list[_Model]


class ChatCompletions:
    """Speaks to one of them.

    Args:
        limit: the field that bounds the answer, in tokens.
        more: other fields that this provider wants.
    """

    def __init__(self, *, limit: Mapping[str, int], more: Mapping[str, Any]) -> None:
        self._fields = {**limit, **more}

    def chat(self, model: str, prompt: Prompt, key: str) -> Call:
        """The request that asks a model."""
        messages = [
            {"role": "system", "content": prompt.system},
            {"role": "user", "content": prompt.user},
        ]
        body = {"model": model, "messages": messages, **self._fields}
        return Call("chat/completions", _headers(key), body)

    def answer(self, body: bytes) -> Answer:
        """The answer to it.

        Raises:
            ValueError: it has another format.
        """
        completion = _Completion.model_validate_json(body)
        choice, usage = completion.choices[0], completion.usage or _Usage()
        content = choice.message.content or ""
        if isinstance(content, list):
            content = "".join(part.text for part in content if part.type == "text")
        end = "declined" if choice.message.refusal else _ENDS.get(choice.finish_reason or "")
        return Answer(
            content, end or "complete", Usage(usage.prompt_tokens, usage.completion_tokens)
        )

    def models(self, key: str) -> Call:
        """The request for the list of models."""
        return Call("models", _headers(key))

    def model_names(self, body: bytes) -> list[str]:
        """The models that can be asked for text.

        Raises:
            ValueError: the answer has another format.
        """
        return [
            model.id
            for model in _Models.model_validate_json(body).data
            if model.capabilities.completion_chat
            and not any(word in model.id for word in _NOT_FOR_TEXT)
        ]


def _headers(key: str) -> dict[str, str]:
    """A local server often wants no key."""
    return {"Authorization": f"Bearer {key}"} if key else {}
