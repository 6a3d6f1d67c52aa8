"""Settings in a real database: complete, bounded, and forgiving towards other versions."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from omero_plugin_common.database import Database
from omeroweb_omp_plugin.services import user_data as service
from omeroweb_omp_plugin.store import user_settings as store

ADA, GRACE = 7, 8


def _save(user: int, **settings: Any) -> dict[str, Any]:
    return service.save_preferences(
        user, service.SavePreferences.model_validate({"settings": settings})
    )


def test_who_never_saved_gets_defaults(database: Database) -> None:
    found = service.load_preferences(ADA)
    assert found["mode"] == "detect"
    assert found["defaultVariables"] == service.DEFAULT_VARIABLES
    assert found["existingPairs"] == "replace_own"


def test_settings_are_read_back_by_their_user_alone(database: Database) -> None:
    saved = _save(ADA, separators="_", showCollaboration=True, aiModels={"Lab": "qwen3:8b"})
    assert saved == service.load_preferences(ADA)
    assert (saved["separators"], saved["aiModels"]) == ("_", {"Lab": "qwen3:8b"})
    assert service.load_preferences(GRACE)["separators"] == "_-. "


def test_saving_replaces_everything_so_defaults_can_be_restored(database: Database) -> None:
    before = service.load_preferences(ADA)
    _save(ADA, separators="_")
    assert _save(ADA) == before


def test_what_another_version_stored_does_no_harm(database: Database) -> None:
    store.save(ADA, {"separators": "+", "mode": "telepathy", "newest": 1, "aiModels": [1]})
    found = service.load_preferences(ADA)
    assert found == service.load_preferences(GRACE) | {"separators": "+"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "telepathy"},
        {"separators": ""},
        {"defaultVariables": ["x"] * 101},
        {"existingPairs": "replace_all"},
        {"showCollaboration": "yes"},
        {"unknown": 1},
    ],
)
def test_settings_keep_their_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        service.SavePreferences.model_validate({"settings": wrong})
