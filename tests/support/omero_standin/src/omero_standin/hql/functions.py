"""Functions, aggregates and arithmetic of queries.

An unknown argument makes an unknown result, as in SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from omero_standin.model.store import Row

AGGREGATES: Final = ("count", "sum", "min", "max", "avg")


def _strict(function: Callable[..., Any]) -> Callable[..., Any]:
    def checked(*arguments: Any) -> Any:
        return None if any(each is None for each in arguments) else function(*arguments)

    return checked


def _cast(value: Any, kind: str) -> Any:
    if kind in ("string", "text", "varchar"):
        return str(value)
    return float(value) if kind in ("double", "float") else int(value)


def _extract(part: str, value: Any) -> Any:
    if part != "epoch":
        raise ValueError(f"extract({part} from ...) is not supported by the stand-in")
    return int(value) / 1000


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "lower": _strict(lambda text: str(text).lower()),
    "upper": _strict(lambda text: str(text).upper()),
    "trim": _strict(lambda text: str(text).strip()),
    "length": _strict(lambda text: len(str(text))),
    "concat": _strict(lambda *parts: "".join(map(str, parts))),
    "substring": _strict(lambda text, start, count=None: str(text)[start - 1 :][:count]),
    "abs": _strict(abs),
    "mod": _strict(lambda left, right: left % right),
    "cast": _strict(_cast),
    "str": _strict(str),
    "extract": _strict(_extract),
    "coalesce": lambda *values: next((value for value in values if value is not None), None),
    "nullif": lambda left, right: None if left == right else left,
}


def aggregate(name: str, values: list[Any], *, distinct: bool) -> Any:
    """One value from those of a group; unknown values do not count."""
    known = [value for value in values if value is not None]
    if distinct:
        known = list({(v.kind, v.id) if isinstance(v, Row) else v: v for v in known}.values())
    if name == "count":
        return len(known)
    if not known:
        return None
    if name == "avg":
        return sum(known) / len(known)
    return sum(known) if name == "sum" else (min if name == "min" else max)(known)


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """`+ - * / ||`; dividing whole numbers gives a whole number, as in SQL."""
    if operator == "||":
        return f"{left}{right}"
    if operator == "/":
        return left // right if isinstance(left, int) and isinstance(right, int) else left / right
    return {"+": left + right, "-": left - right, "*": left * right}[operator]
