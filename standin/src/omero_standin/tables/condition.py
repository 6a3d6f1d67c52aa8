"""Conditions on rows, in the language of PyTables and numexpr.

`(Well == 3) & (Name != "a")`, with `&`, `|`, `~` between comparisons, arithmetic and a few
functions; names are columns or variables. `and`, `or`, `not` and chains of comparisons are errors,
as they are there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray


class BadCondition(Exception):
    """A condition that cannot be read, or is none."""


_BINARY: Final[dict[type, Callable[[Any, Any], Any]]] = {
    ast.BitAnd: np.bitwise_and,
    ast.BitOr: np.bitwise_or,
    ast.BitXor: np.bitwise_xor,
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.true_divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
}
_COMPARE: Final[dict[type, Callable[[Any, Any], Any]]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}
_UNARY: Final[dict[type, Callable[[Any], Any]]] = {
    ast.Invert: np.invert,
    ast.USub: np.negative,
    ast.UAdd: lambda a: a,
}
_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "abs": np.abs, "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "log10": np.log10,
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "where": np.where,
    "contains": lambda text, part: np.char.find(text, part) >= 0,
}  # fmt: skip


def matches(condition: str, names: Mapping[str, Any], rows: int) -> NDArray[np.bool_]:
    """For each row whether the condition holds; `names` gives columns as arrays, and numbers."""
    try:
        tree = ast.parse(condition.strip(), mode="eval").body
        with np.errstate(all="ignore"):
            found = np.asarray(_value(tree, names))
    except (SyntaxError, TypeError, ValueError, RecursionError) as error:
        raise BadCondition(str(error)) from error
    if found.dtype != np.bool_ or found.shape not in ((rows,), ()):
        raise BadCondition("a condition must be true or false for each row")
    return np.broadcast_to(found, (rows,))


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value) if isinstance(value, str):
            return value.encode()
        case ast.Constant(value) if isinstance(value, bool | int | float | bytes):
            return value
        case ast.Name(name):
            if name not in names:
                raise BadCondition(f"name '{name}' is not defined")
            return names[name]
        case ast.BinOp(left, operator, right) if type(operator) in _BINARY:
            return _BINARY[type(operator)](_value(left, names), _value(right, names))
        case ast.UnaryOp(operator, operand) if type(operator) in _UNARY:
            return _UNARY[type(operator)](_value(operand, names))
        case ast.Compare(left, [operator], [right]) if type(operator) in _COMPARE:
            return _COMPARE[type(operator)](_value(left, names), _value(right, names))
        case ast.Call(ast.Name(name), arguments, []) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_value(each, names) for each in arguments))
    raise BadCondition(f"{type(node).__name__} is not possible in a condition")
