"""What others add to the platform's children: taken back, or left and told.

A child's specification and data are closed: a port, a container, a variable, a key that somebody
adds opens or changes the site. The API server notes who set each field, so an addition is what
another manager owns and the plan does not have. Labels and annotations are open, those of pod
templates too (`kubectl rollout restart` sets one).

Two things stay and are told in the status. What admission adds belongs to no manager: the API
server notes owners before it calls webhooks. What an autoscaler sets comes through the subresource
`scale`.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from omero_operator.api.v1alpha1.status import ForeignField
from omero_operator.cluster.client import Api
from omero_operator.cluster.differences import MERGED, Place, changeable, differences, fitted
from omero_operator.cluster.errors import AlreadyExistsError, RefusedError
from omero_operator.cluster.managed_fields import Path, owned, pointer, readable, value_at
from omero_operator.desired.component import Credential
from omero_operator.identity.kinds import (
    CLAIM,
    JOB,
    SECRET,
    Manifest,
    kind_of,
)
from omero_operator.identity.labels import AUTOSCALED, COMPONENT, MANAGER, SCALED_BY
from omero_operator.state.observed import Observed

logger = logging.getLogger(__name__)

# Characters of a field that the status takes.
_LONGEST = 512
# Seconds until what cannot be taken back is tried again.
_LONG = 3600.0

ADMISSION = "admission"
AUTOSCALER = "kube-controller-manager"

# Volumes are bound and grown by others; the pods of a Job cannot be changed.
_OPEN_KINDS = (CLAIM.name, JOB.name)
_OPEN_BLOCKS = ("f:apiVersion", "f:kind", "f:metadata", "f:status")
_OPEN_FIELDS: Mapping[str, Sequence[str]] = {
    # OpenShift's controllers fill these.
    "ServiceAccount": ("secrets", "imagePullSecrets"),
    # Set by some controllers of load balancers; without one it means nothing.
    "Service": ("spec.loadBalancerIP",),
}
# Owns what was there before the first server-side apply, defaults of the API server among it.
_NOBODY = ("", MANAGER, "before-first-apply")
# Maps whose keys admission adds, and the API server never by itself.
_FILLED_MAPS = ("requests", "limits", "nodeSelector")
_REPLICAS: Path = ("f:spec", "f:replicas")


@dataclass(frozen=True)
class _Child:
    """One child: what it should be, and what it is."""

    wanted: Manifest
    live: Manifest

    @property
    def title(self) -> str:
        return f"{self.live['kind']}/{self.live['metadata']['name']}"

    @property
    def component(self) -> str:
        return str(self.wanted["metadata"]["labels"][COMPONENT])


class Additions:
    """Takes back what others add, and remembers when it did.

    What comes back at once comes from a program that would add it for ever. It is taken back once
    per full pass and told meanwhile, so that two operators do not write as fast as they can.

    Args:
        api: Connection.
        full_pass: Seconds between two full passes.
        clock: Seconds of a clock that only goes forward.
    """

    def __init__(
        self, api: Api, full_pass: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        # Full passes come a little early or late.
        self._pause = full_pass / 2
        self._clock = clock
        # (uid, path) -> when it may be taken back again
        self._not_before: dict[tuple[str, Path], float] = {}

    async def take_back(
        self, wanted: Sequence[Manifest], generated: Sequence[Credential], observed: Observed
    ) -> Observed:
        """Remove what others added to closed fields.

        Args:
            wanted: The plan.
            generated: Generated Secrets: their keys are no additions, whoever set the values.
            observed: What is there after the plan was applied.

        Returns:
            What is there afterwards, with the foreign fields that stay.

        Raises:
            TemporaryError: The API server cannot be reached or is overloaded.
            LeadershipLostError: Another replica may be active.
        """
        self._forget()
        children = dict(observed.children)
        foreign: list[ForeignField] = []
        failed = {failure.component for failure in observed.failures}
        for child in _children(wanted, generated, observed):
            now = await self._cleaned(child)
            children[now.live["kind"], now.live["metadata"]["name"]] = now.live
            foreign += [
                _foreign(now, readable(path), manager)
                for path, manager in additions(now.wanted, now.live).items()
            ]
            if now.component not in failed:
                foreign += _left(now)
        told = sorted(set(foreign), key=lambda f: (f.object, f.field, f.manager))
        return replace(observed, children=children, foreign_fields=tuple(told))

    def _forget(self) -> None:
        now = self._clock()
        self._not_before = {key: at for key, at in self._not_before.items() if at > now}

    def _due(self, live: Manifest, path: Path) -> bool:
        return (live["metadata"]["uid"], path) not in self._not_before

    def _wait(self, live: Manifest, paths: Iterable[Path], seconds: float) -> None:
        at = self._clock() + seconds
        self._not_before |= {(live["metadata"]["uid"], path): at for path in paths}

    async def _cleaned(self, child: _Child) -> _Child:
        """The child without what may be taken back now."""
        live = child.live
        found = additions(child.wanted, live)
        due = {path: manager for path, manager in found.items() if self._due(live, path)}
        if not due:
            return child
        try:
            after = await self._api.json_patch(kind_of(live), live, _removal(live, due))
        except AlreadyExistsError:
            # It changed since it was read; its event brings the next pass.
            return child
        except RefusedError as error:
            logger.warning("cannot revert what was added to %s: %s", child.title, error)
            self._wait(live, due, _LONG)
            return child
        for path, manager in due.items():
            logger.warning("reverted %s of %s, set by %s", readable(path), child.title, manager)
        self._wait(live, due, self._pause)
        # Another manager may apply the very default of the API server: it is there again at once.
        self._wait(live, due.keys() & additions(child.wanted, after).keys(), _LONG)
        return replace(child, live=after)


def _removal(live: Manifest, paths: Iterable[Path]) -> list[dict[str, Any]]:
    """A JSON patch that removes fields, if the object is still the one that was read."""
    places = sorted(place for path in paths if (place := pointer(live, path)))
    version = live["metadata"]["resourceVersion"]
    return [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
        # Of one list the last items go first: indices before them stay right.
        *({"op": "remove", "path": _json_pointer(place)} for place in reversed(places)),
    ]


def additions(wanted: Manifest, live: Manifest) -> dict[Path, str]:
    """What other managers added to closed fields: the topmost of their fields, with the manager.

    Args:
        wanted: What the plan says.
        live: The object as it is.
    """
    kind = live["kind"]
    theirs: dict[Path, str] = {}
    for field in owned(live):
        if field.manager in _NOBODY or field.subresource or not _closed(kind, field.path):
            continue
        theirs.setdefault(field.path, field.manager)
    found: dict[Path, str] = {}
    for path, manager in theirs.items():
        top = _topmost(path, wanted, theirs)
        if top and pointer(live, top):
            found.setdefault(top, theirs.get(top, manager))
    return found


def contested(wanted: Manifest, live: Manifest) -> list[Path]:
    """Lists and blocks of ours that another manager set as a whole.

    The API server knows one owner for all that is in them. Whether their content differs from the
    plan's cannot be told from here, because of defaults.
    """
    found = []
    for field in owned(live):
        if field.manager in _NOBODY or field.subresource or not field.whole:
            continue
        if not _closed(live["kind"], field.path):
            continue
        if isinstance(value_at(wanted, field.path), dict | list):
            found.append(field.path)
    return found


def scaled(wanted: Manifest, live: Manifest | None) -> Manifest:
    """The manifest without replicas, where an autoscaler sets them.

    The number that was left out is noted. A specification that then asks for another number is
    applied once, and the autoscaler goes on from there. Zero is always ours: a component that
    waits or sleeps.
    """
    count = wanted.get("spec", {}).get("replicas", 0)
    if live and count and SCALED_BY in wanted["metadata"].get("annotations", {}):
        return _scaled_by_our_own(wanted, live)
    if live is None or not count or not live["spec"].get("replicas", 0):
        return wanted
    noted = live["metadata"].get("annotations", {}).get(AUTOSCALED, str(count))
    if not _autoscaled(live) or noted != str(count):
        return wanted
    metadata = wanted["metadata"]
    annotations = {**metadata.get("annotations", {}), AUTOSCALED: str(count)}
    spec = {key: value for key, value in wanted["spec"].items() if key != "replicas"}
    return {**wanted, "metadata": {**metadata, "annotations": annotations}, "spec": spec}


def _scaled_by_our_own(wanted: Manifest, live: Manifest) -> Manifest:
    """The manifest of a workload whose autoscaler is a child of the site, too.

    Its number is left alone: a field that is no longer applied, and that nobody else has set, would
    fall back to the API server's default of one pod. Only a workload that slept is woken.
    """
    spec = {key: value for key, value in wanted["spec"].items() if key != "replicas"}
    if any((each.subresource, each.path) == ("scale", _REPLICAS) for each in owned(live)):
        return {**wanted, "spec": spec}
    there = live["spec"].get("replicas", 0)
    return {**wanted, "spec": {**spec, "replicas": there}} if there else wanted


def _autoscaled(live: Manifest) -> bool:
    return any(
        (field.manager, field.subresource, field.path) == (AUTOSCALER, "scale", _REPLICAS)
        for field in owned(live)
    )


def _children(
    wanted: Sequence[Manifest], generated: Sequence[Credential], observed: Observed
) -> Iterator[_Child]:
    """The children that may be changed, each with what it should be."""
    held = {failure.component for failure in observed.failures if failure.holds}
    keys = {secret.name: [key for key, _ in secret.keys] for secret in generated}
    for manifest in wanted:
        live = observed.children.get((manifest["kind"], manifest["metadata"]["name"]))
        if live is None or "deletionTimestamp" in live["metadata"]:
            continue
        own = scaled(fitted(manifest, live), live)
        if manifest["kind"] == SECRET.name and manifest["metadata"]["name"] in keys:
            values = dict.fromkeys(keys[manifest["metadata"]["name"]])
            own = {**own, "type": None, "data": values}
        child = _Child(own, live)
        if child.component not in held:
            yield child


def _closed(kind: str, path: Path) -> bool:
    if kind in _OPEN_KINDS or not path or path[0] in _OPEN_BLOCKS:
        return False
    if path[0] == "f:spec" and "f:metadata" in path:
        return False  # of a pod template
    text = readable(path)
    return not any(
        text == field or text.startswith((f"{field}.", f"{field}["))
        for field in _OPEN_FIELDS.get(kind, ())
    )


def _topmost(path: Path, wanted: Any, theirs: Mapping[Path, str]) -> Path | None:
    """The first step of a path that the plan does not have and a foreign manager owns."""
    for length in range(1, len(path) + 1):
        start = path[:length]
        if start in theirs and pointer(wanted, start) is None:
            return start
    return None


def _left(child: _Child) -> Iterator[ForeignField]:
    """What stays although the plan has it otherwise.

    Changes by admission, by an autoscaler, and by a program whose changes were undone often enough.
    """
    wanted, live = child.wanted, child.live
    if AUTOSCALED in wanted["metadata"].get("annotations", {}):
        yield _foreign(child, "spec.replicas", AUTOSCALER)
    if live["kind"] in _OPEN_KINDS:
        return
    if wanted["kind"] != SECRET.name:
        managers = _managers(child)
        for place in differences(changeable(wanted), live):
            if place[0] != "metadata":
                yield _foreign(child, _text(wanted, place), managers.get(place, ADMISSION))
    places = (pointer(live, field.path) or () for field in owned(live))
    known = {place[:length] for place in places for length in range(1, len(place) + 1)}
    for place in _unowned(wanted.get("spec", {}), live.get("spec", {}), ("spec",), known):
        yield _foreign(child, _text(live, place), ADMISSION)


def _managers(child: _Child) -> Mapping[Place, str]:
    """Other managers that own fields of ours, by the place in the plan."""
    return {
        place: field.manager
        for field in owned(child.live)
        if field.manager not in _NOBODY and (place := pointer(child.wanted, field.path))
    }


def _foreign(child: _Child, field: str, manager: str) -> ForeignField:
    return ForeignField(object=child.title, field=field[:_LONGEST], manager=manager)


def _unowned(wanted: Any, live: Any, place: Place, known: set[Place]) -> Iterator[Place]:
    """Items of lists and maps that no manager owns and the plan does not have.

    Only of lists and maps to which the API server itself adds nothing.
    """
    for key, value in live.items() if isinstance(live, dict) else ():
        inner = wanted.get(key) if isinstance(wanted, dict) else None
        here = (*place, key)
        if key in MERGED and key != "ports" and isinstance(value, list):
            name = MERGED[key]
            ours = {item.get(name): item for item in inner or ()}
            for index, item in enumerate(value):
                if item.get(name) in ours:
                    yield from _unowned(ours[item[name]], item, (*here, index), known)
                elif (*here, index) not in known:
                    yield (*here, index)
        elif key in _FILLED_MAPS and isinstance(value, dict):
            for name in value:
                if name not in (inner or {}) and (*here, name) not in known:
                    yield (*here, name)
        else:
            yield from _unowned(inner, value, here, known)


def _text(data: Any, place: Place) -> str:
    """A place as people write it; items of lists by their names."""
    text = ""
    for step in place:
        data = data[step]
        if isinstance(step, str):
            text += f".{step}"
            continue
        names = [key for key in ("mountPath", "name") if isinstance(data, dict) and key in data]
        text += f"[{names[0]}={data[names[0]]}]" if names else f"[{step}]"
    return text.removeprefix(".")


def _json_pointer(place: Place) -> str:
    """RFC 6901."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)
