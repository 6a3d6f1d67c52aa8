"""Keys that nobody has named: they only say which piece of a name a value is."""

from __future__ import annotations

import functools
import re
from typing import Final

_PLACEHOLDER: Final = re.compile(r"Var(\d+)(?:_\d+)?")


def placeholder(place: int) -> str:
    """The key of a piece without a name, as `Var3`.

    Args:
        place: of the piece among the values of a name; the first is 1.
    """
    return f"Var{place}"


@functools.lru_cache(maxsize=10_000)
def is_placeholder(key: str) -> bool:
    """Whether nobody has named this key. Its values are never written."""
    return _PLACEHOLDER.fullmatch(key) is not None


def in_words(key: str) -> str:
    """A key as sentences name it: `“Well”`, or `piece 3` when nobody has named it."""
    found = _PLACEHOLDER.fullmatch(key)
    return f"piece {found[1]}" if found else f"“{key}”"
