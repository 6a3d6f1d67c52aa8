"""IScript: the script repository, which is empty in this part of the stand-in."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

from omero_standin.call import Call


class Scripts:
    """Listing; running one is refused by name."""

    def getScripts(self, _call: Call) -> Any:
        """No script is installed."""
        return []

    def getUserScripts(self, _call: Call, _acceptors: Any) -> Any:
        """No user has uploaded one."""
        return []

    def getScriptsByMimetype(self, _call: Call, _mimetype: str) -> Any:
        """No script of any language."""
        return []
