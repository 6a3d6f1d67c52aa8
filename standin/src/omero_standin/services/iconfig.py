"""IConfig: the server's configuration, as far as clients may read it."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import re
import time
from typing import Any, Final

from omero.rtypes import rtime

from omero_standin import VERSION, refuse
from omero_standin.call import Call

# The defaults of the real server for its clients.
CLIENT_DEFAULTS: Final = {
    "omero.client.download_as.max_size": "144000000",
    "omero.client.icetransports": "ssl,tcp",
    "omero.client.scripts_to_ignore": "",
    "omero.client.ui.menu.dropdown.colleagues.enabled": "true",
    "omero.client.ui.menu.dropdown.colleagues.label": "Members",
    "omero.client.ui.menu.dropdown.everyone.enabled": "true",
    "omero.client.ui.menu.dropdown.everyone.label": "All Members",
    "omero.client.ui.menu.dropdown.leaders.enabled": "true",
    "omero.client.ui.menu.dropdown.leaders.label": "Owners",
    "omero.client.ui.tree.orphans.description": (
        "This is a virtual container with orphaned images. These images are not linked anywhere. "
        "Just drag them to the selected container."
    ),
    "omero.client.ui.tree.orphans.enabled": "true",
    "omero.client.ui.tree.orphans.name": "Orphaned Images",
    "omero.client.ui.tree.type_order": "tagset,tag,project,dataset,screen,plate,acquisition,image",
    "omero.client.viewer.initial_zoom_level": "0",
    "omero.client.viewer.interpolate_pixels": "true",
    "omero.client.viewer.roi_limit": "2000",
    "omero.client.web.host": "",
}
# As in the real server, others than administrators may read these and the clients' own.
_PUBLIC: Final = re.compile(
    r"omero\.(client\.|version$|upgrades\.url$|mail\.config$|router\.insecure$|pixeldata\.max_plane|"
    r"cluster\.read_only|policy\.binary_access$|sessions\.|scripts\.|server\.nodedescriptors$)"
)


class Config:
    """Values by name; a password is never among them."""

    def getVersion(self, _call: Call) -> Any:
        """The version, which says that this is a stand-in."""
        return VERSION

    def getServerTime(self, _call: Call) -> Any:
        """Now."""
        return rtime(int(time.time() * 1000))

    def getConfigValue(self, call: Call, key: str) -> Any:
        """One value; empty when it is not set."""
        return self._readable(call).get(key, "")

    def getConfigValues(self, call: Call, pattern: str) -> Any:
        """The values whose names match a regular expression."""
        return {k: v for k, v in self._readable(call).items() if re.match(pattern, k)}

    def getConfigDefaults(self, _call: Call) -> Any:
        """The defaults for clients; the stand-in publishes no others."""
        return dict(CLIENT_DEFAULTS)

    def getClientConfigDefaults(self, _call: Call) -> Any:
        """The defaults for clients."""
        return dict(CLIENT_DEFAULTS)

    def getClientConfigValues(self, call: Call) -> Any:
        """The defaults for clients with what the site set."""
        own = {k: v for k, v in call.kernel.config.items() if k.startswith("omero.client.")}
        return CLIENT_DEFAULTS | own

    def setConfigValue(self, call: Call, key: str, value: str) -> None:
        """Change a value until the process ends; for administrators."""
        if not call.accounts.is_admin(call.user):
            raise refuse.forbidden("only administrators may change the configuration")
        call.kernel.config[key] = value

    def setConfigValueIfEquals(self, call: Call, key: str, value: str, test: str) -> Any:
        """Change a value when it is `test`; whether it was."""
        same = call.kernel.config.get(key, "") == (test or "")
        if same:
            self.setConfigValue(call, key, value)
        return same

    def getDatabaseUuid(self, call: Call) -> Any:
        """The same for as long as the rows are."""
        return call.kernel.database_uuid

    def getDatabaseTime(self, _call: Call) -> Any:
        """Now."""
        return rtime(int(time.time() * 1000))

    def _readable(self, call: Call) -> dict[str, str]:
        everything = CLIENT_DEFAULTS | call.kernel.config
        admin = call.accounts.is_admin(call.user)
        return {
            key: value
            for key, value in everything.items()
            if (admin or _PUBLIC.match(key)) and not re.search(r"pass(word)?$|secret", key)
        }
