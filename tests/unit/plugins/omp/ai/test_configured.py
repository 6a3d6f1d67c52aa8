from __future__ import annotations

import json
from typing import Any

import pytest

from omero_plugin_common.env_utils import InvalidValue
from omeroweb_omp_plugin.ai.errors import AiOff, KeyMissing, ModelUnknown
from omeroweb_omp_plugin.providers.configured import VARIABLE, provider, providers

LOCAL = {
    "name": "Lab",
    "kind": "openai_compatible",
    "baseUrl": "http://ollama.lab:11434/v1",
    "models": ["qwen3:8b"],
}


def _source(*rows: Any) -> dict[str, str]:
    return {VARIABLE: json.dumps(rows)}


def test_without_a_list_ai_is_off() -> None:
    assert providers({}) == {}
    assert providers({VARIABLE: "  "}) == {}
    assert providers(_source()) == {}
    with pytest.raises(AiOff):
        provider("OpenAI", {})


def test_public_providers_have_fixed_addresses_and_local_ones_the_administrators() -> None:
    found = providers(_source({"name": "Google", "kind": "google"}, LOCAL))
    assert list(found) == ["Google", "Lab"]
    assert found["Google"].host == "generativelanguage.googleapis.com"
    assert found["Google"].address.startswith("https://")
    assert found["Lab"].address == LOCAL["baseUrl"]
    assert (found["Google"].needs_key, found["Lab"].needs_key) == (True, False)
    with pytest.raises(KeyMissing, match="Google"):
        found["Google"].client(None)


def test_only_the_models_that_the_site_allows() -> None:
    lab = providers(_source(LOCAL))["Lab"]
    lab.check_model("qwen3:8b")
    with pytest.raises(ModelUnknown, match="qwen3:8b"):
        lab.check_model("another")
    providers(_source({"name": "G", "kind": "google"}))["G"].check_model("any")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"name": "A", "kind": "other"}, "0.kind"),
        ({"name": "A", "kind": "openai", "baseUrl": "https://evil.example"}, "no|only"),
        ({"name": "A", "kind": "openai_compatible"}, "http or https address"),
        ({"name": "A", "kind": "openai_compatible", "baseUrl": "file:///etc"}, "http or https"),
        (
            {"name": "A", "kind": "openai_compatible", "baseUrl": "http://u:p@h/v1"},
            "neither",
        ),
        ({"name": "A", "kind": "openai_compatible", "baseUrl": "http://h/v1?x=1"}, "nor a query"),
        ({"name": "", "kind": "openai"}, "0.name"),
        ({"name": "A", "kind": "openai", "key": "sk-secret"}, "0.key"),
        ({"name": "A", "kind": "openai", "models": ["a b"]}, "0.models.0"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_its_field(row: dict[str, Any], why: str) -> None:
    with pytest.raises(InvalidValue, match=why) as caught:
        providers(_source(row))
    assert VARIABLE in str(caught.value)
    assert "spec.ai.providers" in str(caught.value)
    assert "sk-secret" not in str(caught.value)


def test_names_are_unique_and_json_is_json() -> None:
    with pytest.raises(InvalidValue, match="the same name"):
        providers(_source(LOCAL, LOCAL))
    with pytest.raises(InvalidValue, match="the list"):
        providers({VARIABLE: "[{"})
