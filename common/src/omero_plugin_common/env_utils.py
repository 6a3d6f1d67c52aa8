"""Typed reading of the environment.

Every error names the variable and the field of the OmeroPlatform that it comes from, because that
is what a person can change. Values of variables that hold a secret are never part of an error.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from omero_plugin_common.platform_fields import field_of

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_Number = TypeVar("_Number", int, float)
_Text = TypeVar("_Text", bound=str)


class EnvironmentProblem(RuntimeError):
    """A variable that is missing or cannot be used."""


class InvalidValue(EnvironmentProblem, ValueError):
    """A variable that is set to something that cannot be used."""


def get_env(
    name: str,
    default: str | None = None,
    *,
    allow_empty: bool = False,
    source: Mapping[str, str] | None = None,
) -> str:
    """A variable's text without surrounding space.

    Args:
        name: the variable.
        default: what to take when it is unset or blank; without a default that is an error.
        allow_empty: a blank or missing variable is an empty text instead of an error.
        source: where to look; the process environment when not given.

    Raises:
        EnvironmentProblem: unset or blank, without a default and without `allow_empty`.
    """
    value = get_optional_env(name, source=source)
    if value is not None:
        return value
    if default is not None:
        return default
    if allow_empty:
        return ""
    raise EnvironmentProblem(f"{name} is not set: it comes from {field_of(name)}")


def get_optional_env(name: str, *, source: Mapping[str, str] | None = None) -> str | None:
    """A variable's text without surrounding space; nothing when it is unset or blank."""
    return (os.environ if source is None else source).get(name, "").strip() or None


def get_int_env(
    name: str,
    default: int | None = None,
    *,
    low: int | None = None,
    high: int | None = None,
    source: Mapping[str, str] | None = None,
) -> int:
    """A variable's whole number between `low` and `high`, both included.

    Raises:
        EnvironmentProblem: unset or blank without a default.
        InvalidValue: not a whole number, or out of bounds.
    """
    text = get_env(name, None if default is None else str(default), source=source)
    try:
        number = int(text)
    except ValueError:
        raise _invalid(name, text, "is not a whole number") from None
    return _bounded(name, number, low, high)


def get_float_env(
    name: str,
    default: float | None = None,
    *,
    low: float | None = None,
    high: float | None = None,
    source: Mapping[str, str] | None = None,
) -> float:
    """A variable's finite number between `low` and `high`, both included.

    Raises:
        EnvironmentProblem: unset or blank without a default.
        InvalidValue: not a finite number, or out of bounds.
    """
    text = get_env(name, None if default is None else str(default), source=source)
    try:
        number = float(text)
    except ValueError:
        raise _invalid(name, text, "is not a number") from None
    if not math.isfinite(number):
        raise _invalid(name, text, "is not a finite number")
    return _bounded(name, number, low, high)


def get_choice_env(
    name: str,
    choices: Sequence[_Text],
    default: _Text | None = None,
    *,
    source: Mapping[str, str] | None = None,
) -> _Text:
    """A variable's text, which is one of some words.

    Args:
        name: the variable.
        choices: the words; of a type of literals, `get_args(Type)`.
        default: what to take when it is unset or blank; without a default that is an error.
        source: where to look; the process environment when not given.

    Raises:
        EnvironmentProblem: unset or blank without a default.
        InvalidValue: any other text.
    """
    text = get_env(name, default, source=source)
    for known in choices:
        if text == known:
            return known
    raise _invalid(name, text, f"is not one of {', '.join(choices)}")


def get_bool_env(
    name: str, default: bool | None = None, *, source: Mapping[str, str] | None = None
) -> bool:
    """A variable's truth: 1, true, yes, on or 0, false, no, off, in any case.

    Raises:
        EnvironmentProblem: unset or blank without a default.
        InvalidValue: any other text.
    """
    text = get_env(name, None if default is None else str(default), source=source)
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise _invalid(name, text, "is not one of 1, true, yes, on, 0, false, no, off")


def get_sanitized_int_env(
    name: str,
    sanitizer: Callable[[str], str],
    minimum: int,
    maximum: int,
    default: int | None = None,
    *,
    source: Mapping[str, str] | None = None,
) -> int:
    """A whole number that is cleaned first and then moved into its bounds.

    No plugin of ours uses it: it is for those written for the Docker edition of this platform.

    Args:
        name: the variable.
        sanitizer: takes the text, returns what is to be read as a number, such as `digits`.
        minimum: a smaller number becomes this.
        maximum: a larger number becomes this.
        default: for an unset or blank variable.
        source: where to look; the process environment when not given.

    Raises:
        EnvironmentProblem: unset or blank without a default.
        InvalidValue: nothing is left after cleaning, or what is left is not a whole number.
    """
    text = get_env(name, None if default is None else str(default), source=source)
    cleaned = sanitizer(text).strip()
    if not cleaned:
        raise _invalid(name, text, "does not contain a number")
    try:
        number = int(cleaned)
    except ValueError:
        raise _invalid(name, text, "is not a whole number") from None
    return min(max(number, minimum), maximum)


def digits(text: str) -> str:
    """A sanitizer: the text's decimal digits and nothing else (`"8 GB"` gives `"8"`)."""
    return "".join(character for character in text if character in "0123456789")


def get_secret_env(name: str, *, source: Mapping[str, str] | None = None) -> str:
    r"""The text of the file that a `…_FILE` variable names.

    One line break at its end (`\n` or `\r\n`), as editors write it, is dropped; nothing else is.

    Raises:
        EnvironmentProblem: the variable or the file is missing, unreadable, empty or has several
            lines; never with the file's content.
    """
    text = _secret_text(name, source)
    if "\n" in text or "\r" in text:
        raise _unusable(name, source, "has more than one line")
    return text


def get_secret_lines_env(name: str, *, source: Mapping[str, str] | None = None) -> list[str]:
    """All lines of the file that a `…_FILE` variable names; the first is never empty.

    Raises:
        EnvironmentProblem: the variable or the file is missing, unreadable or empty; never with the
            file's content.
    """
    return re.split(r"\r?\n", _secret_text(name, source))


def _secret_text(name: str, source: Mapping[str, str] | None) -> str:
    path = Path(get_env(name, source=source))
    try:
        # Not `read_text`, which makes one kind of line break of all.
        text = re.sub(r"\r?\n\Z", "", path.read_bytes().decode())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise EnvironmentProblem(
            f"{name}: cannot read {path}: {reason}; it comes from {field_of(name)}"
        ) from None
    if not re.match(r"[^\r\n]", text):
        raise _unusable(name, source, "is empty")
    return text


def _unusable(name: str, source: Mapping[str, str] | None, complaint: str) -> EnvironmentProblem:
    path = get_env(name, source=source)
    return EnvironmentProblem(f"{name}: {path} {complaint}; it comes from {field_of(name)}")


def _bounded(name: str, number: _Number, low: _Number | None, high: _Number | None) -> _Number:
    if (low is not None and number < low) or (high is not None and number > high):
        if low is None:
            bounds = f"at most {high}"
        elif high is None:
            bounds = f"at least {low}"
        else:
            bounds = f"between {low} and {high}"
        raise _invalid(name, number, f"is not {bounds}")
    return number


def _invalid(name: str, value: object, complaint: str) -> InvalidValue:
    return InvalidValue(f"{name}={str(value)[:100]!r} {complaint}: it comes from {field_of(name)}")
