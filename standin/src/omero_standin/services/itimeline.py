"""ITimeline: what was made when."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from omero_standin import refuse
from omero_standin.call import Call, plain
from omero_standin.model import schema
from omero_standin.model.objects import Fetch
from omero_standin.model.store import Row

_KINDS: Final = ("Project", "Dataset", "Image", "RenderingDef")
_FETCH: Final[Fetch] = {
    "details": {"owner": {}, "group": {}, "creationEvent": {}, "updateEvent": {}},
    "pixels": {"pixelsType": {}},
}
# What the real server lists of its event log.
_LOGGED: Final = ("Project", "Dataset", "Image")


class Timeline:
    """Objects by the time of their creation."""

    def getByPeriod(
        self, call: Call, kinds: Any, start: Any, end: Any, parameters: Any, _merge: bool
    ) -> Any:
        """The objects made in a time, the last ones first, by type."""
        return {
            kind: call.marshaller().objects(
                _window(_between(call, kind, start, end, parameters), parameters), _fetch(kind)
            )
            for kind in _known(kinds)
        }

    def countByPeriod(self, call: Call, kinds: Any, start: Any, end: Any, parameters: Any) -> Any:
        """How many objects were made in a time, by type."""
        return {kind: len(_between(call, kind, start, end, parameters)) for kind in _known(kinds)}

    def getMostRecentObjects(self, call: Call, kinds: Any, parameters: Any, _merge: bool) -> Any:
        """The objects made last, by type."""
        return {
            kind: call.marshaller().objects(
                _window(_between(call, kind, None, None, parameters), parameters), _fetch(kind)
            )
            for kind in _known(kinds)
        }

    def getMostRecentAnnotationLinks(
        self, call: Call, parents: Any, children: Any, namespaces: Any, parameters: Any
    ) -> Any:
        """The links to annotations made last."""
        wanted = _owned(parameters)
        kinds = [f"{_named(each)}AnnotationLink" for each in parents or ("Image",)]
        allowed = [_named(each) for each in children or ("Annotation",)]
        found = []
        for kind in kinds:
            for link in call.store.rows(kind):
                child = call.store.get(*link.values["child"])
                if (
                    wanted(link)
                    and call.sees(link)
                    and any(schema.is_a(child.kind, each) for each in allowed)
                    and (not namespaces or child.values.get("ns") in namespaces)
                ):
                    found.append(link)
        rows = _window(sorted(found, key=lambda row: (-row.time, -row.id)), parameters)
        details = {"details": _FETCH["details"]}
        return call.marshaller().objects(rows, details | {"parent": {}, "child": details})

    def getMostRecentShareCommentLinks(self, _call: Call, _parameters: Any) -> Any:
        """There are no shares."""
        return []

    def getEventLogsByPeriod(self, call: Call, start: Any, end: Any, parameters: Any) -> Any:
        """The entries of the event log for objects that were made in a time."""
        names = {schema.java_name(kind) for kind in _LOGGED}
        wanted = _owned(parameters)
        found = []
        for entry in call.store.rows("EventLog"):
            event = call.store.get(*entry.values["event"])
            if entry.values["entityType"] not in names or not _inside(event.time, start, end):
                continue
            kind = entry.values["entityType"].rpartition(".")[2]
            row = call.store.find(kind, entry.values["entityId"])
            if row is not None and call.sees(row) and wanted(row):
                found.append(entry)
        rows = _window(found, parameters)
        return call.marshaller().objects(rows, {"event": {"experimenter": {}}})


def _known(kinds: Any) -> list[str]:
    found = [_named(each) for each in kinds or _KINDS]
    for kind in found:
        if kind not in _KINDS:
            raise refuse.usage(
                f"the timeline does not support {kind}; it supports {', '.join(_KINDS)}"
            )
    return found


def _named(name: str) -> str:
    kind = schema.named(name)
    if kind is None:
        raise refuse.usage(f"{name} is not a type of OMERO's model")
    return kind


def _fetch(kind: str) -> Fetch:
    return _FETCH if kind in ("Image", "RenderingDef") else {"details": _FETCH["details"]}


def _between(call: Call, kind: str, start: Any, end: Any, parameters: Any) -> list[Row]:
    wanted = _owned(parameters)
    found = [
        row
        for row in call.store.rows(kind)
        if _inside(row.time, start, end) and wanted(row) and call.sees(row)
    ]
    return sorted(found, key=lambda row: (-row.time, -row.id))


def _inside(time: int, start: Any, end: Any) -> bool:
    return (start is None or time >= plain(start)) and (end is None or time < plain(end))


def _owned(parameters: Any) -> Callable[[Row], bool]:
    window = getattr(parameters, "theFilter", None)
    owner = plain(getattr(window, "ownerId", None))
    group = plain(getattr(window, "groupId", None))
    return lambda row: (
        (owner in (None, -1) or row.owner == owner) and (group in (None, -1) or row.group == group)
    )


def _window(rows: list[Row], parameters: Any) -> list[Row]:
    window = getattr(parameters, "theFilter", None)
    start = plain(getattr(window, "offset", None)) or 0
    return rows[start:][: plain(getattr(window, "limit", None))]
