"""IConfig: the server's configuration, as far as clients may read it."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import re
import time
from typing import Any, Final

from omero.rtypes import rtime

from omero_standin import VERSION, refuse
from omero_standin.call import Call
from omero_standin.config_defaults import DEFAULTS, HIDDEN, READABLE

_SECRET: Final = re.compile(r"pass(word)?$|secret", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"\$\{([^}]*)\}")
_CLIENTS: Final = "omero.client."


class Config:
    """Values by name; a password is never among them."""

    def getVersion(self, _call: Call) -> Any:
        """The version, which says that this is a stand-in."""
        return VERSION

    def getServerTime(self, _call: Call) -> Any:
        """Now."""
        return rtime(int(time.time() * 1000))

    def getConfigValue(self, call: Call, key: str) -> Any:
        """One value; empty when there is none, as for a key that nothing sets.

        A `SecurityViolation` when the caller may not read it.
        """
        if not key:
            return ""
        if not _may_read(call, key):
            raise refuse.forbidden(f"Cannot read configuration: {key}")
        return _value(call, key)

    def getConfigValues(self, call: Call, pattern: str) -> Any:
        """The values with names in which a regular expression is found.

        Of all keys, the real server looks through its list of those that clients read.
        """
        return {
            key: _value(call, key) for key in sorted(READABLE) if re.search(pattern or "^$", key)
        }

    def getConfigDefaults(self, call: Call) -> Any:
        """What every server begins with; for administrators."""
        if not call.viewer.admin:
            raise refuse.forbidden("only administrators may read all defaults")
        return {key: value for key, value in DEFAULTS.items() if not _SECRET.search(key)}

    def getClientConfigDefaults(self, _call: Call) -> Any:
        """The defaults for clients."""
        return {key: value for key, value in DEFAULTS.items() if key.startswith(_CLIENTS)}

    def getClientConfigValues(self, call: Call) -> Any:
        """The defaults for clients with what the site set."""
        return self.getConfigValues(call, "^" + re.escape(_CLIENTS))

    def setConfigValue(self, call: Call, key: str, value: str) -> None:
        """Change a value until the process ends; for administrators."""
        if not call.viewer.admin:
            raise refuse.forbidden("only administrators may change the configuration")
        call.kernel.config[key] = value

    def setConfigValueIfEquals(self, call: Call, key: str, value: str, test: str) -> Any:
        """Change a value when it is `test`; whether it was."""
        same = bool(_value(call, key) == (test or ""))
        if same:
            self.setConfigValue(call, key, value)
        return same

    def getDatabaseUuid(self, call: Call) -> Any:
        """The same for as long as the rows are."""
        return call.kernel.database_uuid

    def getDatabaseTime(self, _call: Call) -> Any:
        """Now."""
        return rtime(int(time.time() * 1000))


def _may_read(call: Call, key: str) -> bool:
    if key in HIDDEN or _SECRET.search(key):
        return False
    return key in READABLE or call.viewer.admin


def _value(call: Call, key: str) -> str:
    """A value with the values that it refers to; empty when one of them is not set."""
    if key == "omero.db.uuid":
        return str(call.kernel.database_uuid)
    value = call.kernel.config.get(key, "")
    for name in _PLACEHOLDER.findall(value):
        if name not in call.kernel.config:
            return ""
        value = value.replace(f"${{{name}}}", _value(call, name))
    return value
