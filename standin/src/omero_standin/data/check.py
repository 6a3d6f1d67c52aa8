"""Errors in descriptions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


class BadDescription(Exception):
    """What is wrong with a description of data."""


def known(found: Any, what: str, *keys: str) -> None:
    """Refuse keys that mean nothing: a misspelt one would be left out without a word."""
    if not isinstance(found, dict):
        raise BadDescription(f"{what}: expected a mapping, not {found!r}")
    if unknown := set(found) - set(keys):
        raise BadDescription(
            f"{what} has unknown keys: {', '.join(sorted(map(str, unknown)))}; the known keys are "
            f"{', '.join(keys)}"
        )


def moment(given: Any) -> int:
    """A date or a time as YAML gives it, in milliseconds since 1970; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(str(given))
    except ValueError as error:
        raise BadDescription(f"{given!r} is not a time such as 2026-10-12T09:30") from error
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
