"""IContainer: hierarchies of containers and the images in them."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any, Final

from omero_standin import refuse
from omero_standin.call import Call, plain
from omero_standin.model import schema
from omero_standin.model.objects import Fetch
from omero_standin.model.store import Row
from omero_standin.services.iupdate import Update

_DETAILS: Final[Fetch] = {"owner": {}, "group": {}, "creationEvent": {}, "updateEvent": {}}
_IMAGE: Final[Fetch] = {
    "details": _DETAILS,
    "pixels": {"pixelsType": {}, "dimensionOrder": {}, "details": _DETAILS},
}
# Type → its collection of links and what they lead to; images are added when leaves are asked for.
_BELOW: Final = {
    "Project": ("datasetLinks", "Dataset"),
    "Dataset": ("imageLinks", "Image"),
    "Screen": ("plateLinks", "Plate"),
}
# Type → the query steps from it to its images.
_IMAGES: Final = {
    "Image": (),
    "Dataset": (("DatasetImageLink", "parent", "child"),),
    "Project": (
        ("ProjectDatasetLink", "parent", "child"),
        ("DatasetImageLink", "parent", "child"),
    ),
    "Well": (("WellSample", "well", "image"),),
    "Plate": (("Well", "plate", ""), ("WellSample", "well", "image")),
    "Screen": (
        ("ScreenPlateLink", "parent", "child"),
        ("Well", "plate", ""),
        ("WellSample", "well", "image"),
    ),
    "Fileset": (("Image", "fileset", ""),),
}


class Container:
    """Loading trees in one call."""

    def loadContainerHierarchy(self, call: Call, root: str, ids: Any, options: Any) -> Any:
        """Containers by id, or all of a user, with what is in them."""
        kind = _kind(root)
        given = ids or []
        rows = [call.store.find(kind, each) for each in given] if given else call.store.rows(kind)
        wanted = _filter(options)
        found = [
            row for row in rows if row is not None and call.sees(row) and (given or wanted(row))
        ]
        leaves = bool(plain(getattr(getattr(options, "theOptions", None), "leaves", None)))
        return call.marshaller().objects(found, _below(kind, leaves=leaves))

    def findContainerHierarchies(self, call: Call, root: str, ids: Any, _options: Any) -> Any:
        """The projects or datasets that images are in."""
        datasets = _up(call, "DatasetImageLink", [call.store.get("Image", each) for each in ids])
        if _kind(root) == "Dataset":
            return call.marshaller().objects(datasets, _below("Dataset", leaves=True))
        projects = _up(call, "ProjectDatasetLink", datasets)
        return call.marshaller().objects(projects, _below("Project", leaves=True))

    def getImages(self, call: Call, root: str, ids: Any, options: Any) -> Any:
        """The images in containers, with their pixels."""
        rows = _images(call, _kind(root), list(ids))
        window = getattr(options, "theFilter", None)
        start = plain(getattr(window, "offset", None)) or 0
        limit = plain(getattr(window, "limit", None))
        return call.marshaller().objects(rows[start:][:limit], _IMAGE)

    def getUserImages(self, call: Call, options: Any) -> Any:
        """The caller's images, or those of the user that the options name."""
        wanted = _filter(options)
        owner = plain(getattr(getattr(options, "theFilter", None), "ownerId", None))
        rows = call.store.holding("Image", "@owner", call.user.id if owner is None else owner)
        found = [row for row in rows if call.sees(row) and wanted(row)]
        return call.marshaller().objects(found, _IMAGE)

    def getImagesBySplitFilesets(self, call: Call, included: Any, _options: Any) -> Any:
        """The filesets of which some images are in the given containers and some are not.

        By fileset: the ids of the images inside (true) and outside (false).
        """
        inside = {
            row.ref: row
            for kind, ids in included.items()
            for row in _images(call, _kind(kind), list(ids))
        }
        found: dict[int, dict[bool, list[int]]] = {}
        held = (row.values.get("fileset") for row in inside.values())
        for fileset in {ref for ref in held if ref is not None}:
            rows = call.store.referring("Image", "fileset", fileset)
            outside = [row.id for row in rows if row.ref not in inside]
            if outside:
                within = [row.id for row in rows if row.ref in inside]
                found[fileset.id] = {True: within, False: outside}
        return found

    def getCollectionCount(
        self, call: Call, root: str, collection: str, ids: Any, _options: Any
    ) -> Any:
        """How many elements a collection has, by the object's id."""
        kind, name = _kind(root), collection.rpartition("_")[2]
        member = schema.members(kind).get(name)
        if member is None or member.shape is not schema.Shape.MANY:
            raise refuse.usage(f"{kind} has no collection {name}")
        back = schema.inverse(kind, member.target)
        counts: dict[int, int] = {}
        for each in ids:
            row = call.store.find(kind, each)
            found = call.store.referring(member.target, back, row.ref) if row is not None else []
            counts[each] = sum(call.sees(element) for element in found)
        return counts

    def createDataObject(self, call: Call, given: Any, _options: Any) -> Any:
        """Save a new object."""
        return Update().saveAndReturnObject(call, given)

    def createDataObjects(self, call: Call, given: Any, _options: Any) -> Any:
        """Save new objects."""
        return Update().saveAndReturnArray(call, given)

    def updateDataObject(self, call: Call, given: Any, _options: Any) -> Any:
        """Save an object."""
        return Update().saveAndReturnObject(call, given)

    def updateDataObjects(self, call: Call, given: Any, _options: Any) -> Any:
        """Save objects."""
        return Update().saveAndReturnArray(call, given)

    def link(self, call: Call, links: Any, _options: Any) -> Any:
        """Save links."""
        return Update().saveAndReturnArray(call, links)

    def unlink(self, call: Call, links: Any, _options: Any) -> None:
        """Delete links; what they join stays."""
        with call.store.transaction():
            for each in links:
                Update().deleteObject(call, each)


def _kind(name: str) -> str:
    kind = schema.named(name)
    if kind is None:
        raise refuse.usage(f"{name} is not a type of OMERO's model")
    return kind


def _below(kind: str, *, leaves: bool) -> Fetch:
    fetch: Fetch = {"details": _DETAILS}
    if kind not in _BELOW:
        return _IMAGE if kind == "Image" else fetch
    collection, below = _BELOW[kind]
    if below != "Image" or leaves:
        fetch[collection] = {"child": _below(below, leaves=leaves)}
    return fetch


def _filter(options: Any) -> Any:
    """Whether a row has the owner and the group that options ask for."""
    window = getattr(options, "theFilter", None)
    owner = plain(getattr(window, "ownerId", None))
    group = plain(getattr(window, "groupId", None))

    def wanted(row: Row) -> bool:
        return (owner in (None, -1) or row.owner == owner) and (
            group in (None, -1) or row.group == group
        )

    return wanted


def _images(call: Call, kind: str, ids: list[int]) -> list[Row]:
    """The images in containers, each once, by id."""
    if kind not in _IMAGES:
        raise refuse.usage(f"objects of the type {kind} contain no images")
    rows = [row for each in ids if (row := call.store.find(kind, each)) is not None]
    for link, back, forth in _IMAGES[kind]:
        found = [each for row in rows for each in call.store.referring(link, back, row.ref)]
        rows = [call.store.get(*each.values[forth]) if forth else each for each in found]
    seen = {row.id: row for row in rows if call.sees(row)}
    return [seen[each] for each in sorted(seen)]


def _up(call: Call, link: str, rows: list[Row]) -> list[Row]:
    found = [each for row in rows for each in call.store.referring(link, "child", row.ref)]
    parents = {each.values["parent"]: each for each in found if call.sees(each)}
    return [call.store.get(*ref) for ref in parents]
