"""How far a volume is that shall grow.

The claim asks for the new size; the storage driver makes the volume larger, then a node its file
system. Conditions of claims: https://kubernetes.io/docs/concepts/storage/persistent-volumes/
#expanding-persistent-volumes-claims
"""

from omero_operator.api.quantity import amount
from omero_operator.identity.kinds import Manifest

# Condition of a claim -> what it means for a person.
_STEPS = {
    "FileSystemResizePending": "the volume has grown; its file system grows on the pod's node, "
    "with some storage drivers only when the pod starts again (delete the pod then)",
    "ControllerResizeError": "the storage driver could not enlarge the volume",
    "NodeResizeError": "the node could not enlarge the file system",
    "Resizing": "the storage driver enlarges the volume",
}


def size(claim: Manifest) -> str:
    """The size that a claim has; empty before it is bound."""
    return str(claim.get("status", {}).get("capacity", {}).get("storage", ""))


def words(claim: Manifest) -> str:
    """What a growth waits for; empty when the claim has what it asks for."""
    asked = str(claim["spec"].get("resources", {}).get("requests", {}).get("storage", ""))
    has = size(claim)
    if not asked or not has or amount(asked) <= amount(has):
        return ""
    holding = {
        each["type"]: each.get("message", "")
        for each in claim.get("status", {}).get("conditions", [])
        if each.get("status") == "True"
    }
    for kind, meaning in _STEPS.items():
        if kind in holding:
            said = f": {holding[kind]}" if holding[kind] else ""
            return f"from {has} to {asked}: {meaning}{said}"
    return f"from {has} to {asked}: the storage driver has not begun yet"
