"""Tree → answer: sources bound row by row, filtered, grouped, ordered, projected.

Three-valued logic is Python's: an unknown is `None`, and a condition holds when it is `True`. The
view decides which rows exist for the caller, in the sources, in joins and in sub-queries alike, as
in the real server.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from omero_standin import refuse
from omero_standin.hql.functions import AGGREGATES, FUNCTIONS, aggregate, arithmetic
from omero_standin.hql.navigate import Millis, Permissions, Walker
from omero_standin.hql.tree import (
    Binary,
    Call,
    Case,
    Exists,
    Expression,
    In,
    Item,
    Literal,
    Order,
    Parameter,
    Path,
    Query,
    Scalar,
    Unary,
)  # fmt: skip
from omero_standin.model.store import Row, Store

Bindings = dict[str, Row | None]
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class View(Protocol):
    """Which rows the caller may see."""

    def sees(self, row: Row) -> bool:
        """Whether this row exists for the caller."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the answer.

    Its values, and the rows bound when it was made (none for an aggregate over all).
    """

    values: tuple[Any, ...]
    bindings: Bindings


class Evaluation:
    """One query with its parameters, over one store, for one caller."""

    def __init__(self, store: Store, view: View, text: str, parameters: dict[str, Any]) -> None:
        """`parameters` holds plain values and lists."""
        self._walker = Walker(store, view.sees, text)
        self._text = text
        self._parameters = parameters

    def run(self, query: Query, outer: Bindings | None = None) -> list[Line]:
        """All lines of the answer, in order."""
        kinds = self._walker.check_sources(query, outer or {})
        items = query.items or (Item(Path((self._walker.alias(query.sources[0]),))),)
        for node in _nodes(query):
            if isinstance(node, Path):
                self._walker.check_path(node, kinds, query)
            elif (
                isinstance(node, Call)
                and node.name not in AGGREGATES
                and node.name not in FUNCTIONS
            ):
                raise refuse.bad_query(
                    f"the OMERO stand-in has no function {node.name}()", self._text
                )
        found = [
            b
            for b in self._bind(query, outer or {})
            if query.where is None or self._holds(query.where, b, query)
        ]
        if query.group or any(_aggregates(item.value) for item in items):
            groups = self._grouped(query, found)
        else:
            groups = [[each] for each in found]
        if query.having is not None:
            having = query.having
            groups = [g for g in groups if self._value(having, g, query) is True]
        groups = self._ordered(query, groups)
        lines = [
            Line(
                tuple(self._value(item.value, group, query) for item in items),
                group[0] if group else {},
            )
            for group in groups
        ]
        return _distinct(lines) if query.distinct else lines

    # --- sources

    def _bind(self, query: Query, outer: Bindings) -> Iterator[Bindings]:
        yield from self._bind_from(query, 0, dict(outer))

    def _bind_from(self, query: Query, at: int, bound: Bindings) -> Iterator[Bindings]:
        if at == len(query.sources):
            yield dict(bound)
            return
        source = query.sources[at]
        alias = self._walker.alias(source)
        matched = False
        for row in self._walker.candidates(source, bound, self._wanted_ids(query, alias)):
            now = bound | {alias: row}
            if source.condition is not None and not self._holds(source.condition, now, query):
                continue
            matched = True
            yield from self._bind_from(query, at + 1, now)
        if not matched and source.join == "left":
            yield from self._bind_from(query, at + 1, bound | {alias: None})

    def _wanted_ids(self, query: Query, alias: str) -> set[int] | None:
        """Ids that the condition names for an alias (`a.id = …`, `a.id in (…)`).

        Looked up, not searched.
        """
        for part in _conjuncts(query.where):
            if (
                isinstance(part, Binary)
                and part.operator == "="
                and part.left == Path((alias, "id"))
            ):
                choices: tuple[Expression, ...] = (part.right,)
            elif (
                isinstance(part, In)
                and part.operand == Path((alias, "id"))
                and isinstance(part.choices, tuple)
            ):
                choices = part.choices
            else:
                continue
            if all(isinstance(choice, Literal | Parameter) for choice in choices):
                values = [self._value(choice, [{}], query) for choice in choices]
                flat = [
                    each
                    for value in values
                    for each in (value if isinstance(value, list) else [value])
                ]
                return {each for each in flat if isinstance(each, int)}
        return None

    # --- groups and order

    def _grouped(self, query: Query, found: list[Bindings]) -> list[list[Bindings]]:
        if not query.group:
            return [found]
        groups: dict[tuple[Any, ...], list[Bindings]] = {}
        for bindings in found:
            key = tuple(_key(self._value(part, [bindings], query)) for part in query.group)
            groups.setdefault(key, []).append(bindings)
        return list(groups.values())

    def _ordered(self, query: Query, groups: list[list[Bindings]]) -> list[list[Bindings]]:
        for order in reversed(query.order):
            value = functools.partial(self._order_value, query, order)
            groups = sorted(groups, key=value, reverse=order.descending)
        return groups

    def _order_value(self, query: Query, order: Order, group: list[Bindings]) -> tuple[bool, Any]:
        expression = order.value
        if isinstance(expression, Path) and len(expression.parts) == 1:
            named = [item.value for item in query.items if item.name == expression.parts[0]]
            expression = named[0] if named else expression
        value = self._value(expression, group, query)
        # PostgreSQL sorts unknown values last; True sorts after False.
        return (value is None, "" if value is None else _key(value))

    # --- values

    def _holds(self, condition: Expression, bindings: Bindings, query: Query) -> bool:
        return self._value(condition, [bindings], query) is True

    def _value(self, node: Expression, group: list[Bindings], query: Query) -> Any:
        match node:
            case Literal(value):
                return value
            case Parameter(name):
                if name not in self._parameters:
                    raise refuse.bad_query(f"the parameter :{name} has no value", self._text)
                return self._parameters[name]
            case Path():
                return self._walker.value(node, group[0], query) if group else None
            case Call():
                return self._call(node, group, query)
            case Unary(operator, operand):
                return self._unary(operator, self._value(operand, group, query))
            case Binary("and" | "or"):
                return self._logic(node, group, query)
            case Binary(operator, left, right):
                return self._binary(
                    operator, self._value(left, group, query), self._value(right, group, query)
                )
            case In():
                return self._in(node, group, query)
            case Exists(inner):
                return bool(self.run(inner, group[0]))
            case Scalar(inner):
                lines = self.run(inner, group[0] if group else {})
                return lines[0].values[0] if lines else None
            case Case(branches, otherwise):
                for condition, value in branches:
                    if self._value(condition, group, query) is True:
                        return self._value(value, group, query)
                return self._value(otherwise, group, query)

    def _call(self, node: Call, group: list[Bindings], query: Query) -> Any:
        if node.name in AGGREGATES:
            argument = node.arguments[0]
            if argument == Literal("*"):
                return len(group)
            values = [self._value(argument, [each], query) for each in group]
            return aggregate(node.name, values, distinct=node.distinct)
        return FUNCTIONS[node.name](*(self._value(each, group, query) for each in node.arguments))

    def _unary(self, operator: str, value: Any) -> Any:
        if operator == "is null":
            return value is None
        if value is None:
            return None
        return not value if operator == "not" else -value

    def _logic(self, node: Binary, group: list[Bindings], query: Query) -> bool | None:
        left: bool | None = self._value(node.left, group, query)
        decided = node.operator == "or"
        if left is decided:
            return decided
        right: bool | None = self._value(node.right, group, query)
        if right is decided:
            return decided
        return None if left is None or right is None else not decided

    def _binary(self, operator: str, left: Any, right: Any) -> Any:
        if left is None or right is None:
            return None
        if operator in _COMPARE:
            return _COMPARE[operator](*_comparable(left, right))
        if operator in ("like", "ilike"):
            return _like(str(left), str(right), ignore_case=operator == "ilike")
        return arithmetic(operator, left, right)

    def _in(self, node: In, group: list[Bindings], query: Query) -> bool | None:
        operand = self._value(node.operand, group, query)
        if operand is None:
            return None
        if isinstance(node.choices, Query):
            choices = [line.values[0] for line in self.run(node.choices, group[0])]
        else:
            values = [self._value(each, group, query) for each in node.choices]
            choices = [
                each for value in values for each in (value if isinstance(value, list) else [value])
            ]
        return any(a == b for a, b in (_comparable(operand, choice) for choice in choices))


def _like(text: str, pattern: str, *, ignore_case: bool) -> bool:
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    return (
        re.fullmatch("".join(parts), text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
        is not None
    )


def _key(value: Any) -> Any:
    return (
        (value.kind, value.id)
        if isinstance(value, Row)
        else value.text
        if isinstance(value, Permissions)
        else value
    )


def _comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """An object may be compared with an object or with an id."""
    left, right = (value.id if isinstance(value, Row) else value for value in (left, right))
    if isinstance(left, Millis | int | float) and isinstance(right, Millis | int | float):
        return left, right
    return (left, right) if type(left) is type(right) else (str(left), str(right))


def _distinct(lines: list[Line]) -> list[Line]:
    seen: dict[tuple[Any, ...], Line] = {}
    for line in lines:
        seen.setdefault(tuple(_key(value) for value in line.values), line)
    return list(seen.values())


def _conjuncts(node: Expression | None) -> Iterator[Expression]:
    if isinstance(node, Binary) and node.operator == "and":
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    elif node is not None:
        yield node


def _children(node: Expression) -> Iterator[Expression]:
    match node:
        case Call(_, arguments):
            yield from arguments
        case Unary(_, operand):
            yield operand
        case Binary(_, left, right):
            yield from (left, right)
        case In(operand, choices):
            yield operand
            if not isinstance(choices, Query):
                yield from choices
        case Case(branches, otherwise):
            for branch in branches:
                yield from branch
            yield otherwise
        case _:
            return


def _aggregates(node: Expression) -> bool:
    return (isinstance(node, Call) and node.name in AGGREGATES) or any(
        map(_aggregates, _children(node))
    )


def _nodes(query: Query) -> Iterator[Expression]:
    """Every expression of a query itself; sub-queries check their own."""
    roots = [item.value for item in query.items]
    roots += [part for part in (query.where, query.having) if part is not None]
    roots += [source.condition for source in query.sources if source.condition is not None]
    roots += [*query.group, *(order.value for order in query.order)]
    while roots:
        node = roots.pop()
        yield node
        roots.extend(_children(node))
