"""What a user chose last and finds again in every browser."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ValidationError

from omero_plugin_common.body import Body
from omeroweb_upload.planning.attachments import DEFAULT_RULES
from omeroweb_upload.planning.settings import SEM_EDX, JobSettings, SpectrumSettings, Target
from omeroweb_upload.store import user_settings as store

Method = Literal["sem_edx_spectra"]


class Preferences(Body):
    """Settings of the page; each has a default.

    Attributes:
        target: where images go at first.
        settings: how they are imported at first.
        show_collaboration: whether projects of colleagues are listed as well.
    """

    target: Target = Target()
    settings: JobSettings = JobSettings(confirm="always", attach=DEFAULT_RULES)
    show_collaboration: bool = True


class SavePreferences(Body):
    """The settings to store; what is left out gets its default."""

    settings: Preferences


class SaveSpecial(Body):
    """Settings of a special import."""

    method: Method = SEM_EDX
    settings: SpectrumSettings


class NameSpecial(Body):
    """A special import."""

    method: Method = SEM_EDX


def load_preferences(user_id: int) -> dict[str, Any]:
    """A user's settings, complete.

    What another version of the plugin stored and this one does not accept counts as not set.
    """
    kept = store.load(user_id) or {}
    try:
        made = Preferences.model_validate(kept, strict=False)
    except ValidationError as error:
        wrong = {str(each["loc"][0]) for each in error.errors() if each["loc"]}
        kept = {name: value for name, value in kept.items() if name not in wrong}
        made = Preferences.model_validate(kept, strict=False)
    return {"success": True, "settings": made.model_dump(mode="json")}


def save_preferences(user_id: int, wanted: SavePreferences) -> dict[str, Any]:
    """Store a user's settings; as they are then."""
    store.save(user_id, wanted.settings.model_dump(mode="json"))
    return load_preferences(user_id) | {"message": "Your settings are stored"}


def load_special(user_id: int, wanted: NameSpecial) -> dict[str, Any]:
    """The settings of a special import; null when none were saved."""
    stored = store.load(user_id, wanted.method)
    if stored is None:
        return {"success": True, "settings": None}
    # Another version may have stored others.
    known = {name: stored[name] for name in SpectrumSettings.model_fields if name in stored}
    return {"success": True, "settings": SpectrumSettings(**known).model_dump(mode="json")}


def save_special(user_id: int, wanted: SaveSpecial) -> dict[str, Any]:
    """Store the settings of a special import; as they are then."""
    store.save(user_id, wanted.settings.model_dump(mode="json"), wanted.method)
    return load_special(user_id, NameSpecial(method=wanted.method)) | {
        "message": "Your settings are stored"
    }


def delete_special(user_id: int, wanted: NameSpecial) -> dict[str, Any]:
    """Delete the settings of a special import; its defaults apply again."""
    return {"success": True, "deleted": store.delete(user_id, wanted.method)}
