"""Typed reading of the environment; an error names the variable and says what it should hold."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


class EnvironmentProblem(Exception):
    """A variable that is missing or cannot be used."""


def text(name: str, default: str | None = None, *, source: Mapping[str, str] | None = None) -> str:
    """A variable's text without surrounding space.

    Args:
        name: the variable.
        default: what to take when it is unset or empty; without a default that is an error.
        source: where to look; the process environment when not given.
    """
    value = (os.environ if source is None else source).get(name, "").strip()
    if value:
        return value
    if default is None:
        raise EnvironmentProblem(f"{name} is not set: the operator sets it on this workload")
    return default


def integer(
    name: str,
    default: int | None = None,
    *,
    low: int,
    high: int,
    source: Mapping[str, str] | None = None,
) -> int:
    """A variable's whole number between `low` and `high`, both included."""
    value = text(name, None if default is None else str(default), source=source)
    try:
        number = int(value)
    except ValueError:
        raise EnvironmentProblem(f"{name}={value!r} is not a whole number") from None
    if not low <= number <= high:
        raise EnvironmentProblem(f"{name}={number} is not between {low} and {high}")
    return number


def secret(name: str, *, source: Mapping[str, str] | None = None) -> str:
    """The first line of the file that a `…_FILE` variable names.

    The error never holds its content.
    """
    path = Path(text(name, source=source))
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise EnvironmentProblem(f"{name}: cannot read {path}: {reason}") from None
    if not lines or not lines[0]:
        raise EnvironmentProblem(f"{name}: {path} is empty")
    return lines[0]
