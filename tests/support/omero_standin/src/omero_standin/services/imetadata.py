"""IMetadata: annotations of objects."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

from omero_standin import refuse
from omero_standin.call import Call
from omero_standin.model import schema
from omero_standin.model.store import Ref


class Metadata:
    """Reading annotations through their links."""

    def loadAnnotations(
        self, call: Call, root: str, ids: Any, kinds: Any, annotators: Any, _options: Any
    ) -> Any:
        """The annotations of objects, by object id; types and annotators narrow them down."""
        kind = root.rpartition(".")[2]
        if not schema.exists(f"{kind}AnnotationLink"):
            raise refuse.usage(f"objects of the type {root} cannot be annotated")
        wanted = [name.rpartition(".")[2] for name in kinds or ()] or ["Annotation"]
        marshaller = call.marshaller()
        found: dict[int, list[Any]] = {}
        for row_id in ids:
            links = call.store.referring(f"{kind}AnnotationLink", "parent", Ref(kind, row_id))
            children = [call.store.get(*link.values["child"]) for link in links if call.sees(link)]
            found[row_id] = [
                marshaller.object(child)
                for child in children
                if any(schema.is_a(child.kind, each) for each in wanted)
                and (not annotators or child.owner in annotators)
            ]
        return found
