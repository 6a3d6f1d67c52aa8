"""Settings that a user stores under a name, and may share with a group."""

from omero_plugin_common.named_settings.bodies import DeleteNamed, LoadNamed, SaveNamed
from omero_plugin_common.named_settings.service import NamedSettings
from omero_plugin_common.named_settings.table import Named

__all__ = ["DeleteNamed", "LoadNamed", "Named", "NamedSettings", "SaveNamed"]
