from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_servers.formats import FORMATS
from omeroweb_omp_plugin.ai.models import Answer, Prompt
from omeroweb_omp_plugin.providers import formats

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
_WORDS = st.sampled_from(
    ["choices", "message", "content", "usage", "stop_reason", "candidates", "parts", "text", "data",
     "models", "id", "name", "finishReason", "usageMetadata", "promptTokenCount", "prompt_tokens"]
)  # fmt: skip
_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("kind", sorted(formats.FORMATS))
@given(value=_JSON)
def test_whatever_a_provider_sends_is_an_answer_or_another_format(kind: str, value: object) -> None:
    body = json.dumps(value).encode()
    for read in (formats.FORMATS[kind].answer, formats.FORMATS[kind].model_names):
        try:
            found = read(body)
        except ValueError:
            continue
        assert isinstance(found, Answer | list)


@pytest.mark.parametrize("kind", sorted(formats.FORMATS))
def test_a_nonsensical_number_of_tokens_is_another_format(kind: str) -> None:
    good = json.dumps(FORMATS[kind].answer("{}", "complete"))
    assert formats.FORMATS[kind].answer(good.encode()).text.strip("`json\n") == "{}"
    for nonsense in ("-1", "1e30", '"many"'):
        with pytest.raises(ValueError, match="oken"):
            formats.FORMATS[kind].answer(good.replace(" 120", f" {nonsense}").encode())


@pytest.mark.parametrize("kind", sorted(formats.FORMATS))
def test_a_printed_request_holds_no_key(kind: str) -> None:
    key = "sk-secret"
    for call in (
        formats.FORMATS[kind].chat("m", Prompt("s", "u"), key),
        formats.FORMATS[kind].models(key),
    ):
        assert key not in repr(call)
        assert key in str(call.headers)
        assert key not in call.path
