"""IQuery: queries in HQL, and objects by type and id."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

from omero.rtypes import rbool, rdouble, rint, rlong, rmap, robject, rstring, rtime

from omero_standin import refuse
from omero_standin.call import Call, plain
from omero_standin.hql.evaluate import Evaluation, Line
from omero_standin.hql.fetches import fetched
from omero_standin.hql.navigate import Millis, Narrow, Permissions
from omero_standin.hql.parser import parse
from omero_standin.hql.tree import Query
from omero_standin.model import schema
from omero_standin.model.objects import Marshaller
from omero_standin.model.store import Row


class QueryService:
    """Reading what the caller may see."""

    def findAllByQuery(self, call: Call, text: str, parameters: Any) -> Any:
        """The objects that a query selects, with what it fetches."""
        query, lines = _run(call, text, parameters)
        if query.as_map or len(query.items) > 1:
            raise refuse.bad_query(
                "findAllByQuery returns objects; use projection for values", text
            )
        marshaller, fetch = call.marshaller(), fetched(query)
        return [_object(marshaller, line, fetch, text) for line in lines]

    def findByQuery(self, call: Call, text: str, parameters: Any) -> Any:
        """The one object that a query selects, or null; more than one is an error."""
        found = self.findAllByQuery(call, text, parameters)
        distinct = list({id(each): each for each in found}.values())
        if len(distinct) > 1:
            raise refuse.invalid(
                f"findByQuery found {len(distinct)} objects instead of one; query: {text}"
            )
        return distinct[0] if distinct else None

    def projection(self, call: Call, text: str, parameters: Any) -> Any:
        """The values that a query selects, line by line."""
        query, lines = _run(call, text, parameters)
        marshaller = call.marshaller()
        if not query.as_map:
            return [[_rtype(marshaller, value) for value in line.values] for line in lines]
        names = [item.name for item in query.items]
        return [
            [rmap({n: _mapped(marshaller, n, v) for n, v in zip(names, line.values, strict=True)})]
            for line in lines
        ]

    def get(self, call: Call, kind: str, object_id: int) -> Any:
        """An object by type and id; an error when the caller cannot see one."""
        if (found := self.find(call, kind, object_id)) is None:
            raise refuse.invalid(
                f"there is no {_kind(kind)} with id {object_id} that the caller may see"
            )
        return found

    def find(self, call: Call, kind: str, object_id: int) -> Any:
        """An object by type and id, or null."""
        row = call.store.find(_kind(kind), object_id)
        return call.marshaller().object(row) if row is not None and call.sees(row) else None

    def findAll(self, call: Call, kind: str, window: Any) -> Any:
        """All objects of a type."""
        rows = [row for row in call.store.rows(_kind(kind)) if call.sees(row)]
        marshaller = call.marshaller()
        return [marshaller.object(row) for row in _window(rows, window)]


def _run(call: Call, text: str, parameters: Any) -> tuple[Query, list[Line]]:
    given = {
        name: plain(value) for name, value in ((parameters.map or {}) if parameters else {}).items()
    }
    query = parse(text)
    lines = Evaluation(call.store, call, text, given).run(query)
    return query, _window(lines, parameters.theFilter if parameters else None)


def _window(found: list[Any], window: Any) -> list[Any]:
    """The part of a list that a filter's offset and limit ask for."""
    if window is None:
        return found
    start = plain(window.offset) or 0
    limit = plain(window.limit)
    return found[start:] if limit is None else found[start : start + limit]


def _kind(kind: str) -> str:
    """A type's name; Java's full name is allowed as in the real server."""
    name = kind.rpartition(".")[2]
    if not schema.exists(name):
        raise refuse.usage(f"{kind} is not a type of OMERO's model")
    return name


def _object(marshaller: Marshaller, line: Line, fetch: dict[str, Any], text: str) -> Any:
    value = line.values[0]
    if value is None:
        return None
    if not isinstance(value, Row):
        raise refuse.bad_query("findAllByQuery returns objects; use projection for values", text)
    return marshaller.object(value, fetch)


def _mapped(marshaller: Marshaller, name: str, value: Any) -> Any:
    """OMERO turns an object selected `as …_details_permissions` into the caller's rights on it."""
    if name.endswith("_details_permissions") and isinstance(value, Row):
        return marshaller.permissions_map(value)
    return _rtype(marshaller, value)


def _rtype(marshaller: Marshaller, value: Any) -> Any:
    match value:
        case None:
            return None
        case Row():
            return robject(marshaller.object(value))
        case Permissions():
            return marshaller.permissions_map(value.row)
        case bool():
            return rbool(value)
        case Millis():
            return rtime(int(value))
        case Narrow():
            return rint(int(value))
        case int():
            return rlong(value)
        case float():
            return rdouble(value)
        case str():
            return rstring(value)
    raise refuse.unsupported(f"a projection of a {type(value).__name__}")
