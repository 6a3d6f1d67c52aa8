"""Conditions that name the rows of an alias, so that they are looked up and not searched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from omero_standin.hql.expressions import Expressions
from omero_standin.hql.scope import Alias, Scope
from omero_standin.hql.steps import ROW
from omero_standin.hql.tree import Binary, Call, Expression, In, Path, Query, Unary
from omero_standin.hql.values import comparable
from omero_standin.model import schema
from omero_standin.model.store import Row, Store

Frame = list[Any]
_COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=", "like", "ilike", "+", "-", "*", "/", "||")
_TOLERANT: Final = ("coalesce", "nullif", "count", "index", "size")
Root = Callable[[Path], "tuple[Alias, tuple[str, ...]] | None"]


@dataclass(frozen=True, slots=True)
class Lookup:
    """An alias whose rows a condition names: those with one of some values in a member.

    `member` is `id`, `@owner`, `@group` or a member of the model; `reference` says that the values
    are rows or ids of rows of the type `target`.
    """

    alias: Alias
    member: str
    target: str
    values: Callable[[Frame], Sequence[Any]]
    uses: frozenset[Alias]

    def rows(self, store: Store, frame: Frame) -> list[Row]:
        """The rows, by id."""
        found: list[Row] = []
        kind = self.alias.type.kind
        for value in dict.fromkeys(comparable(each) for each in self.values(frame)):
            if value is None:
                continue
            if self.member == "id":
                row = store.find(kind, _number(value))
                found += [row] if row is not None else []
            elif self.target:
                held = store.find(self.target, _number(value))
                found += store.holding(kind, self.member, held.ref) if held is not None else []
            else:
                found += store.holding(kind, self.member, value)
        return found


def shape(alias: Alias, parts: tuple[str, ...]) -> tuple[str, str] | None:
    """Which member a path asks for, and the type that it refers to; none for what has no index."""
    if alias.type.tag != ROW:
        return None
    if parts in ((), ("id",)):
        return "id", ""
    if parts[0] == "details" and len(parts) in (2, 3) and parts[2:] in ((), ("id",)):
        return (f"@{parts[1]}", "") if parts[1] in ("owner", "group") else None
    member = _member(alias.type.kind, parts[0])
    if member is None:
        return None
    if member.shape is schema.Shape.ONE and parts[1:] in ((), ("id",)):
        return member.name, member.target
    if member.shape is schema.Shape.SCALAR and len(parts) == 1 and member.target == "RString":
        return member.name, ""
    return None


def _member(kind: str, name: str) -> schema.Member | None:
    found = (schema.members(each).get(name) for each in (kind, *schema.concrete(kind)))
    return next((member for member in found if member is not None), None)


def _number(value: Any) -> int:
    """An id; clients also give it as text."""
    try:
        return int(value)
    except ValueError:
        return -1


def conjuncts(node: Expression | None) -> Iterator[Expression]:
    """The conditions that must all hold."""
    if isinstance(node, Binary) and node.operator == "and":
        yield from conjuncts(node.left)
        yield from conjuncts(node.right)
    elif node is not None:
        yield node


def rejects(node: Expression, root: Root) -> set[Alias]:
    """The aliases that must have a row for a condition to hold."""
    match node:
        case Binary("and", left, right):
            return rejects(left, root) | rejects(right, root)
        case Binary("or", left, right):
            return rejects(left, root) & rejects(right, root)
        case Binary(sign) if sign in _COMPARISONS:
            return _strict(node, root)
        case In(operand):
            return _strict(operand, root)
        case Unary("not", Unary("is null", operand)):
            return _strict(operand, root)
        case Unary("not", Binary(sign) as inner) if sign in _COMPARISONS:
            return _strict(inner, root)
        case Unary("not", In(operand)):
            return _strict(operand, root)
    return set()


def _strict(node: Expression, root: Root) -> set[Alias]:
    """The aliases without whose row a value is unknown."""
    match node:
        case Path():
            found = root(node)
            return {found[0]} if found is not None else set()
        case Binary(sign, left, right) if sign in _COMPARISONS:
            return _strict(left, root) | _strict(right, root)
        case Unary("-", operand):
            return _strict(operand, root)
        case Call(name, arguments) if name not in _TOLERANT:
            return set().union(*(_strict(each, root) for each in arguments))
    return set()


def sides(node: Expression) -> Iterator[tuple[Path, tuple[Expression, ...] | Query]]:
    """The paths of a condition that it gives the value of, and the values."""
    if isinstance(node, Binary) and node.operator == "=":
        if isinstance(node.left, Path):
            yield node.left, (node.right,)
        if isinstance(node.right, Path):
            yield node.right, (node.left,)
    elif isinstance(node, In) and isinstance(node.operand, Path):
        yield node.operand, node.choices


def find_lookups(query: Query, scope: Scope, expressions: Expressions) -> list[Lookup]:
    """The lookups that a query's conditions allow; of left joins, those that are inner ones."""
    on = [each.source.condition for each in scope.own.values() if each.required]
    found: list[Lookup] = []
    for node in (query.where, *on):
        for part in conjuncts(node):
            for path, values in sides(part):
                found += _lookup(query, scope, expressions, path, values)
    return found


def _lookup(
    query: Query,
    scope: Scope,
    expressions: Expressions,
    path: Path,
    values: tuple[Expression, ...] | Query,
) -> list[Lookup]:
    root = scope.root(path, query)
    if root is None or scope.own.get(root[0].name) is not root[0]:
        return []
    wanted = shape(*root)
    if wanted is None:
        return []
    with expressions.recording() as used:
        get = expressions.values(values)
    return [] if root[0] in used else [Lookup(root[0], *wanted, get, frozenset(used))]
