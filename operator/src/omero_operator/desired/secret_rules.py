r"""What the programs of a site can take as a value of a Secret that the user brings.

One rule holds for all: one line break at the end (`\n` or `\r\n`) is no part of the value and is
dropped; nothing else is. The rest is what some program would cut, change or not start with; it is
refused before that program sees it.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

Purpose = Literal[
    "password", "root-password", "database-password", "database-user", "property", "list"
]

# A property may be as long as one in spec.server.config. Some clients of PostgreSQL have buffers of
# 1024 bytes for a password; half of it is more than anybody types or generates.
_LONGEST = {"property": 8192, "list": 65536}
_LONGEST_PASSWORD = 512
# XML 1.0, in which OMERO keeps its configuration, has no notation for these.
_NO_XML = "\ufffe\uffff"


def without_line_break(text: str) -> str:
    r"""A value as all programs take it: without one `\n` or `\r\n` at its end."""
    return re.sub(r"\r?\n\Z", "", text)


def complaint(purpose: Purpose, value: bytes) -> str:
    """Why a value cannot be used.

    Args:
        purpose: What it is used for. `password` is one that only PostgreSQL, Redis and our own
            programs read; `list` is a text of several lines.
        value: The value as it stands in the Secret.

    Returns:
        The rule that it breaks, as a sentence that begins with "it" and never has the value in it;
        empty when the value can be used.
    """
    try:
        text = without_line_break(value.decode())
    except UnicodeDecodeError:
        return "it must be text in UTF-8"
    return next(_broken(purpose, text), "")


def _broken(purpose: Purpose, text: str) -> Iterator[str]:
    longest = _LONGEST.get(purpose, _LONGEST_PASSWORD)
    if not text.strip():
        yield "it must not be blank"
    if len(text.encode()) > longest:
        yield f"it must have at most {longest} bytes"
    # Lists are read line by line.
    line = re.sub(r"\r?\n", "", text) if purpose == "list" else text
    if "\n" in line or "\r" in line:
        yield "it must be one line (one line break at its end is removed)"
    if any(unicodedata.category(each) in ("Cc", "Zl", "Zp") or each in _NO_XML for each in line):
        yield "it must not contain control characters, such as a tab"
    if rule := _MORE.get(purpose):
        yield from rule(text)


def _root_password(text: str) -> Iterator[str]:
    """The real image hands it to `omego db init --rootpass`, which formats it with `%`."""
    if text.startswith("-"):
        yield "it must not begin with '-': OMERO's first start reads it as an option"
    if "%" in text:
        yield "it must not contain '%': OMERO's first start reads it as a placeholder"


def _omero_property(text: str) -> Iterator[str]:
    """OMERO replaces `${name}` and `@{name}` in the values of its configuration."""
    if "${" in text or "@{" in text:
        yield "it must not contain '${' or '@{': OMERO reads what follows as a variable"


def _user(text: str) -> Iterator[str]:
    if text != text.strip():
        yield "it must not begin or end with white space"
    yield from _omero_property(text)


_MORE: Mapping[str, Callable[[str], Iterator[str]]] = {
    "root-password": _root_password,
    "database-password": _omero_property,
    "database-user": _user,
}
