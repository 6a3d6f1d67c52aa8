"""IMetadata: annotations of objects, and how an image was acquired."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any, Final

from omero.constants.metadata import NSINSIGHTTAGSET
from omero.rtypes import rlong

from omero_standin import refuse
from omero_standin.call import Call, plain
from omero_standin.model import schema
from omero_standin.model.loaded import Fetch, Loaded
from omero_standin.model.store import Ref, Row

_DETAILS: Final[Fetch] = {"owner": {}, "group": {}, "creationEvent": {}, "updateEvent": {}}
_ANNOTATION: Final[Fetch] = {"details": _DETAILS, "file": {"hasher": {}, "details": _DETAILS}}
_CHANNEL: Final[Fetch] = {
    "illumination": {}, "mode": {}, "contrastMethod": {}, "photometricInterpretation": {},
    "detectorSettings": {"binning": {}, "detector": {"type": {}}},
    "lightSourceSettings": {
        "lightSource": {"type": {}, "laserMedium": {}, "pulse": {}, "pump": {}},
        "microbeamManipulation": {},
    },
    "lightPath": {
        "dichroic": {},
        "emissionFilterLinks": {"child": {"type": {}, "transmittanceRange": {}}},
        "excitationFilterLinks": {"child": {"type": {}, "transmittanceRange": {}}},
    },
    "filterSet": {},
    "otf": {"pixelsType": {}, "objective": {}, "filterSet": {}},
}  # fmt: skip
_INSTRUMENT: Final[Fetch] = {
    "microscope": {"type": {}},
    "detector": {"type": {}},
    "objective": {"immersion": {}, "correction": {}},
    "filter": {"type": {}, "transmittanceRange": {}},
    "dichroic": {},
    "filterSet": {},
    "otf": {},
    "lightSource": {"type": {}, "laserMedium": {}, "pulse": {}, "pump": {}},
    "details": _DETAILS,
}
# The types whose links `loadTagContent` and `getTaggedObjectsCount` follow.
_TAGGABLE: Final = ("Project", "Dataset", "Image", "Screen", "Plate", "Well", "PlateAcquisition")


class Metadata:
    """Reading annotations through their links, and acquisition data."""

    def loadAnnotations(
        self, call: Call, root: str, ids: Any, kinds: Any, annotators: Any, _options: Any
    ) -> Any:
        """The annotations of objects, by object id; types and annotators narrow them down."""
        wanted = [_kind(name) for name in kinds or ()] or ["Annotation"]
        rows = {
            each: [
                row
                for row in _linked_to(call, _kind(root), each)
                if any(schema.is_a(row.kind, kind) for kind in wanted)
                and (not annotators or row.owner in annotators)
            ]
            for each in ids
        }
        return _by_key(call, rows)

    def loadSpecifiedAnnotations(
        self, call: Call, kind: str, include: Any, exclude: Any, options: Any
    ) -> Any:
        """All annotations of a type with or without some namespaces."""
        return call.marshaller().objects(
            _specified(call, kind, include, exclude, options), _ANNOTATION
        )

    def countSpecifiedAnnotations(
        self, call: Call, kind: str, include: Any, exclude: Any, options: Any
    ) -> Any:
        """How many annotations of a type there are with or without some namespaces."""
        return rlong(len(_specified(call, kind, include, exclude, options)))

    def loadSpecifiedAnnotationsLinkedTo(
        self, call: Call, kind: str, include: Any, exclude: Any, root: str, ids: Any, options: Any
    ) -> Any:
        """The annotations of a type on objects, by object id."""
        wanted = {row.ref for row in _specified(call, kind, include, exclude, options)}
        rows = {
            each: [row for row in _linked_to(call, _kind(root), each) if row.ref in wanted]
            for each in ids
        }
        return _by_key(call, rows)

    def loadAnnotation(self, call: Call, ids: Any) -> Any:
        """Annotations by id."""
        rows = [call.store.find("Annotation", each) for each in ids]
        found = [row for row in rows if row is not None and call.sees(row)]
        return call.marshaller().objects(found, _ANNOTATION)

    def loadTagContent(self, call: Call, ids: Any, _options: Any) -> Any:
        """The objects that tags are on, by tag id."""
        return _by_key(call, {each: _tagged(call, each) for each in ids}, {"details": _DETAILS})

    def getTaggedObjectsCount(self, call: Call, ids: Any, _options: Any) -> Any:
        """How many objects tags are on, by tag id."""
        return {each: len(_tagged(call, each)) for each in ids}

    def loadTagSets(self, call: Call, options: Any) -> Any:
        """The tag sets with their tags; with the option `orphan` also the tags in none of them.

        Of one user when the filter names one.
        """
        owner = plain(getattr(getattr(options, "theFilter", None), "ownerId", None))
        tags = [
            row
            for row in call.store.rows("TagAnnotation")
            if call.sees(row) and (owner in (None, -1) or row.owner == owner)
        ]
        sets = [row for row in tags if row.values.get("ns") == NSINSIGHTTAGSET]
        loaded = Loaded()
        inside: set[Ref] = set()
        for row in sets:
            loaded.expand(call.store, row, {"details": _DETAILS})
            loaded.add_to_collection(row, "annotationLinks", None)
            for link in call.store.referring("AnnotationAnnotationLink", "parent", row.ref):
                child = call.store.get(*link.values["child"])
                if child.kind == "TagAnnotation" and call.sees(link):
                    loaded.add_to_collection(row, "annotationLinks", link)
                    loaded.expand(call.store, child, {"details": _DETAILS})
                    inside.add(child.ref)
        found: list[Row | None] = [*sets]
        if plain(getattr(getattr(options, "theOptions", None), "orphan", None)):
            for row in tags:
                if row not in sets and row.ref not in inside:
                    loaded.expand(call.store, row, {"details": _DETAILS})
                    found.append(row)
        return call.marshaller().answer(found, loaded)

    def loadLogFiles(self, call: Call, root: str, ids: Any) -> Any:
        """The log files of imports, by the id of the fileset."""
        if _kind(root) != "Fileset":
            raise refuse.unsupported(f"IMetadata.loadLogFiles of {root}")
        found: dict[Any, list[Row]] = {}
        for each in ids:
            fileset = call.store.get("Fileset", each)
            jobs = [
                link.values["child"]
                for link in call.store.referring("FilesetJobLink", "parent", fileset.ref)
            ]
            found[each] = [
                call.store.get(*link.values["child"])
                for job in jobs
                for link in call.store.referring("JobOriginalFileLink", "parent", job)
            ]
        return _by_key(call, found, {"details": _DETAILS})

    def loadChannelAcquisitionData(self, call: Call, ids: Any) -> Any:
        """The logical channels of channels, with the settings they were acquired with."""
        rows = []
        for each in ids:
            channel = call.store.find("Channel", each)
            if channel is not None and call.sees(channel) and "logicalChannel" in channel.values:
                rows.append(call.store.get(*channel.values["logicalChannel"]))
        return call.marshaller().objects(rows, _CHANNEL)

    def loadInstrument(self, call: Call, instrument_id: int) -> Any:
        """An instrument with all its parts."""
        row = call.store.find("Instrument", instrument_id)
        if row is None or not call.sees(row):
            return None
        return call.marshaller().object(row, _INSTRUMENT)


def _kind(name: str) -> str:
    kind = schema.named(name)
    if kind is None:
        raise refuse.usage(f"{name} is not a type of OMERO's model")
    return kind


def _linked_to(call: Call, kind: str, row_id: int) -> list[Row]:
    row = call.store.find(kind, row_id)
    root = schema.root(kind)
    if not schema.exists(f"{root}AnnotationLink"):
        raise refuse.usage(f"objects of the type {kind} cannot be annotated")
    if row is None:
        return []
    links = call.store.referring(f"{root}AnnotationLink", "parent", row.ref)
    return [call.store.get(*link.values["child"]) for link in links if call.sees(link)]


def _specified(call: Call, kind: str, include: Any, exclude: Any, options: Any) -> list[Row]:
    owner = plain(getattr(getattr(options, "theFilter", None), "ownerId", None))
    return [
        row
        for row in call.store.rows(_kind(kind))
        if call.sees(row)
        and (not include or row.values.get("ns") in include)
        and (not exclude or row.values.get("ns") not in exclude)
        and (owner in (None, -1) or row.owner == owner)
    ]


def _tagged(call: Call, tag_id: int) -> list[Row]:
    tag = call.store.get("Annotation", tag_id)
    links = [
        link
        for kind in _TAGGABLE
        for link in call.store.referring(f"{kind}AnnotationLink", "child", tag.ref)
    ]
    return [call.store.get(*link.values["parent"]) for link in links if call.sees(link)]


def _by_key(call: Call, rows: dict[Any, list[Row]], fetch: Fetch = _ANNOTATION) -> Any:
    """Lists of rows as lists of objects that share what they refer to."""
    flat = [row for found in rows.values() for row in found]
    made = iter(call.marshaller().objects(flat, fetch))
    return {key: [next(made) for _ in found] for key, found in rows.items()}
