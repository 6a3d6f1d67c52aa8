"""Search: objects by their texts and those of their annotations."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import datetime
from typing import Any, Final

from omero_standin import refuse
from omero_standin.call import Call, plain
from omero_standin.model import schema
from omero_standin.model.graph import kind_of
from omero_standin.model.store import Row
from omero_standin.search import annotated
from omero_standin.search.documents import document
from omero_standin.search.lucene import Matcher, matcher
from omero_standin.services.stateful import Stateful

_FETCH: Final[dict[str, Any]] = {
    "details": {"owner": {}, "group": {}, "creationEvent": {}, "updateEvent": {}}
}
_ALL: Final = (
    "Project", "Dataset", "Image", "Screen", "Plate", "PlateAcquisition", "Well", "Folder",
)  # fmt: skip
_ACQUISITION: Final = "acquisitionDate"
_DAY_MS: Final = 24 * 3600 * 1000
Between = tuple[int | None, int | None]


class Search(Stateful):
    """One search of one client: restrictions first, then the words, then the results."""

    def __init__(self) -> None:
        """Nothing is searched for."""
        self._kinds: tuple[str, ...] = ()
        self._ids: set[int] | None = None
        self._owner: int | None = None
        self._group: int | None = None
        self._created: Between = (None, None)
        self._order: list[tuple[str, bool]] = []
        self._batch, self._leading = 1000, False
        self._found: list[Row] = []

    # --- how

    def setBatchSize(self, _call: Call, size: int) -> None:
        """How many results come at once."""
        if size < 1:
            raise refuse.usage(f"a batch size of {size} is not possible")
        self._batch = size

    def getBatchSize(self, _call: Call) -> Any:
        """How many results come at once."""
        return self._batch

    def setAllowLeadingWildcard(self, _call: Call, allow: bool) -> None:
        """Whether words may begin with a wildcard."""
        self._leading = allow

    def isAllowLeadingWildcard(self, _call: Call) -> Any:
        """Whether words may begin with a wildcard."""
        return self._leading

    def setCaseSensitive(self, _call: Call, sensitive: bool) -> None:
        """Only searches that ignore case are supported, as OMERO's index is in lower case."""
        if sensitive:
            raise refuse.unsupported("searches that heed case")

    def setCaseSentivice(self, call: Call, sensitive: bool) -> None:
        """The same under the name that it once had."""
        self.setCaseSensitive(call, sensitive)

    def isCaseSensitive(self, _call: Call) -> Any:
        """Never."""
        return False

    # --- restrictions

    def onlyType(self, _call: Call, kind: str) -> None:
        """Objects of one type."""
        self._kinds = (kind_of(kind),)

    def onlyTypes(self, _call: Call, kinds: Any) -> None:
        """Objects of some types."""
        self._kinds = tuple(kind_of(kind) for kind in kinds)

    def allTypes(self, _call: Call) -> None:
        """Objects of all types that are searched."""
        self._kinds = _ALL

    def onlyIds(self, _call: Call, ids: Any) -> None:
        """Objects with these ids; null for all."""
        self._ids = None if ids is None else set(ids)

    def onlyOwnedBy(self, _call: Call, details: Any) -> None:
        """Objects of a user, of a group or of both; null for all."""
        self._owner = self._group = None
        if details is not None:
            self._owner = plain(details.owner.id) if details.owner is not None else None
            self._group = plain(details.group.id) if details.group is not None else None

    def onlyCreatedBetween(self, _call: Call, start: Any, stop: Any) -> None:
        """Objects that were made in a time; null for no limit."""
        self._created = (plain(start), plain(stop))

    def addOrderByAsc(self, _call: Call, path: str) -> None:
        """Smaller values of a member first."""
        self._order.append((path, False))

    def addOrderByDesc(self, _call: Call, path: str) -> None:
        """Larger values of a member first."""
        self._order.append((path, True))

    def unordered(self, _call: Call) -> None:
        """In no particular order."""
        self._order = []

    def resetDefaults(self, _call: Call) -> None:
        """No restrictions."""
        self._kinds, self._ids, self._owner, self._group = (), None, None, None
        self._created, self._order = (None, None), []
        self._batch, self._leading = 1000, False

    # --- words

    def byFullText(self, call: Call, query: str) -> None:
        """Objects for a query in Lucene's language."""
        self._search(call, matcher(query, leading_wildcard=self._leading))

    def byLuceneQueryBuilder(
        self, call: Call, fields: str, first: str, last: str, date_type: str, query: str
    ) -> None:
        """Objects for words in some fields (all when none is named), made in a time.

        Days are `YYYYMMDD`; of images the day may be that of the acquisition.
        """
        names = [name.strip() for name in (fields or "").split(",") if name.strip()]
        whole = matcher(query, leading_wildcard=self._leading)
        between = (_day(first), _day(last, _DAY_MS))

        def matches(found: dict[str, list[str]]) -> bool:
            return whole({name: found.get(name, []) for name in names} if names else found)

        self._search(call, matches, between, acquired=_ACQUISITION in (date_type or ""))

    def byAnnotatedWith(self, call: Call, given: Any) -> None:
        """Objects of the one chosen type that are annotated like all of these examples."""
        if len(self._kinds) != 1:
            raise refuse.usage(
                "Searches by annotated with are currently limited to a single type: call onlyType"
            )
        kind = self._kinds[0]
        if not schema.exists(f"{kind}AnnotationLink"):
            raise refuse.usage(f"{kind} cannot be annotated")
        wanted = annotated.examples(given)
        self._take(
            [
                row
                for row in call.store.rows(kind)
                if self._allows(row)
                and call.sees(row)
                and annotated.has_all(call.store, row, wanted, call.sees)
            ]
        )

    def clearQueries(self, _call: Call) -> None:
        """Forget the results."""
        self._found = []

    # --- results

    def hasNext(self, _call: Call) -> Any:
        """Whether there are more results."""
        return bool(self._found)

    def next(self, call: Call) -> Any:
        """The next result."""
        return self._next(call, 1)[0]

    def results(self, call: Call) -> Any:
        """The next results."""
        return self._next(call, self._batch)

    def _next(self, call: Call, count: int) -> list[Any]:
        if not self._found:
            raise refuse.usage("the search has no more results")
        batch, self._found = self._found[:count], self._found[count:]
        return call.marshaller().objects(batch, _FETCH)

    def _search(
        self,
        call: Call,
        matches: Matcher,
        between: Between = (None, None),
        *,
        acquired: bool = False,
    ) -> None:
        if not self._kinds:
            raise refuse.usage("onlyType must be called before a search")
        found = [
            row
            for kind in self._kinds
            for row in call.store.rows(kind)
            if self._allows(row)
            and _inside(row.values.get(_ACQUISITION) if acquired else row.time, between)
            and call.sees(row)
            and matches(document(call.store, call.kernel.data, row, call.sees))
        ]
        self._take(found)

    def _take(self, found: list[Row]) -> None:
        for path, descending in reversed(self._order):
            found.sort(key=lambda row: _key(row, path), reverse=descending)
        self._found += found

    def _allows(self, row: Row) -> bool:
        return (
            (self._ids is None or row.id in self._ids)
            and self._owner in (None, row.owner)
            and self._group in (None, row.group)
            and _inside(row.time, self._created)
        )


def _inside(time: int | None, between: Between) -> bool:
    start, stop = between
    if start is None and stop is None:
        return True
    return time is not None and (start is None or time >= start) and (stop is None or time < stop)


def _day(text: str, later: int = 0) -> int | None:
    """The first moment of a day in milliseconds since 1970 (UTC)."""
    if not text:
        return None
    try:
        day = datetime.datetime.strptime(text, "%Y%m%d").replace(tzinfo=datetime.UTC)
    except ValueError as error:
        raise refuse.usage(f"{text!r} is not a day (YYYYMMDD)") from error
    return int(day.timestamp() * 1000) + later


def _key(row: Row, path: str) -> tuple[bool, Any]:
    if path == "id":
        return (False, row.id)
    value = row.values.get(path)
    return (value is None, value if value is not None else "")
