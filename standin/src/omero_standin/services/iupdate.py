"""IUpdate: saving and deleting objects."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

from omero_standin import refuse
from omero_standin.call import Call
from omero_standin.model import schema
from omero_standin.model.store import Row
from omero_standin.saving.given import id_of, kind_of
from omero_standin.saving.save import Saver


class Update:
    """Each call is one transaction: all of it is saved, or nothing."""

    def saveObject(self, call: Call, given: Any) -> None:
        """Save an object."""
        self._save(call, [given])

    def saveAndReturnObject(self, call: Call, given: Any) -> Any:
        """Save an object; what was saved, with ids."""
        return self.saveAndReturnArray(call, [given])[0]

    def saveCollection(self, call: Call, given: Any) -> None:
        """Save several objects."""
        self._save(call, given)

    def saveArray(self, call: Call, given: Any) -> None:
        """Save several objects."""
        self._save(call, given)

    def saveAndReturnArray(self, call: Call, given: Any) -> Any:
        """Save several objects; what was saved, in their order."""
        saver, rows = self._save(call, given)
        return call.marshaller().answer(rows, saver.loaded)

    def saveAndReturnIds(self, call: Call, given: Any) -> Any:
        """Save several objects; their ids, in their order."""
        _, rows = self._save(call, given)
        return [row.id for row in rows if row is not None]

    def deleteObject(self, call: Call, given: Any) -> None:
        """Delete one row to which no other refers."""
        if given is None:
            return
        kind, row_id = kind_of(given), id_of(given)
        if row_id is None:
            raise refuse.usage("Non-managed IObject entity cannot be deleted. Must have an id.")
        row = call.store.find(kind, row_id)
        if row is None or not call.sees(row):
            raise refuse.usage(f"Cannot delete {kind}:{row_id}: there is none")
        if not call.rights(row).delete:
            raise refuse.forbidden(f"Deleting {row} not allowed.")
        _check_unreferred(call, row)
        call.store.delete(row)

    def indexObject(self, call: Call, given: Any) -> None:
        """Search looks at the rows themselves: there is nothing to index."""
        if given is None or id_of(given) is None:
            raise refuse.invalid("Non-managed object cannot be indexed.")
        call.store.get(kind_of(given), id_of(given) or 0)

    def _save(self, call: Call, given: Any) -> tuple[Saver, list[Row | None]]:
        if given is None or any(each is None for each in given):
            raise refuse.usage("Argument to save cannot be null.")
        saver = Saver(call)
        with call.store.transaction():
            rows: list[Row | None] = [saver.save(each) for each in given]
            saver.finish()
        return saver, rows


def _check_unreferred(call: Call, row: Row) -> None:
    for kind, member in schema.referrers(row.kind):
        for other in call.store.holding(kind, member, row.ref):
            raise refuse.invalid(
                f"could not delete {row.kind}:{row.id}: {other.kind}:{other.id} still refers to it "
                f"as its {member}; consider the command Delete2"
            )
