"""Whether a live object already is what the plan says.

Nothing is written when nothing differs, so a settled platform causes no write at all. The API
server adds defaults to what was applied, and other managers add fields of their own; `additions`
looks after those. What shows here: a field of ours that changed, and a field that an earlier plan
had and the present one has not. The first shows in the object, the second in the recorded digest.

This comparison needs no request. What it finds may be a change that admission makes to everything
that is written; whether writing would change anything is then asked of the API server (`apply`).
"""

from collections.abc import Iterator
from typing import Any

from omero_operator.api.quantity import amount
from omero_operator.desired.digest import digest
from omero_operator.identity.kinds import CLAIM, JOB, Manifest
from omero_operator.identity.labels import APPLIED

# Blocks whose values are quantities: the server rewrites 1024Mi as 1Gi.
_QUANTITIES = ("requests", "limits", "emptyDir")

# Lists in which other managers may own items beside ours, with what tells the items apart.
MERGED = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "ports": "name",
    "imagePullSecrets": "name",
    # One volume may be mounted at several paths.
    "volumeMounts": "mountPath",
}

# What a claim's volume is made from.
_SOURCE = "dataSource"

Place = tuple[str | int, ...]


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
    return live is None or any(True for _ in differences(wanted, live))


def differences(wanted: Manifest, live: Manifest) -> Iterator[Place]:
    """Where in a manifest the live object is not what the manifest says.

    Lists of named things (containers, variables, volumes, ports) are compared by name, because
    another manager may own further entries; other lists must be equal in length and order.
    """
    yield from _unlike(changeable(wanted), live, ())


def changeable(wanted: Manifest) -> Manifest:
    """The part of a manifest that can be written into the object that is there.

    The pods of a Job cannot be changed, and need not be: its name has a digest of its input. What
    admission made of them stays.
    """
    if wanted.get("kind") != JOB.name:
        return wanted
    suspended = {"suspend": wanted["spec"].get("suspend", False)}
    return {"kind": JOB.name, "metadata": wanted["metadata"], "spec": suspended}


def fitted(wanted: Manifest, live: Manifest | None) -> Manifest:
    """The manifest without what a volume cannot become.

    One that was grown, or adopted, is fine; and what it was made from was decided at its beginning.
    """
    if live is None or wanted["kind"] != CLAIM.name:
        return wanted
    spec = {key: value for key, value in wanted["spec"].items() if key != _SOURCE}
    if source := live.get("spec", {}).get(_SOURCE):
        spec[_SOURCE] = source
    wanted = {**wanted, "spec": spec}
    asked, there = _storage(wanted), _storage(live)
    if not asked or not there or amount(there) <= amount(asked):
        return wanted
    requests = {**spec["resources"]["requests"], "storage": there}
    return {**wanted, "spec": {**spec, "resources": {**spec["resources"], "requests": requests}}}


def _storage(claim: Manifest) -> str:
    requests = claim.get("spec", {}).get("resources", {}).get("requests", {})
    return str(requests.get("storage", ""))


def own_part(wanted: Any, shown: Any, inside: str = "") -> Any:
    """What an object shows of the fields that a manifest has, as far as it has them."""
    if isinstance(wanted, dict) and isinstance(shown, dict):
        return {k: own_part(v, shown[k], k) for k, v in wanted.items() if k in shown}
    if isinstance(wanted, list) and isinstance(shown, list) and _merged(inside, [*wanted, *shown]):
        key = MERGED[inside]
        by_key = {item[key]: item for item in shown}
        return [own_part(item, by_key.get(item[key])) for item in wanted]
    return shown


def _unlike(wanted: Any, live: Any, place: Place, inside: str = "") -> Iterator[Place]:
    if isinstance(wanted, dict):
        if not isinstance(live, dict):
            yield place
            return
        for key, value in wanted.items():
            # Nearly everything is equal, which Python sees without a look at each field. The server
            # omits empty maps and lists.
            if value == live.get(key) or (value in ({}, []) and key not in live):
                continue
            block = inside if inside in _QUANTITIES else key
            yield from _unlike(value, live.get(key), (*place, key), block)
    elif isinstance(wanted, list):
        yield from _unlike_items(wanted, live, place, inside)
    elif inside in _QUANTITIES and isinstance(wanted, str) and isinstance(live, str):
        if wanted != live and not _same_amount(wanted, live):
            yield place
    elif wanted != live:
        yield place


def _unlike_items(wanted: list[Any], live: Any, place: Place, inside: str) -> Iterator[Place]:
    if not isinstance(live, list):
        yield place
    elif _merged(inside, [*wanted, *live]):
        key = MERGED[inside]
        by_key = {item[key]: item for item in live}
        for index, item in enumerate(wanted):
            if item != (theirs := by_key.get(item[key])):
                yield from _unlike(item, theirs, (*place, index), inside)
    elif len(wanted) != len(live):
        yield place
    else:
        for index, (mine, theirs) in enumerate(zip(wanted, live, strict=True)):
            if mine != theirs:
                yield from _unlike(mine, theirs, (*place, index), inside)


def _merged(inside: str, items: list[Any]) -> bool:
    key = MERGED.get(inside)
    return key is not None and all(isinstance(item, dict) and key in item for item in items)


def _same_amount(one: str, other: str) -> bool:
    try:
        return amount(one) == amount(other)
    except ValueError:
        return False
