"""Keys in a real database: encrypted, bound to an address, found by a rotation, never shown."""

from __future__ import annotations

import json
import logging

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from ai_servers import KEY, running
from omero_plugin_common import secret_box
from omero_plugin_common.database import Database
from omero_plugin_common.reencrypt import reencrypt
from omero_plugin_common.secret_box import CannotDecrypt, SecretBox
from omeroweb_omp_plugin.ai.errors import AiOff, KeyMissing, KeyRefused
from omeroweb_omp_plugin.providers.configured import VARIABLE
from omeroweb_omp_plugin.providers.formats import HOSTS
from omeroweb_omp_plugin.services import credentials as service
from omeroweb_omp_plugin.store import credentials as store

ADA, GRACE = 7, 8


def _site(monkeypatch: pytest.MonkeyPatch, *rows: dict[str, object]) -> None:
    monkeypatch.setenv(VARIABLE, json.dumps(rows))


def _lab(base: str, **more: object) -> dict[str, object]:
    return {"name": "Lab", "kind": "openai_compatible", "baseUrl": base, **more}


def _save(user: int, provider: str, key: str) -> None:
    service.save_key(user, service.SaveKey.model_validate({"provider": provider, "apiKey": key}))


def _stored(database: Database) -> list[str]:
    with database.transaction() as cursor:
        cursor.execute("select omp_ai_credentials::text as line from omp_ai_credentials")
        return [row["line"] for row in cursor.fetchall()]


def test_a_key_is_encrypted_and_no_list_holds_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _site(monkeypatch, {"name": "OpenAI", "kind": "openai"}, _lab("http://lab:1/v1"))
    _save(ADA, "OpenAI", KEY)
    [line] = _stored(database)
    assert KEY not in line
    found = service.list_credentials(ADA)
    assert KEY not in json.dumps(found)
    [openai, lab] = found["providers"]
    assert (openai["hasKey"], openai["host"], openai["lastUsed"]) == (True, "api.openai.com", None)
    assert (lab["hasKey"], lab["needsKey"]) == (False, False)
    assert service.list_credentials(GRACE)["providers"][0]["hasKey"] is False
    assert store.key_to_use(ADA, "OpenAI", HOSTS["openai"]) == KEY
    assert service.list_credentials(ADA)["providers"][0]["lastUsed"] is not None
    assert store.key_to_use(GRACE, "OpenAI", HOSTS["openai"]) is None


def test_a_new_key_takes_the_place_of_the_old_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _site(monkeypatch, {"name": "OpenAI", "kind": "openai"})
    _save(ADA, "OpenAI", "sk-old")
    _save(ADA, "OpenAI", "sk-new")
    assert len(_stored(database)) == 1
    assert store.key_to_use(ADA, "OpenAI", HOSTS["openai"]) == "sk-new"


def test_a_key_is_not_sent_to_an_address_that_it_was_not_entered_for(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running("openai_compatible") as first, running("openai_compatible") as second:
        _site(monkeypatch, _lab(first.base))
        _save(ADA, "Lab", KEY)
        _site(monkeypatch, _lab(second.base))
        assert service.list_credentials(ADA)["providers"][0]["hasKey"] is False
        with pytest.raises(KeyRefused):
            service.test_key(ADA, service.TestKey(provider="Lab"))
        assert [request.headers.get("authorization") for request in second.requests] == [None]
        assert first.requests == []


def test_a_key_is_tried_before_or_after_it_is_saved(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with running("openai_compatible") as server:
        _site(monkeypatch, _lab(server.base))
        typed = service.TestKey.model_validate({"provider": "Lab", "apiKey": KEY})
        assert service.test_key(ADA, typed) == {"works": True, "models": 2}
        with pytest.raises(KeyRefused):
            service.test_key(ADA, service.TestKey(provider="Lab"))
        _save(ADA, "Lab", KEY)
        assert service.test_key(ADA, service.TestKey(provider="Lab"))["works"]
        assert service.list_models(ADA, "Lab") == {
            "models": ["small-1", "large-2"],
            "default": "small-1",
        }
    assert KEY not in caplog.text
    assert KEY not in repr(typed)


def test_the_sites_own_list_of_models_asks_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _site(monkeypatch, {"name": "OpenAI", "kind": "openai", "models": ["gpt-5-mini"]})
    assert service.list_models(ADA, "OpenAI")["models"] == ["gpt-5-mini"]


def test_what_is_missing_is_said(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert service.list_credentials(ADA) == {"enabled": False, "providers": []}
    with pytest.raises(AiOff):
        _save(ADA, "OpenAI", KEY)
    _site(monkeypatch, {"name": "OpenAI", "kind": "openai"})
    with pytest.raises(KeyMissing, match="Save your key for OpenAI first"):
        service.list_models(ADA, "OpenAI")
    with pytest.raises(KeyMissing, match="Type or paste"):
        _save(ADA, "OpenAI", "")


@pytest.mark.parametrize("wrong", ["a\r\nHost: evil", "a b", "schlüssel", "x" * 501])
def test_a_key_fits_into_a_header(wrong: str) -> None:
    with pytest.raises(ValidationError) as caught:
        service.SaveKey.model_validate({"provider": "OpenAI", "apiKey": wrong})
    assert wrong not in str(caught.value)


def test_keys_move_to_the_sites_new_key_and_lost_ones_are_asked_for_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _site(monkeypatch, {"name": "OpenAI", "kind": "openai"})
    _save(ADA, "OpenAI", KEY)
    [column] = [each for each in secret_box.columns() if each.table == "omp_ai_credentials"]
    lost = SecretBox([Fernet.generate_key().decode()])
    assert reencrypt(database, lost, column).unreadable == 1
    assert reencrypt(database, secret_box.default(), column).current == 1
    with monkeypatch.context() as without_the_keys:
        without_the_keys.setattr(secret_box, "default", lambda: lost)
        with pytest.raises(CannotDecrypt, match="enter it again"):
            store.key_to_use(ADA, "OpenAI", HOSTS["openai"])
