"""What users store to use it again: profiles, settings of the page and of special imports."""

from __future__ import annotations

from typing import Any

from omero_plugin_common.named_settings import DeleteNamed, LoadNamed
from omero_plugin_common.web import Caller, json_view
from omeroweb_upload.services import user_settings
from omeroweb_upload.services.profiles import PROFILES, SaveProfile
from omeroweb_upload.services.user_settings import NameSpecial, SavePreferences, SaveSpecial


@json_view("GET")
def list_profiles(_request: Any, caller: Caller) -> dict[str, Any]:
    """One's own profiles and those that are shared with one's groups.

    Returns:
        {"profiles": [profile, …], "groups": [{"id", "name"}, …], "most"}; a profile is {"name",
        "owner", "own", "content": {"target", "settings"}, "group", "updated"}, here with
        "owner_name"
    """
    return PROFILES.listed(caller.conn, caller.user_id)


@json_view("POST", body=SaveProfile, action="upload.save_profile")
def save_profile(_request: Any, caller: Caller, body: SaveProfile) -> dict[str, Any]:
    """Store a profile; 409 `exists` with `replaces` when the user has to agree to overwrite one.

    Returns:
        profile
    """
    return PROFILES.save(caller.conn, caller.user_id, body)


@json_view("POST", body=LoadNamed)
def load_profile(_request: Any, caller: Caller, body: LoadNamed) -> dict[str, Any]:
    """One profile, one's own or a shared one.

    Returns:
        profile
    """
    return PROFILES.load(caller.conn, caller.user_id, body)


@json_view("POST", body=DeleteNamed, action="upload.delete_profile")
def delete_profile(_request: Any, caller: Caller, body: DeleteNamed) -> dict[str, Any]:
    """Delete one of one's own profiles.

    Returns:
        {"deleted": name}
    """
    return PROFILES.delete(caller.user_id, body)


@json_view("GET")
def load(_request: Any, caller: Caller) -> dict[str, Any]:
    """Settings of the page, with defaults for what was never saved.

    Returns:
        {"success": true, "settings": {"target", "settings", "show_collaboration"}}
    """
    return user_settings.load_preferences(caller.user_id)


@json_view("POST", body=SavePreferences, action="upload.save_settings")
def save(_request: Any, caller: Caller, body: SavePreferences) -> dict[str, Any]:
    """Store settings of the page; the answer has them as they are then.

    Returns:
        {"success": true, "message", "settings"}
    """
    return user_settings.save_preferences(caller.user_id, body)


@json_view("POST", body=NameSpecial)
def load_special(_request: Any, caller: Caller, body: NameSpecial) -> dict[str, Any]:
    """Settings of a special import; null when none were saved.

    Returns:
        {"success": true, "settings": {"create_tables", "create_figures_attachments",
        "create_figures_images"} or null}
    """
    return user_settings.load_special(caller.user_id, body)


@json_view("POST", body=SaveSpecial, action="upload.save_special_settings")
def save_special(_request: Any, caller: Caller, body: SaveSpecial) -> dict[str, Any]:
    """Store settings of a special import.

    Returns:
        {"success": true, "message", "settings"}
    """
    return user_settings.save_special(caller.user_id, body)


@json_view("POST", body=NameSpecial, action="upload.delete_special_settings")
def delete_special(_request: Any, caller: Caller, body: NameSpecial) -> dict[str, Any]:
    """Delete settings of a special import, so that its defaults apply again.

    Returns:
        {"success": true, "deleted": whether there were any}
    """
    return user_settings.delete_special(caller.user_id, body)
