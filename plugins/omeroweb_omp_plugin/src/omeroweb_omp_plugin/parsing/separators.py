"""The pattern of the mode `separators`, as people type it and settings keep it.

    _-          underscore and hyphen separate
    -{ec,,sa}   the hyphen separates; `ec` names the first value, `sa` the third

Every character that is no letter and no digit may separate, a space too. Several in a row count as
one. The braces at the end are optional: they hold one label for each value, empty for none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from omeroweb_omp_plugin.parsing.errors import PatternRefused

_LABELS: Final = re.compile(r"\{([^{}]*)\}$")


def write(separators: Sequence[str], labels: Sequence[str]) -> str:
    """The pattern for these separators and labels."""
    words = list(labels)
    while words and not words[-1]:
        words.pop()
    return "".join(separators) + (f"{{{','.join(words)}}}" if words else "")


def read(pattern: str) -> tuple[str, tuple[str, ...]]:
    """Separators and labels of a pattern.

    Raises:
        PatternRefused: a letter or a digit is to separate.
    """
    found = _LABELS.search(pattern)
    signs = pattern[: found.start()] if found else pattern
    for position, sign in enumerate(signs):
        if sign.isalnum():
            raise PatternRefused(
                f"“{sign}” is a letter or a digit and cannot be a separator. To split at words, "
                "use a regular expression.",
                pattern,
                position,
            )
    labels = tuple(label.strip() for label in found[1].split(",")) if found else ()
    return "".join(dict.fromkeys(signs)), labels
