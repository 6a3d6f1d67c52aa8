"""IQuery: queries in HQL, and objects by type and id."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

from omero.rtypes import rbool, rdouble, rfloat, rint, rlist, rlong, rmap, robject, rstring, rtime

from omero_standin import refuse
from omero_standin.call import Call, plain
from omero_standin.hql.evaluate import Evaluation, Line
from omero_standin.hql.tree import Query
from omero_standin.hql.values import KindName, Millis, Narrow, Permissions, Single
from omero_standin.model import schema
from omero_standin.model.objects import Marshaller
from omero_standin.model.store import Row
from omero_standin.services.access import loaded, need_sight


class QueryService:
    """Reading what the caller may see."""

    def findAllByQuery(self, call: Call, text: str, parameters: Any) -> Any:
        """The objects that a query selects, with what it fetches."""
        query, evaluation, lines = _run(call, text, parameters)
        if query.as_map or len(query.items) > 1:
            raise refuse.bad_query(
                "findAllByQuery returns objects; use projection for values", text
            )
        window = parameters.theFilter if parameters else None
        if evaluation.fetches_collections:
            # The server always sets a limit, and then Hibernate makes each object count once, in
            # memory (ome.services.query.Query, QueryTranslatorImpl.list).
            firsts: dict[Any, list[Line]] = {}
            for line in lines:
                firsts.setdefault(_row(line, text), []).append(line)
            kept = _window(list(firsts.values()), window)
            loaded = evaluation.loaded([line for same in kept for line in same])
            return call.marshaller().answer([_row(same[0], text) for same in kept], loaded)
        lines = _window(lines, window)
        rows = [_row(line, text) for line in lines]
        return call.marshaller().answer(rows, evaluation.loaded(lines))

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
        query, _, lines = _run(call, text, parameters)
        lines = _window(lines, parameters.theFilter if parameters else None)
        marshaller = call.marshaller()
        if not query.as_map:
            # A line of a single unknown value is empty: OMERO.web counts on it for sums of nothing.
            return [
                []
                if line.values == (None,)
                else [_rtype(marshaller, value) for value in line.values]
                for line in lines
            ]
        names = [item.name for item in query.items]
        return [
            [rmap({n: _mapped(marshaller, n, v) for n, v in zip(names, line.values, strict=True)})]
            for line in lines
        ]

    def get(self, call: Call, kind: str, object_id: int) -> Any:
        """An object by type and id; an error when there is none or the caller may not see it."""
        return call.marshaller().object(loaded(call, _kind(kind), object_id))

    def find(self, call: Call, kind: str, object_id: int) -> Any:
        """An object by type and id, or null; an error when the caller may not see it."""
        row = call.store.find(_kind(kind), object_id)
        if row is None:
            return None
        need_sight(call, row)
        return call.marshaller().object(row)

    def findAll(self, call: Call, kind: str, window: Any) -> Any:
        """All objects of a type."""
        rows = [row for row in call.store.rows(_kind(kind)) if call.sees(row)]
        return call.marshaller().objects(_window(rows, window))

    def findByExample(self, call: Call, example: Any) -> Any:
        """The one object that has the values of an example, or null."""
        found = self.findAllByExample(call, example, None)
        if len(found) > 1:
            raise refuse.invalid(f"findByExample found {len(found)} objects instead of one")
        return found[0] if found else None

    def findAllByExample(self, call: Call, example: Any, window: Any) -> Any:
        """The objects that have the plain values of an example."""
        kind = _kind(example.ice_id().rpartition("::")[2])
        wanted = {
            member.name: plain(value)
            for member in schema.members(kind).values()
            if member.shape is schema.Shape.SCALAR
            and (value := getattr(example, f"_{member.name}")) is not None
        }
        return self._having(call, kind, wanted, window)

    def findByString(self, call: Call, kind: str, member: str, value: str) -> Any:
        """The one object with a text in a member, or null; more than one is an error."""
        found = self.findAllByString(call, kind, member, value, True, None)
        if len(found) > 1:
            raise refuse.invalid(f"findByString found {len(found)} objects instead of one")
        return found[0] if found else None

    def findAllByString(
        self, call: Call, kind: str, member: str, value: str, exact: bool, window: Any
    ) -> Any:
        """The objects with a text in a member, or with one that contains it in any case."""
        if member not in schema.members(_kind(kind)):
            raise refuse.usage(f"{kind} has no member {member}")
        if exact:
            return self._having(call, _kind(kind), {member: value}, window)
        rows = [
            row
            for row in call.store.rows(_kind(kind))
            if call.sees(row) and value.lower() in str(row.values.get(member) or "").lower()
        ]
        return call.marshaller().objects(_window(rows, window))

    def _having(self, call: Call, kind: str, wanted: dict[str, Any], window: Any) -> Any:
        rows = [
            row
            for row in call.store.rows(kind)
            if call.sees(row) and all(row.values.get(k) == v for k, v in wanted.items())
        ]
        return call.marshaller().objects(_window(rows, window))


def _run(call: Call, text: str, parameters: Any) -> tuple[Query, Evaluation, list[Line]]:
    given = {
        name: plain(value) for name, value in ((parameters.map or {}) if parameters else {}).items()
    }
    evaluation = call.kernel.query(text)
    return evaluation.query, evaluation, evaluation.run(call, given)


def _window(found: list[Any], window: Any) -> list[Any]:
    """The part of a list that a filter's offset and limit ask for."""
    if window is None:
        return found
    start = plain(window.offset) or 0
    limit = plain(window.limit)
    return found[start:] if limit is None else found[start : start + limit]


def _kind(kind: str) -> str:
    """A type by its name."""
    name = schema.named(kind)
    if name is None:
        raise refuse.usage(f"{kind} is not a type of OMERO's model")
    return name


def _row(line: Line, text: str) -> Row | None:
    value = line.values[0]
    if value is not None and not isinstance(value, Row):
        raise refuse.bad_query("findAllByQuery returns objects; use projection for values", text)
    return value


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
        case KindName():
            return rstring(value.java)
        case bool():
            return rbool(value)
        case Millis():
            return rtime(int(value))
        case Narrow():
            return rint(int(value))
        case int():
            return rlong(value)
        case Single():
            return rfloat(value)
        case float():
            return rdouble(value)
        case str():
            return rstring(value)
        case list():
            return rlist([_rtype(marshaller, each) for each in value])
    raise refuse.unsupported(f"a projection of a {type(value).__name__}")
