"""Whether a live object already is what the plan says.

Nothing is written when nothing differs, so a settled platform causes no write at all. The API
server adds defaults to what was applied, and other managers add fields of their own; both are
fine. Two things are not: a field of ours that changed, and a field that an earlier plan had and
the present one has not. The first shows in the object, the second in the recorded digest.
"""

from typing import Any

from omero_operator.api.quantity import amount
from omero_operator.desired.digest import digest
from omero_operator.identity.kinds import Manifest
from omero_operator.identity.labels import APPLIED

# Blocks whose values are quantities: the server rewrites 1024Mi as 1Gi.
_QUANTITIES = ("requests", "limits", "emptyDir")


def stamped(manifest: Manifest) -> Manifest:
    """The manifest with the digest of itself as an annotation.

    Values of Secrets stay out of the digest: a digest of a weak password is a hint to it.
    """
    plain = {key: value for key, value in manifest.items() if key not in ("data", "stringData")}
    content = plain if manifest["kind"] == "Secret" else manifest
    metadata = manifest["metadata"]
    annotations = {**metadata.get("annotations", {}), APPLIED: digest(content)}
    return {**manifest, "metadata": {**metadata, "annotations": annotations}}


def differs(wanted: Manifest, live: Manifest | None) -> bool:
    """Whether the live object has to be written.

    Args:
        wanted: A stamped manifest.
        live: The object as it is, or None where it does not exist.
    """
    return live is None or not _covers(wanted, live)


def _covers(wanted: Any, live: Any, inside: str = "") -> bool:
    """Whether everything wanted is there; what is there besides does not matter.

    Lists of named things (containers, variables, volumes, ports) are compared by name, because
    another manager may own further entries; other lists must be equal in length and order.
    """
    if isinstance(wanted, dict):
        return isinstance(live, dict) and all(
            _covers(value, live.get(key), inside if inside in _QUANTITIES else key)
            for key, value in wanted.items()
            # The server omits empty maps and lists.
            if not (value in ({}, []) and key not in live)
        )
    if isinstance(wanted, list):
        if not isinstance(live, list):
            return False
        # One volume may be mounted at several paths.
        key = "mountPath" if inside == "volumeMounts" else "name"
        if all(isinstance(item, dict) and key in item for item in [*wanted, *live]):
            by_key = {item[key]: item for item in live}
            return all(_covers(item, by_key.get(item[key]), inside) for item in wanted)
        return len(wanted) == len(live) and all(
            _covers(mine, theirs, inside) for mine, theirs in zip(wanted, live, strict=True)
        )
    if inside in _QUANTITIES and isinstance(wanted, str) and isinstance(live, str):
        return wanted == live or _same_amount(wanted, live)
    return bool(wanted == live)


def _same_amount(one: str, other: str) -> bool:
    try:
        return amount(one) == amount(other)
    except ValueError:
        return False
