"""Table: one open OMERO.table."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

import numpy as np
import omero.cmd
import omero.grid
from omero.rtypes import rfloat, rlong, rstring

from omero_standin import refuse
from omero_standin.binary import checksums
from omero_standin.call import Call, plain
from omero_standin.kernel import Kernel
from omero_standin.model.enumeration import enumeration
from omero_standin.model.store import Row
from omero_standin.servants import unlocked
from omero_standin.services.access import need_edit
from omero_standin.services.commands.delete import delete
from omero_standin.services.commands.work import Failure, Work
from omero_standin.tables.storage import Table


class TableHandler:
    """A table of one client. Who may not change its file may only read."""

    def __init__(self, kernel: Kernel, file: Row) -> None:
        """Open the table of a file."""
        self._kernel, self._file = kernel, file
        self._table: Table | None = kernel.tables.open(file.id, kernel.data.content(file))

    # --- reading

    def getOriginalFile(self, call: Call) -> Any:
        """The file of the table."""
        return call.marshaller().object(self._file)

    @unlocked
    def getHeaders(self, _call: Call) -> Any:
        """The columns without values."""
        return self._open.headers()

    @unlocked
    def getNumberOfRows(self, _call: Call) -> Any:
        """How many rows there are."""
        return self._open.rows

    @unlocked
    def getWhereList(
        self, _call: Call, condition: str, variables: Any, start: int, stop: int, step: int
    ) -> Any:
        """The rows for which a condition holds."""
        given = {name: plain(value) for name, value in (variables or {}).items()}
        return self._open.where(condition, given, start, stop, step)

    @unlocked
    def readCoordinates(self, call: Call, rows: Any) -> Any:
        """All columns of some rows."""
        if not rows:
            raise refuse.usage("Rows not specified: []")
        return self._data(call, list(range(len(self._open.definitions))), rows)

    @unlocked
    def read(self, call: Call, numbers: Any, start: int, stop: int) -> Any:
        """Some columns of the rows from `start` to before `stop`; 0 and 0 for all."""
        last = self._open.rows if (start, stop) == (0, 0) else min(stop, self._open.rows)
        return self._data(call, numbers, range(start, max(start, last)))

    @unlocked
    def slice(self, call: Call, numbers: Any, rows: Any) -> Any:
        """Some columns of some rows; none stands for all."""
        return self._data(
            call,
            numbers or list(range(len(self._open.definitions))),
            rows or range(self._open.rows),
        )

    # --- writing

    def initialize(self, call: Call, columns: Any) -> None:
        """Take columns."""
        need_edit(call, self._file)
        self._open.initialise(columns)

    @unlocked
    def addData(self, call: Call, columns: Any) -> None:
        """Add rows."""
        self._need_edit(call)
        self._open.append(columns)

    @unlocked
    def update(self, call: Call, data: Any) -> None:
        """Overwrite rows."""
        self._need_edit(call)
        if data is not None:
            self._open.update(list(data.rowNumbers), data.columns)

    def addColumn(self, call: Call, _column: Any) -> Any:
        """Refused, as by the real server."""
        need_edit(call, self._file)
        raise refuse.usage("NYI")

    # --- metadata

    def getMetadata(self, _call: Call, name: str) -> Any:
        """One value, or null."""
        return _rtype(self._open.metadata().get(name))

    def getAllMetadata(self, _call: Call) -> Any:
        """All values."""
        return {name: _rtype(value) for name, value in self._open.metadata().items()}

    def setMetadata(self, call: Call, name: str, value: Any) -> None:
        """Set one value."""
        need_edit(call, self._file)
        self._open.set_metadata({name: plain(value)}, replace=False)

    def setAllMetadata(self, call: Call, values: Any) -> None:
        """Set all values."""
        need_edit(call, self._file)
        given = {name: plain(value) for name, value in (values or {}).items()}
        self._open.set_metadata(given, replace=True)

    # --- the end

    def close(self, call: Call) -> None:
        """Keep what was changed, and take the table away."""
        self.end()
        call.close_object()

    def delete(self, call: Call) -> None:
        """Delete the table with its file; clients close it afterwards all the same."""
        need_edit(call, self._file)
        self.end()
        work = Work(call.kernel, call.session, {"omero.group": "-1"}, call.current)
        try:
            with call.store.transaction():
                delete(work, omero.cmd.Delete2({"OriginalFile": [self._file.id]}))
        except Failure as failure:
            raise refuse.invalid(str(failure)) from failure
        for row in work.deleted:
            call.kernel.data.forget(row)

    def end(self) -> None:
        """Keep what was changed, also when the session ends without a `close`."""
        table, self._table = self._table, None
        if table is None:
            return
        if table.save():
            store, path = self._kernel.store, table.path
            with store.transaction():
                if store.find("OriginalFile", self._file.id) is not None:
                    hasher = enumeration(store, "ChecksumAlgorithm", checksums.DEFAULT)
                    store.update(
                        self._file,
                        size=path.stat().st_size,
                        hash=checksums.of_file(path),
                        hasher=hasher,
                    )
        self._kernel.tables.close(self._file.id)

    # --- inside

    @property
    def _open(self) -> Table:
        if self._table is None:
            raise refuse.usage("the table is closed")
        return self._table

    def _need_edit(self, call: Call) -> None:
        with call.store.lock:
            need_edit(call, self._file)

    def _data(self, call: Call, numbers: Any, rows: Any) -> Any:
        chosen = np.array(list(rows), np.int64)
        data = omero.grid.Data()
        data.columns = self._open.read(list(numbers), chosen)
        if call.context.get("omero.tables.include_row_numbers", "true").lower() == "true":
            data.rowNumbers = chosen.tolist()
        data.lastModification = int(self._open.changed * 1000)
        return data


def _rtype(value: Any) -> Any:
    match value:
        case float():
            return rfloat(value)
        case int():
            return rlong(value)
        case str():
            return rstring(value)
    return None
