"""Numbers in texts, and names of messages: Python's in the code, JavaScript's in the page.

`build_message_payload` is for plugins that were written for the Docker edition of this platform; no
plugin of ours uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

_UNITS: Final = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
# The one message whose key in the page is not its name in camel case.
_IRREGULAR: Final = {"confirm_irreversible_action": "confirmIrreversible"}
# Of a bigint, PostgreSQL's type of ids: https://www.postgresql.org/docs/current/datatype-numeric.html
LARGEST_ID: Final = 2**63 - 1


def whole_number(text: str, most: int = LARGEST_ID) -> int | None:
    """The number from 0 to `most` that a text of ASCII digits is; nothing for any other text."""
    # Longer texts are refused before they are read: reading takes time that grows with the square.
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_ID))):
        return None
    number = int(text)
    return number if number <= most else None


def bytes_in_words(count: int) -> str:
    """Such as `1.4 GiB`, as pages write it.

    Args:
        count: bytes, 0 or more.
    """
    if count < 1024:
        return "1 byte" if count == 1 else f"{count} bytes"
    size = float(count)
    for unit in _UNITS:
        size /= 1024
        # What would be rounded to 1024 is one of the next unit.
        if size < 1023.95 or unit == _UNITS[-1]:
            break
    return f"{size:.1f} {unit}"


def snake_to_camel(name: str) -> str:
    """`rate_limit_reached` as `rateLimitReached`; words of a leading or doubled `_` are skipped."""
    first, *others = [word for word in name.split("_") if word] or [""]
    return first + "".join(word[:1].upper() + word[1:] for word in others)


def build_message_payload(names: Iterable[str], lookup: Callable[[str], str]) -> dict[str, str]:
    """A page's messages.

    Args:
        names: names in snake case.
        lookup: gives the text of a name.

    Returns:
        The texts under their names in camel case, `confirm_irreversible_action` under
        `confirmIrreversible`.
    """
    return {_IRREGULAR.get(name) or snake_to_camel(name): lookup(name) for name in names}
