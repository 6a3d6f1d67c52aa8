"""The functions that expressions become: they take a frame and give a value.

Three-valued logic is Python's: an unknown is `None`, and a condition holds when it is `True`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

from omero_standin.hql.functions import arithmetic
from omero_standin.hql.given import Given
from omero_standin.hql.scope import Alias
from omero_standin.hql.values import aligned, comparable, like

# The current row of each alias, by its slot.
Frame = list[Any]
Function = Callable[[Frame], Any]
_COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class SubQuery:
    """A query inside a query; one that does not depend on the outer rows runs once."""

    def __init__(
        self, run: Callable[[Frame, bool], list[Any]], uses: set[Alias], given: Given
    ) -> None:
        """`run` gives the first column of the answer, or at most one value of it."""
        self._run = run
        self.uses = uses
        self._given = given

    def any(self, frame: Frame) -> bool:
        """Whether there is an answer."""
        return bool(self._run(frame, True))

    def first(self, frame: Frame) -> Any:
        """The first value of the answer."""
        found = self._run(frame, False)
        return found[0] if found else None

    def column(self, frame: Frame) -> Choices:
        """The first column of the answer."""
        if self.uses:
            return choices(self._run(frame, False))
        once: Choices = self._given.once(self, lambda: choices(self._run(frame, False)))
        return once


# What `in` looks up: the values, whether they are texts, and whether one is unknown.
Choices = tuple[set[Any], bool, bool]


def choices(values: list[Any]) -> Choices:
    """Values and lists of values as a set."""
    flat = [each for value in values for each in (value if isinstance(value, list) else [value])]
    known = {comparable(each) for each in flat if each is not None}
    return known, all(isinstance(each, str) for each in known), None in flat


def contains(chosen: Choices, operand: Any) -> bool | None:
    """`in`: unknown when the value is, or when it may be the one that is unknown."""
    known, texts, unknown = chosen
    if operand is None:
        return None
    value = comparable(operand)
    if isinstance(value, str) is texts or not known:
        found = value in known
    else:
        found = any(a == b for a, b in (aligned(value, each) for each in known))
    return None if unknown and not found else found


def chain(slot: int, getters: list[Callable[[Any], Any]]) -> Function:
    """The value at the end of steps from an alias; unknown when one leads nowhere."""
    steps = tuple(getters)

    def chained(frame: Frame) -> Any:
        value = frame[slot]
        for get in steps:
            if value is None:
                return None
            value = get(value)
        return value

    return chained


def unary(sign: str, operand: Function) -> Function:
    """`not`, `-`, `is null`."""
    if sign == "is null":
        return lambda frame: operand(frame) is None
    if sign == "not":

        def negated(frame: Frame) -> bool | None:
            value = operand(frame)
            return None if value is None else not value

        return negated

    def minus(frame: Frame) -> Any:
        value = operand(frame)
        return None if value is None else -value

    return minus


def logic(sign: str, left: Function, right: Function) -> Function:
    """`and`, `or`."""
    decided = sign == "or"

    def logic(frame: Frame) -> Any:
        first = left(frame)
        if first is decided:
            return decided
        second = right(frame)
        if second is decided:
            return decided
        return None if first is None or second is None else not decided

    return logic


def binary(sign: str, left: Function, right: Function) -> Function:
    """Comparisons, `like`, arithmetic."""
    compare = _COMPARE.get(sign)

    def binary(frame: Frame) -> Any:
        first, second = left(frame), right(frame)
        if first is None or second is None:
            return None
        if compare is not None:
            return compare(*aligned(first, second))
        if sign in ("like", "ilike"):
            return like(str(first), str(second), ignore_case=sign == "ilike")
        return arithmetic(sign, first, second)

    return binary


def listed(functions: list[Function]) -> Callable[[Frame], list[Any]]:
    """The values of several functions as one list; a value may be a list itself."""

    def get(frame: Frame) -> list[Any]:
        found: list[Any] = []
        for function in functions:
            value = function(frame)
            found += value if isinstance(value, list) else [value]
        return found

    return get
