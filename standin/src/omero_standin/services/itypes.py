"""ITypes: enumerations."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

from omero_standin import refuse
from omero_standin.call import Call, plain
from omero_standin.model import enumerations, schema
from omero_standin.services.iupdate import Update


class Types:
    """Looking enumerations up, and adding to them."""

    def getEnumeration(self, call: Call, kind: str, value: str) -> Any:
        """One value of an enumeration."""
        found = call.store.holding(_kind(kind), "value", value)
        if not found:
            raise refuse.usage(
                f"An enumeration of type {kind} with the value {value} does not exist"
            )
        return call.marshaller().object(found[0])

    def allEnumerations(self, call: Call, kind: str) -> Any:
        """All values of an enumeration."""
        return call.marshaller().objects(call.store.rows(_kind(kind)))

    def getEnumerationTypes(self, _call: Call) -> Any:
        """The names of all enumerations."""
        return [kind for kind in schema.kinds() if schema.is_enumeration(kind)]

    def getAnnotationTypes(self, _call: Call) -> Any:
        """The names of all types of annotations."""
        return [kind for kind in schema.kinds() if schema.is_a(kind, "Annotation")]

    def getEnumerationsWithEntries(self, call: Call) -> Any:
        """All enumerations with their values."""
        kinds = self.getEnumerationTypes(call)
        return {kind: self.allEnumerations(call, kind) for kind in kinds}

    def getOriginalEnumerations(self, call: Call) -> Any:
        """The values that were there from the start, without those that were added."""
        return call.marshaller().objects(
            [
                row
                for kind in self.getEnumerationTypes(call)
                for row in call.store.rows(kind)
                if row.values["value"] in enumerations.original(kind)
            ]
        )

    def createEnumeration(self, call: Call, given: Any) -> Any:
        """Add a value."""
        return Update().saveAndReturnObject(call, given)

    def deleteEnumeration(self, call: Call, given: Any) -> None:
        """Remove a value that nobody uses."""
        Update().deleteObject(call, given)

    def updateEnumeration(self, call: Call, given: Any) -> Any:
        """Change a value; for administrators."""
        row = call.store.get(_kind(given.ice_id().rpartition("::")[2]), plain(given.id))
        if not call.rights(row).edit:
            raise refuse.forbidden(f"Updating {row.kind}:{row.id} not allowed.")
        call.store.update(row, value=plain(given.value))
        return call.marshaller().object(row)


def _kind(name: str) -> str:
    kind = schema.named(name)
    if kind is None or not schema.is_enumeration(kind):
        raise refuse.usage(f"{name} is not an enumeration of OMERO's model")
    return kind
