"""IShare: the real server's shares, which OMERO.web shows as a part of its tree; there are none."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

from omero_standin.call import Call


class Shares:
    """Empty lists; making a share is unsupported."""

    def getOwnShares(self, _call: Call, _active: bool) -> Any:
        """The caller has none."""
        return []

    def getMemberShares(self, _call: Call, _active: bool) -> Any:
        """The caller is in none."""
        return []

    def getSharesOwnedBy(self, _call: Call, _user: Any, _active: bool) -> Any:
        """Nobody has any."""
        return []

    def getMemberSharesFor(self, _call: Call, _user: Any, _active: bool) -> Any:
        """Nobody is in any."""
        return []

    def getMemberCount(self, _call: Call, _ids: Any) -> Any:
        """No share, no count."""
        return {}

    def getCommentCount(self, _call: Call, _ids: Any) -> Any:
        """No share, no count."""
        return {}
