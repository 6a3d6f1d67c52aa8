"""Which bytes of a file a request asks for: RFC 9110, section 14, and 13 for the conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_ONE_RANGE: Final = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)
# More digits than the length of any file has.
_MOST_DIGITS: Final = 19


class NotSatisfiable(Exception):
    """The file has none of the bytes that are asked for."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a file.

    Attributes:
        first: the first byte, from 0.
        length: how many; never 0 unless the file is empty.
        whole: whether it is all of the file, and is answered with 200.
    """

    first: int
    length: int
    whole: bool


def wanted(header: str | None, if_range: str | None, size: int, tag: str) -> Part:
    """The bytes to send.

    Several ranges in one header, other units and what cannot be read are answered with the whole
    file, as the standard allows.

    Args:
        header: `Range`.
        if_range: the tag of the file that the client has a part of; with another one it gets the
            whole of this file.
        size: bytes of the file.
        tag: the file's own, with its quotation marks.

    Raises:
        NotSatisfiable: the range begins behind the end of the file.
    """
    everything = Part(0, size, whole=True)
    if header is None or (if_range is not None and if_range.strip() != tag):
        return everything
    match = _ONE_RANGE.fullmatch(header.strip())
    if match is None:
        return everything
    first, last = match.groups()
    if max(len(first), len(last)) > _MOST_DIGITS or not (first or last):
        return everything
    if not first:
        length = min(int(last), size)
        if length == 0:
            raise NotSatisfiable
        return Part(size - length, length, whole=False)
    if last and int(last) < int(first):
        return everything
    if int(first) >= size:
        raise NotSatisfiable
    end = min(int(last), size - 1) if last else size - 1
    return Part(int(first), end - int(first) + 1, whole=False)


def names(header: str, tag: str) -> bool:
    """Whether `If-None-Match` or `If-Match` names this tag, or any."""
    listed = [each.strip().removeprefix("W/") for each in header.split(",")]
    return "*" in listed or tag in listed
