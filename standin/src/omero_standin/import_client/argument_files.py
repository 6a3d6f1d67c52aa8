"""Arguments in files, as Java's launcher reads them: `@file`, before the main class."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

# A word in quotes, or one without; a comment to the end of the line.
_PARTS: Final = re.compile(
    r"""\#[^\n\r]* | "((?:[^"\\]|\\.)*)" | '((?:[^'\\]|\\.)*)' | ([^\s"'\#]+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


def expanded(arguments: Sequence[str]) -> list[str]:
    """The arguments with what is in the files that they name.

    Raises:
        OSError: there is no such file.
    """
    found: list[str] = []
    for each in arguments:
        if each.startswith("@"):
            text = Path(each[1:]).read_text(encoding="utf-8", errors="surrogateescape")
            found += _words(text)
        else:
            found.append(each)
    return found


def _words(text: str) -> list[str]:
    words = []
    for part in _PARTS.finditer(text):
        double, single, plain = part.groups()
        if plain is not None:
            words.append(plain)
        elif not part.group().startswith("#"):
            words.append(_unescaped(single if double is None else double))
    return words


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), text, flags=re.DOTALL)
