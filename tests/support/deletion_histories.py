"""What a site may be, and what its `deletionPolicy` may have been, when it is deleted."""

from __future__ import annotations

from typing import Final

from omero_operator.identity.kinds import Manifest
from omero_operator.identity.labels import PAUSED

# The last one counts.
HISTORIES: Final[dict[str, list[str]]] = {
    "retain": ["Retain"],
    "delete": ["Delete"],
    "back": ["Delete", "Retain"],
    "late": ["Retain", "Delete"],
    "to-and-fro": ["Delete", "Retain", "Delete"],
}
_MISSING: Final = {"property": "omero.a", "secretKeyRef": {"name": "missing", "key": "k"}}
# What each state changes of the resource.
STATES: Final[dict[str, Manifest]] = {
    "up": {},
    "paused": {"metadata": {"annotations": {PAUSED: "true"}}},
    # The schema admits it, a rule does not.
    "invalid": {"spec": {"timeZone": "Europe/Nowhere"}},
    "held": {"spec": {"server": {"configSecretRefs": [_MISSING]}}},
    "hibernated": {"spec": {"hibernated": True}},
}
