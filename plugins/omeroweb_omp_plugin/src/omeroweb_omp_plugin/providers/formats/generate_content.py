"""Google's Gemini: https://ai.google.dev/api/generate-content.

The key goes into a header: addresses are written to logs.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from omeroweb_omp_plugin.ai.models import Answer, Call, End, Prompt, Tokens, Usage

# Thinking counts as well.
_MOST_TOKENS: Final = 16_384
_MODELS: Final = 1_000
_METHOD: Final = "generateContent"
_PREFIX: Final = "models/"
_OWN_REASONS: Final[dict[str, End]] = {"STOP": "complete", "MAX_TOKENS": "cut"}


class _Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Part(_Camel):
    text: str = ""
    thought: bool = False


class _Content(_Camel):
    # Absent when all tokens went into thinking.
    parts: list[_Part] = []


class _Candidate(_Camel):
    content: _Content = _Content()
    finish_reason: str


class _Feedback(_Camel):
    block_reason: str | None = None


class _UsageMetadata(_Camel):
    prompt_token_count: Tokens = 0
    candidates_token_count: Tokens = 0
    thoughts_token_count: Tokens = 0


class _Response(_Camel):
    candidates: list[_Candidate] = []
    prompt_feedback: _Feedback = _Feedback()
    usage_metadata: _UsageMetadata = _UsageMetadata()


class _Model(_Camel):
    name: str
    supported_generation_methods: list[str] = []


class _Models(_Camel):
    models: list[_Model]


class GenerateContent:
    """Speaks to Gemini."""

    def chat(self, model: str, prompt: Prompt, key: str) -> Call:
        """The request that asks a model."""
        body = {
            "systemInstruction": {"parts": [{"text": prompt.system}]},
            "contents": [{"role": "user", "parts": [{"text": prompt.user}]}],
            "generationConfig": {
                "responseMimeType": "application/json",
                "maxOutputTokens": _MOST_TOKENS,
            },
        }
        return Call(f"{_PREFIX}{quote(model, safe='')}:{_METHOD}", _headers(key), body)

    def answer(self, body: bytes) -> Answer:
        """The answer to it.

        Raises:
            ValueError: it has another format.
        """
        response = _Response.model_validate_json(body)
        counted = response.usage_metadata
        usage = Usage(
            counted.prompt_token_count,
            counted.candidates_token_count + counted.thoughts_token_count,
        )
        if not response.candidates:
            if response.prompt_feedback.block_reason is None:
                raise ValueError("neither a candidate nor a reason why there is none")
            return Answer("", "declined", usage)
        candidate = response.candidates[0]
        text = "".join(part.text for part in candidate.content.parts if not part.thought)
        # Every other reason is one of its filters.
        return Answer(text, _OWN_REASONS.get(candidate.finish_reason, "declined"), usage)

    def models(self, key: str) -> Call:
        """The request for the list of models."""
        return Call(f"models?pageSize={_MODELS}", _headers(key))

    def model_names(self, body: bytes) -> list[str]:
        """The models that answer with text.

        Raises:
            ValueError: the answer has another format.
        """
        return [
            model.name.removeprefix(_PREFIX)
            for model in _Models.model_validate_json(body).models
            if _METHOD in model.supported_generation_methods
        ]


def _headers(key: str) -> dict[str, str]:
    return {"x-goog-api-key": key}
