"""Values in questions: nothing that somebody types leaves its literal.

LogQL and LogsQL both read a text in double quotes as Go does
(https://go.dev/ref/spec#String_literals), and patterns as RE2
(https://github.com/google/re2/wiki/Syntax).
"""

from __future__ import annotations

from typing import Final

_PATTERN_SIGNS: Final = frozenset("\\.+*?()|[]{}^$")


def quoted(text: str) -> str:
    r"""A text as a literal.

    Letters and signs that can be seen stay as they are, in any alphabet; quotes and backslashes get
    a backslash in front, and everything else is written as `\u` or `\U` with its number.

    Args:
        text: any text.

    Raises:
        ValueError: half of a surrogate pair, which is no character.
    """
    return f'"{"".join(map(_literal, text))}"'


def pattern(text: str) -> str:
    """A pattern for exactly this text; it still has to be quoted."""
    return "".join(f"\\{each}" if each in _PATTERN_SIGNS else each for each in text)


def containing(text: str) -> str:
    """The literal of a pattern for entries with this text, in capital or small letters.

    Raises:
        ValueError: as `quoted`.
    """
    return quoted(f"(?i){pattern(text)}")


def _literal(character: str) -> str:
    number = ord(character)
    if 0xD800 <= number <= 0xDFFF:
        raise ValueError(f"the text has half a character: U+{number:04X}")
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
