"""The formats of the providers, and the addresses of the public ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from omeroweb_omp_plugin.ai.models import Format
from omeroweb_omp_plugin.providers.formats.chat_completions import ChatCompletions
from omeroweb_omp_plugin.providers.formats.generate_content import GenerateContent
from omeroweb_omp_plugin.providers.formats.messages import Messages

Kind = Literal["openai", "anthropic", "google", "mistral", "openai_compatible"]

# Nobody can change these: a key goes to the company that gave it.
HOSTS: Final[Mapping[str, str]] = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com/v1",
    "google": "https://generativelanguage.googleapis.com/v1beta",
    "mistral": "https://api.mistral.ai/v1",
}
FORMATS: Final[Mapping[str, Format]] = {
    "openai": ChatCompletions(
        limit={"max_completion_tokens": 16_384}, more={"response_format": {"type": "json_object"}}
    ),
    "anthropic": Messages(),
    "google": GenerateContent(),
    "mistral": ChatCompletions(
        limit={"max_tokens": 8_192},
        more={"response_format": {"type": "json_object"}, "temperature": 0},
    ),
    # Local servers differ in what else they know, and their models in how much they can say.
    "openai_compatible": ChatCompletions(limit={}, more={"temperature": 0}),
}

__all__ = ["FORMATS", "HOSTS", "Kind"]
