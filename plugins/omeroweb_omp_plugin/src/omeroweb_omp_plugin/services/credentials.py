"""A user's keys for the site's AI providers. A key goes in and never comes out again."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator

from omero_plugin_common.body import Body
from omeroweb_omp_plugin.ai.errors import Away, KeyMissing
from omeroweb_omp_plugin.providers.client import AiClient
from omeroweb_omp_plugin.providers.configured import Provider, ProviderName, provider, providers
from omeroweb_omp_plugin.store import credentials as store


class _WithKey(Body):
    provider: ProviderName
    api_key: Annotated[SecretStr | None, Field(alias="apiKey", max_length=500)] = None

    @field_validator("api_key")
    @classmethod
    def _for_a_header(cls, given: SecretStr | None) -> SecretStr | None:
        # A line break is easily copied with it.
        text = given.get_secret_value().strip() if given else ""
        if any(not "!" <= letter <= "~" for letter in text):
            raise ValueError("a key consists of printable ASCII characters without spaces")
        return SecretStr(text)

    @property
    def key(self) -> str:
        """What was typed; empty when nothing was."""
        return self.api_key.get_secret_value() if self.api_key else ""


class SaveKey(_WithKey):
    """A key to store."""


class TestKey(_WithKey):
    """A key to try; the stored one when none is given."""


def has_providers() -> bool:
    """Whether the site has any provider."""
    return bool(providers())


def list_credentials(user_id: int) -> dict[str, Any]:
    """The site's providers and whether the user has a key for each; never a key."""
    stored = store.saved(user_id)
    rows = []
    for each in providers().values():
        mine = stored.get(each.name)
        fits = mine is not None and mine.address == each.address
        rows.append(
            {
                "name": each.name,
                "kind": each.kind,
                "host": each.host,
                "needsKey": each.needs_key,
                "hasKey": fits,
                "saved": mine.updated.isoformat() if mine and fits else None,
                "lastUsed": mine.last_used.isoformat()
                if mine and fits and mine.last_used
                else None,
            }
        )
    return {"enabled": bool(rows), "providers": rows}


def save_key(user_id: int, wanted: SaveKey) -> dict[str, Any]:
    """Store a key, encrypted.

    Raises:
        AiOff: no such provider.
        KeyMissing: nothing was typed.
    """
    chosen = provider(wanted.provider)
    if not wanted.key:
        raise KeyMissing(f"Type or paste your key for {chosen.name}")
    store.save(user_id, chosen.name, chosen.address, wanted.key)
    return {"saved": chosen.name}


def test_key(user_id: int, wanted: TestKey) -> dict[str, Any]:
    """Ask the provider for its models, which shows that address and key work.

    Raises:
        AiError: what does not work, and what to do.
    """
    chosen = provider(wanted.provider)
    client = chosen.client(wanted.key) if wanted.key else client_of(user_id, chosen)
    return {"works": True, "models": len(client.models())}


def list_models(user_id: int, name: str) -> dict[str, Any]:
    """The models to choose from: those that the site allows, or all that the provider has.

    Raises:
        AiError: no list; see the client.
    """
    chosen = provider(name)
    models = list(chosen.models) or client_of(user_id, chosen).models()
    if not models:
        raise Away(f"{chosen.name} has no model that answers with text")
    return {"models": models, "default": models[0]}


def client_of(user_id: int, chosen: Provider) -> AiClient:
    """A provider with the user's stored key.

    Raises:
        KeyMissing: the provider wants one, and none is stored for its address.
        CannotDecrypt: the stored one cannot be read any more.
    """
    return chosen.client(store.key_to_use(user_id, chosen.name, chosen.address))
