"""The tree of a query."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text, true, false or null."""

    value: Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """`:name`."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """`alias.member.member`, split at the dots."""

    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The path as it was written."""
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an aggregate; `count(*)` has the argument `Literal("*")`."""

    name: str
    arguments: tuple[Expression, ...]
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x`, `-x`, `x is null`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands, among them `and`, `or`, comparisons, `like`, arithmetic."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class In:
    """`x in (…)`: a list, a parameter that holds one, or a query."""

    operand: Expression
    choices: tuple[Expression, ...] | Query


@dataclass(frozen=True, slots=True)
class Exists:
    """`exists (query)`."""

    query: Query


@dataclass(frozen=True, slots=True)
class Scalar:
    """A query in brackets where a value is wanted."""

    query: Query


@dataclass(frozen=True, slots=True)
class Case:
    """`case when c then v … else v end`."""

    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression


Expression = Literal | Parameter | Path | Call | Unary | Binary | In | Exists | Scalar | Case


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of `from`: a type or a path, and how it is joined."""

    path: Path
    alias: str
    join: str = ""
    fetch: bool = False
    condition: Expression | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of `select`, with its `as` name."""

    value: Expression
    name: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One entry of `order by`."""

    value: Expression
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; no items means that the first source is selected."""

    sources: tuple[Source, ...]
    items: tuple[Item, ...] = ()
    distinct: bool = False
    as_map: bool = False
    where: Expression | None = None
    group: tuple[Expression, ...] = ()
    having: Expression | None = None
    order: tuple[Order, ...] = field(default=())


def children(node: Expression) -> tuple[Expression, ...]:
    """The expressions that an expression is made of; queries inside have their own."""
    match node:
        case Call(_, arguments):
            return arguments
        case Unary(_, operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case In(operand, choices):
            return (operand, *(() if isinstance(choices, Query) else choices))
        case Case(branches, otherwise):
            return (*(each for branch in branches for each in branch), otherwise)
    return ()


def has_call(node: Expression, names: tuple[str, ...]) -> bool:
    """Whether an expression calls a function of one of these names."""
    if isinstance(node, Call) and node.name in names:
        return True
    return any(has_call(each, names) for each in children(node))
