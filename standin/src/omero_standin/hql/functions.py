"""Functions, aggregates and arithmetic of queries.

An unknown argument makes an unknown result, as in SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from omero_standin.hql.values import key

AGGREGATES: Final = ("count", "sum", "min", "max", "avg", "minindex", "maxindex")


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    def checked(*arguments: Any) -> Any:
        return None if any(each is None for each in arguments) else function(*arguments)

    return checked


def _cast(value: Any, kind: str) -> Any:
    if kind in ("string", "text", "varchar"):
        return str(value)
    return float(value) if kind in ("double", "float") else int(value)


def _extract(part: str, value: Any) -> Any:
    if part == "epoch":
        return int(value) / 1000
    moment = datetime.fromtimestamp(int(value) / 1000, UTC)
    if part in ("year", "month", "day", "hour", "minute", "second"):
        return getattr(moment, part)
    raise ValueError(f"extract({part} from …) is not supported by the stand-in")


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "lower": _strict(lambda text: str(text).lower()),
    "upper": _strict(lambda text: str(text).upper()),
    "trim": _strict(lambda text: str(text).strip()),
    "length": _strict(lambda text: len(str(text))),
    "concat": _strict(lambda *parts: "".join(map(str, parts))),
    "substring": _strict(lambda text, start, count=None: str(text)[start - 1 :][:count]),
    "locate": _strict(lambda part, text: str(text).find(str(part)) + 1),
    "abs": _strict(abs),
    "mod": _strict(lambda left, right: left % right),
    "round": _strict(round),
    "cast": _strict(_cast),
    "str": _strict(str),
    "extract": _strict(_extract),
    "year": _strict(lambda value: _extract("year", value)),
    "month": _strict(lambda value: _extract("month", value)),
    "day": _strict(lambda value: _extract("day", value)),
    "coalesce": lambda *values: next((value for value in values if value is not None), None),
    "nullif": lambda left, right: None if left == right else left,
}


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate of a query: its argument, none for `count(*)`, and where its result goes."""

    name: str
    distinct: bool
    argument: Callable[[list[Any]], Any] | None
    slot: int

    def result(self, values: list[Any]) -> Any:
        """One value from those of a group; unknown values do not count."""
        known = [value for value in values if value is not None]
        if self.distinct:
            known = list({key(value): value for value in known}.values())
        if self.name == "count":
            return len(known)
        if not known:
            return None
        if self.name == "avg":
            return sum(known) / len(known)
        if self.name == "sum":
            return sum(known)
        return (min if self.name == "min" else max)(known)


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """`+ - * / ||`; dividing whole numbers gives a whole number, as in SQL."""
    if operator == "||":
        return f"{left}{right}"
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) is (right < 0) else -quotient
    return left / right
