"""What of a model's answer is believed: nothing that cannot be checked against the names."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from omero_plugin_common.json_text import JsonProblem, parse_json

# Local models that think write it before the answer.
_THOUGHT: Final = "</think>"
_FENCED: Final = re.compile(r"```[a-zA-Z]*\n(.*?)\n?```", re.DOTALL)


class Unusable(ValueError):
    """Why an answer is thrown away, as the end of the sentence "the answer …"."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a model found in one name.

    Attributes:
        name: the file name.
        values: variable and value; every value occurs in the name.
        problem: why there are no values although the model gave some; empty if there is no problem.
    """

    name: str
    values: dict[str, str]
    problem: str = ""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _Pattern(_Strict):
    pattern: str


class _Row(_Strict):
    n: int
    values: list[str | None]


class _Rows(_Strict):
    rows: list[_Row]


def read_pattern(text: str) -> str:
    """The pattern in an answer, with named groups, not compiled yet.

    Raises:
        Unusable: there is none.
    """
    pattern = _read(text, _Pattern).pattern.strip()
    if "(?P<" not in pattern and "(?<" not in pattern:
        raise Unusable("contains no pattern with named groups")
    return pattern


def read_values(text: str, names: Sequence[str], variables: Sequence[str]) -> list[Row]:
    """The rows of an answer, one per name and in their order.

    A row with a text that is not in its name loses all its values: who invents one may have
    mistaken the name for another.

    Raises:
        Unusable: the answer does not have the requested form, or has another number of rows.
    """
    rows = _read(text, _Rows).rows
    if len(rows) != len(names):
        raise Unusable(f"has {len(rows)} rows for {len(names)} names")
    if [row.n for row in rows] != list(range(1, len(names) + 1)):
        raise Unusable("has its rows in a different order from the names")
    if any(len(row.values) != len(variables) for row in rows):
        raise Unusable(f"has a row without one value for each of the {len(variables)} keys")
    return [_checked(name, variables, row.values) for name, row in zip(names, rows, strict=True)]


def _checked(name: str, variables: Sequence[str], values: Sequence[str | None]) -> Row:
    checked: dict[str, str] = {}
    for variable, given in zip(variables, values, strict=True):
        value = (given or "").strip()
        if not value:
            continue
        if value not in name:
            return Row(name, {}, f"{variable}: {value[:80]!r} does not occur in the name")
        if not any(letter.isalnum() for letter in value):
            return Row(name, {}, f"{variable}: {value[:80]!r} is no value")
        checked[variable] = value
    return Row(name, checked)


_Form = TypeVar("_Form", bound=_Strict)


def _read(text: str, form: type[_Form]) -> _Form:
    text = text.rpartition(_THOUGHT)[2]
    fenced = _FENCED.search(text)
    try:
        value: Any = parse_json(fenced[1] if fenced else text.strip())
        return form.model_validate_json(json.dumps(value))
    except JsonProblem:
        raise Unusable("is not JSON") from None
    except ValidationError:
        raise Unusable("does not have the requested form") from None
