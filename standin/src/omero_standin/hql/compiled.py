"""One query, ready to run: stages, conditions, items, groups, order, fetches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from omero_standin import refuse
from omero_standin.hql.closures import Function, SubQuery
from omero_standin.hql.edges import Edge
from omero_standin.hql.expressions import Expressions
from omero_standin.hql.fetches import Fetching, fetchings
from omero_standin.hql.functions import AGGREGATES, Aggregate
from omero_standin.hql.given import Given
from omero_standin.hql.lookups import conjuncts, find_lookups, rejects
from omero_standin.hql.plan import Condition, Planner, Stage
from omero_standin.hql.scope import Alias, Scope, name_of, row_type, type_named
from omero_standin.hql.steps import NoSuchMember, Step, Type, step
from omero_standin.hql.tree import Expression, Item, Path, Query, Source, has_call
from omero_standin.model.store import Row, Store


@dataclass(frozen=True, slots=True)
class Compiled:
    """One query, good for any parameters, caller and rows.

    `stages` plans a run: which rows come first depends on how many there are.
    """

    stages: Callable[[Callable[[Row], bool]], list[Stage]]
    items: tuple[Function, ...]
    distinct: bool
    grouped: bool
    group: tuple[Function, ...]
    having: Function | None
    aggregates: list[Aggregate]
    order: tuple[Function, ...]
    descending: tuple[bool, ...]
    fetches: tuple[Fetching, ...]
    # The aliases of the queries around it that it needs.
    uses: set[Alias]
    # Without an order of its own the answer comes by the ids of the first source.
    first: Alias


def compiled(
    store: Store,
    text: str,
    given: Given,
    query: Query,
    outer: Scope | None,
    slot: Callable[[], int],
    nested: Callable[[Query, Scope], SubQuery],
) -> Compiled:
    """Compile a query inside the scope of the one around it."""
    scope = Scope(store, outer)
    expressions = Expressions(store, text, given, scope, query, nested)
    expressions.slots = slot
    return _Compiler(store, text, query, scope, expressions).whole()


@dataclass(frozen=True, slots=True)
class _Select:
    items: tuple[Function, ...]
    grouped: bool
    group: tuple[Function, ...]
    having: Function | None
    order: tuple[Function, ...]


class _Compiler:
    def __init__(
        self,
        store: Store,
        text: str,
        query: Query,
        scope: Scope,
        expressions: Expressions,
    ) -> None:
        self._store = store
        self._text = text
        self._query = query
        self._scope = scope
        self._expressions = expressions
        self._edges: dict[Alias, Edge] = {}
        self._aggregates: list[Aggregate] = []

    def whole(self) -> Compiled:
        query = self._query
        with self._expressions.recording() as used:
            for source in query.sources:
                self._add(source)
            with self._expressions.recording() as asked:
                where = self._conditions(query.where)
                on = {
                    alias: self._conditions(alias.source.condition)
                    for alias in self._scope.own.values()
                }
                select = self._select()
        self._check_fetches()
        outer = {each for each in used if self._scope.own.get(each.name) is not each}
        for each in self._expressions.needed:
            where.append(Condition(_present(each.get), frozenset((each.alias,))))
            asked.add(each.alias)
        self._require(query.where)
        where += [condition for alias, found in on.items() if alias.required for condition in found]
        own = self._kept(asked)
        lookups = find_lookups(self._query, self._scope, self._expressions)
        store, edges = self._store, self._edges
        left = {alias: found for alias, found in on.items() if not alias.required}
        return Compiled(
            stages=lambda sees: Planner(store, sees, edges, lookups, own).stages(where, left),
            items=select.items,
            distinct=query.distinct,
            grouped=select.grouped,
            group=select.group,
            having=select.having,
            aggregates=self._aggregates,
            order=select.order,
            descending=tuple(each.descending for each in query.order),
            fetches=fetchings(list(self._scope.own.values()), set(own), self._path_steps),
            uses=outer,
            first=own[0],
        )

    def _select(self) -> _Select:
        query, compile_ = self._query, self._expressions.compile
        group = tuple(compile_(each) for each in query.group)
        grouped = bool(query.group) or any(has_call(item.value, AGGREGATES) for item in query.items)
        self._expressions.aggregates = self._aggregates if grouped else None
        items = tuple(compile_(each.value) for each in self._items())
        having = compile_(query.having) if query.having is not None else None
        order = tuple(compile_(self._ordered_by(each.value)) for each in query.order)
        return _Select(items, grouped, group, having, order)

    # --- sources

    def _add(self, source: Source) -> None:
        origin = self._scope.find(source.path.parts[0])
        name = name_of(source)
        if origin is None and source.join:
            found = self._scope.root(source.path, self._query)
            if found is None:
                first = source.path.parts[0]
                raise refuse.bad_query(f"{first} is neither an alias nor a member", self._text)
            self._add_edge(source, found[0], found[1])
        elif origin is None:
            kind = type_named(source.path.text)
            if kind is None:
                raise refuse.bad_query(
                    f"{source.path.text} is not mapped: no such type", self._text
                )
            self._scope.own[name] = Alias(name, self._expressions.slots(), row_type(kind), source)
        else:
            self._add_edge(source, origin, source.path.parts[1:])

    def _add_edge(self, source: Source, origin: Alias, parts: tuple[str, ...]) -> None:
        if not parts:
            raise refuse.bad_query(f"{source.path.text} is no association to join", self._text)
        current, last = origin.type, None
        for part in parts:
            last = self._step(current, part)
            current = last.type
        assert last is not None
        name = name_of(source)
        kind = row_type(last.type.kind) if last.type.tag == "rows" else last.type
        kind = Type("pair") if last.type.tag == "pairs" else kind
        alias = Alias(name, self._expressions.slots(), kind, source, origin)
        alias.required = source.join != "left"
        needed = len(self._expressions.needed)
        get: Function = self._holder(origin, parts[:-1])
        # A join's own path follows its kind of join: nothing on it has to be there.
        del self._expressions.needed[needed:]
        self._scope.own[name] = alias
        self._edges[alias] = Edge(origin, alias, parts, get, last)

    def _holder(self, origin: Alias, parts: tuple[str, ...]) -> Function:
        slot = origin.slot
        self._expressions.used(origin)
        return self._expressions.along(origin, parts) if parts else lambda frame: frame[slot]

    def _step(self, current: Type, part: str) -> Step:
        try:
            return step(self._store, current, part)
        except NoSuchMember as error:
            raise refuse.bad_query(str(error), self._text) from None

    # --- conditions

    def _conditions(self, node: Expression | None) -> list[Condition]:
        found = []
        for part in conjuncts(node):
            with self._expressions.recording() as used:
                holds = self._expressions.compile(part)
            found.append(Condition(holds, frozenset(used)))
        return found

    def _require(self, where: Expression | None) -> None:
        """Left joins whose row a condition needs anyway are inner joins."""
        required = {alias for alias in self._scope.own.values() if alias.required}
        own = set(self._scope.own.values())
        for part in conjuncts(where):
            # What a condition in here needs of the query around it decides about no line there.
            required |= own & rejects(part, lambda path: self._scope.root(path, self._query))
        required |= {each.alias for each in self._expressions.needed}
        for alias in required:
            each: Alias | None = alias
            while each is not None:
                each.required = True
                each = each.origin

    def _kept(self, asked: set[Alias]) -> list[Alias]:
        """The aliases without those that change nothing: single rows that nobody asks for."""
        kept: list[Alias] = []
        needed = set(asked)
        for alias in reversed(list(self._scope.own.values())):
            edge = self._edges.get(alias)
            if edge is not None and alias not in needed and edge.idle:
                del self._edges[alias]
                continue
            kept.append(alias)
            if edge is not None:
                needed.add(edge.origin)
        return kept[::-1]

    def _check_fetches(self) -> None:
        """What is fetched must hang on what is selected, as Hibernate demands."""
        selected = {
            self._scope.find(item.value.text)
            for item in self._items()
            if isinstance(item.value, Path)
        }
        for alias in self._scope.own.values():
            if alias.source.fetch and alias.origin not in selected:
                raise refuse.bad_query(
                    "query specified join fetching, but the owner of the fetched association was "
                    f"not present in the select list ({alias.source.path.text})",
                    self._text,
                )
            if alias.source.fetch:
                selected.add(alias)

    # --- what is selected

    def _items(self) -> tuple[Item, ...]:
        if self._query.items:
            return self._query.items
        return (Item(Path((name_of(self._query.sources[0]),))),)

    def _ordered_by(self, node: Expression) -> Expression:
        """The item that an order names by its `as`, else the order itself."""
        if isinstance(node, Path) and len(node.parts) == 1 and not self._scope.find(node.text):
            for item in self._query.items:
                if item.name == node.text:
                    return item.value
        return node

    def _path_steps(self, alias: Alias) -> tuple[Step, ...]:
        """The steps of a join's path, from its origin."""
        assert alias.origin is not None
        parts = alias.source.path.parts
        current, found = alias.origin.type, []
        for part in parts[1:] if parts[0] == alias.origin.name else parts:
            found.append(self._step(current, part))
            current = found[-1].type
        return tuple(found)


def _present(get: Function) -> Function:
    return lambda frame: get(frame) is not None
