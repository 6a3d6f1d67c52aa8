"""What the platform's resource shows of quotas: how many groups are near their limits, and which.

The operator reads no database, and pods write nothing to Kubernetes. So a pod leaves this as its
termination message, of which the kubelet keeps 4096 bytes: whatever groups are called and however
many there are, it is smaller.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final

from omero_plugin_common.quotas import store
from omero_plugin_common.quotas.model import Counted, standing_of

# Groups that are named, and characters of their names.
MOST_GROUPS: Final = 10
MOST_CHARACTERS: Final = 48
# An exabyte; the operator's `MOST_BYTES`.
MOST_SHOWN: Final = 10**18
# JSON in ASCII, with twelve bytes for one character of some alphabets.
MOST_BYTES: Final = 4000


def report() -> dict[str, Any]:
    """The state of all groups with a limit, as of the last count of the workers."""
    return summary(store.counted_with_limits(), anything=store.any_limit())


def summary(groups: Sequence[Counted], *, anything: bool) -> dict[str, Any]:
    """The same of given groups.

    Args:
        groups: those with a limit that were counted.
        anything: whether some group has a limit; such a group may have been deleted, or not have
            been counted yet.
    """
    standings = [standing_of(each.used, each.limit) for each in groups]
    fullest = sorted(groups, key=lambda each: (-each.used / each.limit, each.group.id))
    oldest = min((each.counted for each in groups), default=None)
    result: dict[str, Any] = {
        "limits": anything,
        # The oldest count: none of the figures is older.
        "counted": oldest.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if oldest else "",
        "groups": len(groups),
        "nearlyFull": standings.count("nearly full"),
        "full": standings.count("full"),
        "fullest": [
            {
                "id": each.group.id,
                "name": one_line(each.group.name),
                "used": min(each.used, MOST_SHOWN),
                "limit": min(each.limit, MOST_SHOWN),
            }
            for each in fullest[:MOST_GROUPS]
        ],
    }
    while len(json.dumps(result)) > MOST_BYTES:
        result["fullest"].pop()
    return result


def one_line(name: str) -> str:
    """A group's name without line breaks and other signs that cannot be seen, and not too long."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if len(plain) <= MOST_CHARACTERS:
        return plain
    return f"{plain[: MOST_CHARACTERS - 1].rstrip()}…"
