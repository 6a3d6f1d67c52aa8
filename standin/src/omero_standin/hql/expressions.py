"""Expressions of a query → functions of a frame, the list that holds the current row of each alias.

Three-valued logic is Python's: an unknown is `None`, and a condition holds when it is `True`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omero_standin import refuse
from omero_standin.hql.closures import (
    Choices,
    Frame,
    Function,
    SubQuery,
    binary,
    chain,
    choices,
    contains,
    listed,
    logic,
    unary,
)
from omero_standin.hql.functions import AGGREGATES, FUNCTIONS, Aggregate
from omero_standin.hql.given import Given
from omero_standin.hql.scope import Alias, Scope, type_named
from omero_standin.hql.steps import ROW, VALUE, NoSuchMember, Type, id_of, step
from omero_standin.hql.tree import (
    Binary,
    Call,
    Case,
    Exists,
    Expression,
    In,
    Literal,
    Parameter,
    Path,
    Query,
    Scalar,
    Unary,
)  # fmt: skip
from omero_standin.hql.values import KindName
from omero_standin.model import schema
from omero_standin.model.store import Row, Store

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Needed:
    """A row on the way of a path that must be there.

    Hibernate joins it without being asked, and drops the lines that have none.
    """

    alias: Alias
    get: Function


class Expressions:
    """Compiles the expressions of one query."""

    def __init__(
        self,
        store: Store,
        text: str,
        given: Given,
        scope: Scope,
        query: Query,
        subquery: Callable[[Query, Scope], SubQuery],
    ) -> None:
        """`subquery` compiles a query inside this one."""
        self._store = store
        self._text = text
        self._given = given
        self._scope = scope
        self._query = query
        self._subquery = subquery
        self._uses: list[set[Alias]] = []
        self.needed: list[Needed] = []
        # The aggregates found so far; None while they are not allowed.
        self.aggregates: list[Aggregate] | None = None
        self.slots: Callable[[], int] = lambda: -1

    @contextmanager
    def recording(self) -> Iterator[set[Alias]]:
        """Collects the aliases that the expressions compiled meanwhile use."""
        used: set[Alias] = set()
        self._uses.append(used)
        try:
            yield used
        finally:
            self._uses.pop()
            if self._uses:
                self._uses[-1] |= used

    def used(self, alias: Alias) -> None:
        """Note that an expression needs an alias."""
        if self._uses:
            self._uses[-1].add(alias)

    def compile(self, node: Expression) -> Function:
        """The function of an expression."""
        match node:
            case Literal(value):
                return lambda _frame: value
            case Parameter(name):
                return self._parameter(name)
            case Path():
                return self._path(node)
            case Call():
                return self._call(node)
            case Unary(sign, operand):
                return unary(sign, self.compile(operand))
            case Binary("and" | "or", left, right):
                return logic(node.operator, self.compile(left), self.compile(right))
            case Binary(sign, left, right):
                return binary(sign, self.compile(left), self.compile(right))
            case In():
                return self._in(node)
            case Exists(inner):
                return self._nested(inner).any
            case Scalar(inner):
                return self._nested(inner).first
            case Case():
                return self._case(node)

    def _parameter(self, name: str) -> Function:
        """The value of `:name` in each run."""
        given = self._given
        given.names[name] = None
        return lambda _frame: given.parameters[name]

    def type_of(self, path: Path) -> Type:
        """The type at the end of a path."""
        found = self._scope.root(path, self._query)
        if found is None:
            return VALUE
        alias, parts = found
        current = alias.type
        for part in parts:
            current = self._step(current, part).type
        return current

    # --- paths

    def _path(self, path: Path) -> Function:
        found = self._scope.root(path, self._query)
        if found is None:
            return self._word(path)
        alias, parts = found
        self.used(alias)
        slot = alias.slot
        if not parts:
            return lambda frame: frame[slot]
        return self.along(alias, parts)

    def along(self, alias: Alias, parts: tuple[str, ...]) -> Function:
        """The value at the end of a path from an alias."""
        current, slot = alias.type, alias.slot
        getters: list[Callable[[Any], Any]] = []
        at = 0
        while at < len(parts):
            if short := self._short_cut(parts[at:], current):
                getters.append(short)
                break
            found = self._step(current, parts[at])
            getters.append(found.get)
            at += 1
            if found.type.tag == ROW and at < len(parts) and current.tag == ROW:
                self._need(alias, list(getters))
            current = found.type
        if len(getters) == 1:
            only = getters[0]

            def one(frame: Frame) -> Any:
                value = frame[slot]
                return None if value is None else only(value)

            return one
        return chain(slot, getters)

    def _need(self, alias: Alias, getters: list[Callable[[Any], Any]]) -> None:
        if alias.name in self._scope.own and self._scope.own[alias.name] is alias:
            self.needed.append(Needed(alias, chain(alias.slot, getters)))

    def _short_cut(self, parts: tuple[str, ...], current: Type) -> Callable[[Any], Any] | None:
        try:
            return id_of(parts, self._store, current)
        except NoSuchMember as error:
            raise refuse.bad_query(str(error), self._text) from None

    def _step(self, current: Type, part: str) -> Any:
        try:
            return step(self._store, current, part)
        except NoSuchMember as error:
            raise refuse.bad_query(str(error), self._text) from None

    def _word(self, path: Path) -> Function:
        """A word that is no alias and no member: a type, as in `a.class = TagAnnotation`.

        Hibernate hands other words down to the database; clients rely on the column of an
        element's index (`order by well_index`).
        """
        if kind := type_named(path.text):
            name = KindName(kind)
            return lambda _frame: name
        alias = self._scope.only_root(self._query)
        if len(path.parts) == 1 and path.text.endswith("_index") and alias is not None:
            return self._index(alias)
        first = path.parts[0]
        raise refuse.bad_query(f"{first} is neither an alias nor a member", self._text)

    # --- calls

    def _call(self, call: Call) -> Function:
        if call.name in AGGREGATES:
            return self._aggregate(call)
        if call.name == "index":
            return self._index_call(call)
        if call.name in ("size", "maxindex", "minindex"):
            return self._size(call)
        if call.name == "type":
            return self.compile(_class_of(call.arguments[0]))
        function = FUNCTIONS.get(call.name)
        if function is None:
            raise refuse.bad_query(f"the OMERO stand-in has no function {call.name}()", self._text)
        arguments = [self.compile(each) for each in call.arguments]

        def called(frame: Frame) -> Any:
            try:
                return function(*(each(frame) for each in arguments))
            except (ValueError, TypeError) as error:
                raise refuse.bad_query(f"{call.name}(): {error}", self._text) from error

        return called

    def _aggregate(self, call: Call) -> Function:
        if call.name in ("minindex", "maxindex"):
            inner = Call("index", call.arguments)
            return self._aggregate(Call(call.name[:3], (inner,)))
        if self.aggregates is None:
            raise refuse.bad_query(f"{call.name}() is not allowed here", self._text)
        found, self.aggregates = self.aggregates, None
        star = not call.arguments or call.arguments[0] == Literal("*")
        argument = None if star else self.compile(call.arguments[0])
        self.aggregates = found
        slot = self.slots()
        found.append(Aggregate(call.name, call.distinct, argument, slot))
        return lambda frame: frame[slot]

    def _index_call(self, call: Call) -> Function:
        argument = call.arguments[0]
        found = self._scope.root(argument, self._query) if isinstance(argument, Path) else None
        if found is None or found[1]:
            raise refuse.bad_query("index() needs an alias of a collection's elements", self._text)
        self.used(found[0])
        return self._index(found[0])

    def _index(self, alias: Alias) -> Function:
        """An element's place in its collection."""
        self.used(alias)
        slot = alias.slot
        if alias.type.tag == "pair":
            return lambda frame: None if frame[slot] is None else frame[slot].index
        owner = _ordered_owner(alias.type.kind)
        if not owner:
            raise refuse.bad_query(f"{alias.type.kind} has no index in any list", self._text)
        store, back = self._store, schema.inverse(owner, alias.type.kind)

        def index(frame: Frame) -> int | None:
            row: Row | None = frame[slot]
            holder = None if row is None else row.values.get(back)
            if row is None or holder is None:
                return None
            return store.referring(row.kind, back, holder).index(row)

        return index

    def _size(self, call: Call) -> Function:
        argument = call.arguments[0]
        if not isinstance(argument, Path) or self.type_of(argument).tag not in ("rows", "pairs"):
            raise refuse.bad_query(f"{call.name}() needs a collection", self._text)
        content = self.compile(argument)

        def size(frame: Frame) -> int:
            return len(content(frame) or ())

        return size

    # --- conditions

    def _in(self, node: In) -> Function:
        operand = self.compile(node.operand)
        if isinstance(node.choices, Query):
            nested = self._nested(node.choices)
            return lambda frame: contains(nested.column(frame), operand(frame))
        if all(isinstance(each, Literal | Parameter) for each in node.choices):
            fixed, given = [self.compile(each) for each in node.choices], self._given

            def chosen() -> Choices:
                return choices([each([]) for each in fixed])

            return lambda frame: contains(given.once(chosen, chosen), operand(frame))
        parts = [self.compile(each) for each in node.choices]
        return lambda frame: contains(choices([each(frame) for each in parts]), operand(frame))

    def _case(self, node: Case) -> Function:
        branches = [(self.compile(when), self.compile(then)) for when, then in node.branches]
        otherwise = self.compile(node.otherwise)

        def case(frame: Frame) -> Any:
            for when, then in branches:
                if when(frame) is True:
                    return then(frame)
            return otherwise(frame)

        return case

    def values(self, given: tuple[Expression, ...] | Query) -> Callable[[Frame], list[Any]]:
        """The values of expressions or of a query's first column, as a list.

        For what is compiled a second time: nothing is noted as needed.
        """
        needed = len(self.needed)
        try:
            if isinstance(given, Query):
                nested = self._nested(given)
                return lambda frame: list(nested.column(frame)[0])
            return listed([self.compile(each) for each in given])
        finally:
            del self.needed[needed:]

    def _nested(self, query: Query) -> SubQuery:
        nested = self._subquery(query, self._scope)
        for alias in nested.uses:
            self.used(alias)
        return nested


def _class_of(argument: Any) -> Any:
    """What `type(argument)` is: the class of an object, as `argument.class` is."""
    if isinstance(argument, Path) and argument.parts[-1] != "class":
        return Path((*argument.parts, "class"))
    return argument


def _ordered_owner(kind: str) -> str:
    """The type that has an ordered collection of rows of a type; empty for none."""
    for member in schema.members(kind).values():
        if member.shape is not schema.Shape.ONE:
            continue
        for each in schema.members(member.target).values():
            if (
                each.shape is schema.Shape.MANY
                and each.target == kind
                and schema.is_ordered(member.target, each.name)
            ):
                return member.target
    return ""
