"""ILdap: whether logins come from a directory. They do not."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

from omero_standin import refuse
from omero_standin.call import Call


class Ldap:
    """The setting of the configuration; every search is an error, as with LDAP turned off."""

    def getSetting(self, call: Call) -> Any:
        """Whether `omero.ldap.config` is on."""
        return call.kernel.config.get("omero.ldap.config", "false").lower() == "true"

    def findDN(self, _call: Call, name: str) -> Any:
        """There is no directory."""
        raise refuse.usage(f"Cannot find unique DistinguishedName: {name}: LDAP is not configured")

    def findGroupDN(self, _call: Call, name: str) -> Any:
        """There is no directory."""
        raise refuse.usage(f"Cannot find unique group DN: {name}: LDAP is not configured")

    def discover(self, call: Call) -> Any:
        """Nobody is to be found in a directory that is not there."""
        self._need_none(call)
        return []

    def discoverGroups(self, call: Call) -> Any:
        """No group is to be found in a directory that is not there."""
        self._need_none(call)
        return []

    def _need_none(self, call: Call) -> None:
        if not call.accounts.is_admin(call.user):
            raise refuse.forbidden("only administrators may search the LDAP directory")
        if self.getSetting(call):
            raise refuse.unsupported("searching an LDAP directory (omero.ldap.config is on)")
