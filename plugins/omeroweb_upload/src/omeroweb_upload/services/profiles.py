"""Profiles: targets and settings that are used again, by oneself or by a group."""

from __future__ import annotations

from typing import Final

from omero_plugin_common.named_settings import NamedSettings, SaveNamed
from omero_plugin_common.named_settings.table import Table
from omeroweb_upload.planning.settings import StoredSettings

PROFILES: Final = NamedSettings(Table("upload_profiles"), "profile", "profiles")


class SaveProfile(SaveNamed):
    """A profile to store; its content is target and settings, as in the body of `start/`."""

    content: StoredSettings
