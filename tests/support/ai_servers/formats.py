"""What each provider wants to be asked, what it answers, and how it complains.

Written from the providers' own pages, and strict where they are: a newer model of OpenAI takes
neither `max_tokens` nor `temperature`, one of Anthropic no `temperature`, Mistral no field that it
does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, Protocol

KEY: Final = "sk-test-0123456789abcdef"
MODELS: Final = ("small-1", "large-2")
INPUT, OUTPUT = 120, 34
End = Literal["complete", "cut", "declined"]


@dataclass(frozen=True)
class Asked:
    """A question as the server understood it."""

    model: str
    system: str
    user: str


class Odd(Exception):
    """The request is not of the format."""


class Format(Protocol):
    """One provider."""

    base: str
    chat_path: str
    models_path: str

    def key(self, headers: Mapping[str, str]) -> str: ...
    def asked(self, path: str, headers: Mapping[str, str], body: Any) -> Asked: ...
    def answer(self, text: str, end: End) -> Any: ...
    def models(self) -> Any: ...
    def complaint(self, status: int, text: str) -> Any: ...


def _want(true: object, what: str) -> None:
    if not true:
        raise Odd(what)


class OpenAi:
    """https://platform.openai.com/docs/api-reference/chat/create."""

    base = "/v1"
    chat_path = "/v1/chat/completions"
    models_path = "/v1/models"
    allowed = frozenset({"model", "messages", "max_completion_tokens", "response_format"})
    ends: ClassVar[Mapping[End, str]] = {
        "complete": "stop",
        "cut": "length",
        "declined": "content_filter",
    }

    def key(self, headers: Mapping[str, str]) -> str:
        return headers.get("authorization", "").removeprefix("Bearer ")

    def asked(self, path: str, headers: Mapping[str, str], body: Any) -> Asked:
        _want(path == self.chat_path, path)
        _want(set(body) <= self.allowed, f"Unsupported parameter: {set(body) - self.allowed}")
        system, user = body["messages"]
        _want((system["role"], user["role"]) == ("system", "user"), "roles")
        if "response_format" in body:
            _want("JSON" in system["content"], "the word JSON is wanted")
        return Asked(body["model"], system["content"], user["content"])

    def answer(self, text: str, end: End) -> Any:
        message = {"role": "assistant", "content": text, "refusal": None}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "small-1",
            "choices": [{"index": 0, "message": message, "finish_reason": self.ends[end]}],
            "usage": {
                "prompt_tokens": INPUT,
                "completion_tokens": OUTPUT,
                "total_tokens": INPUT + OUTPUT,
            },
        }

    def models(self) -> Any:
        ids = [*MODELS, "text-embedding-3-small", "whisper-1"]
        return {"object": "list", "data": [{"id": each, "object": "model"} for each in ids]}

    def complaint(self, status: int, text: str) -> Any:
        kind = {401: "invalid_request_error", 429: "requests"}.get(status, "server_error")
        code = {401: "invalid_api_key", 429: "rate_limit_exceeded"}.get(status)
        return {"error": {"message": text, "type": kind, "param": None, "code": code}}


class Mistral(OpenAi):
    """https://docs.mistral.ai/api/: close to OpenAI's, with complaints of its own."""

    allowed = frozenset({"model", "messages", "max_tokens", "response_format", "temperature"})
    ends: ClassVar[Mapping[End, str]] = {
        "complete": "stop",
        "cut": "model_length",
        "declined": "content_filter",
    }

    def answer(self, text: str, end: End) -> Any:
        whole = super().answer(text, end)
        # A thinking model answers with parts.
        whole["choices"][0]["message"]["content"] = [
            {"type": "thinking", "thinking": [{"type": "text", "text": "let me see"}]},
            {"type": "text", "text": text},
        ]
        return whole

    def models(self) -> Any:
        rows = [{"id": each, "capabilities": {"completion_chat": True}} for each in MODELS]
        rows.append({"id": "classifier-3", "capabilities": {"completion_chat": False}})
        return {"object": "list", "data": rows}

    def complaint(self, status: int, text: str) -> Any:
        if status == 401:
            return {"detail": "Unauthorized"}
        return {"object": "error", "message": text, "type": "rate_limited", "code": "1300"}


class Compatible(OpenAi):
    """https://docs.ollama.com/openai: a local server, which asks for no key unless it has one."""

    allowed = frozenset({"model", "messages", "temperature"})

    def answer(self, text: str, end: End) -> Any:
        whole = super().answer(f"```json\n{text}\n```" if end == "complete" else text, end)
        del whole["choices"][0]["message"]["refusal"]
        return whole

    def models(self) -> Any:
        return {"object": "list", "data": [{"id": each} for each in MODELS]}

    def complaint(self, status: int, text: str) -> Any:
        return {"error": text}


class Anthropic:
    """https://platform.claude.com/docs/en/api/messages."""

    base = "/v1"
    chat_path = "/v1/messages"
    models_path = "/v1/models"
    ends: ClassVar[Mapping[End, str]] = {
        "complete": "end_turn",
        "cut": "max_tokens",
        "declined": "refusal",
    }

    def key(self, headers: Mapping[str, str]) -> str:
        return headers.get("x-api-key", "")

    def asked(self, path: str, headers: Mapping[str, str], body: Any) -> Asked:
        _want(path == self.chat_path, path)
        _want(headers.get("anthropic-version") == "2023-06-01", "anthropic-version")
        _want(set(body) == {"model", "max_tokens", "system", "messages"}, "fields")
        _want(0 < body["max_tokens"] <= 8192, "max_tokens")
        [message] = body["messages"]
        _want(message["role"] == "user", "role")
        return Asked(body["model"], body["system"], message["content"])

    def answer(self, text: str, end: End) -> Any:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "small-1",
            "content": [{"type": "text", "text": text}],
            "stop_reason": self.ends[end],
            "stop_sequence": None,
            "usage": {"input_tokens": INPUT, "output_tokens": OUTPUT},
        }

    def models(self) -> Any:
        rows = [{"type": "model", "id": each, "display_name": each} for each in MODELS]
        return {"data": rows, "has_more": False, "first_id": "small-1", "last_id": "large-2"}

    def complaint(self, status: int, text: str) -> Any:
        kind = {401: "authentication_error", 429: "rate_limit_error"}.get(status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": text}, "request_id": "req_1"}


class Google:
    """https://ai.google.dev/api/generate-content."""

    base = "/v1beta"
    chat_path = "/v1beta/models/small-1:generateContent"
    models_path = "/v1beta/models"
    ends: ClassVar[Mapping[End, str]] = {
        "complete": "STOP",
        "cut": "MAX_TOKENS",
        "declined": "SAFETY",
    }

    def key(self, headers: Mapping[str, str]) -> str:
        return headers.get("x-goog-api-key", "")

    def asked(self, path: str, headers: Mapping[str, str], body: Any) -> Asked:
        model = path.removeprefix("/v1beta/models/").removesuffix(":generateContent")
        _want(path == f"/v1beta/models/{model}:generateContent", path)
        _want(body["generationConfig"]["responseMimeType"] == "application/json", "mime type")
        [system] = body["systemInstruction"]["parts"]
        [content] = body["contents"]
        [user] = content["parts"]
        return Asked(model, system["text"], user["text"])

    def answer(self, text: str, end: End) -> Any:
        parts = [{"text": "let me see", "thought": True}, {"text": text}]
        return {
            "candidates": [
                {
                    "content": {"parts": parts, "role": "model"},
                    "finishReason": self.ends[end],
                    "index": 0,
                }
            ],
            "usageMetadata": {
                "promptTokenCount": INPUT,
                "candidatesTokenCount": OUTPUT - 4,
                "thoughtsTokenCount": 4,
                "totalTokenCount": INPUT + OUTPUT,
            },
            "modelVersion": "small-1",
        }

    def models(self) -> Any:
        rows = [
            {"name": f"models/{each}", "supportedGenerationMethods": ["generateContent"]}
            for each in MODELS
        ]
        rows.append({"name": "models/text", "supportedGenerationMethods": ["embedContent"]})
        return {"models": rows}

    def complaint(self, status: int, text: str) -> Any:
        details: list[dict[str, Any]] = []
        if status == 400:
            details = [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "API_KEY_INVALID",
                    "domain": "googleapis.com",
                }
            ]
        if status == 429:
            details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37s"}]
        return {"error": {"code": status, "message": text, "status": "SOME", "details": details}}


FORMATS: Final[Mapping[str, Format]] = {
    "openai": OpenAi(),
    "anthropic": Anthropic(),
    "google": Google(),
    "mistral": Mistral(),
    "openai_compatible": Compatible(),
}
