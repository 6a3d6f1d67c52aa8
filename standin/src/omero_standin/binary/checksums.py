"""The checksums that OMERO knows, by the name of their algorithm.

Names and results follow OMERO's `ChecksumAlgorithm` enumeration: hexadecimal, big-endian, with a
size written as 64 bits.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

DEFAULT: Final = "SHA1-160"
_BLOCK: Final = 1 << 20


class Hasher(Protocol):
    """Takes bytes, gives text at the end."""

    def update(self, data: bytes, /) -> object:
        """More bytes."""

    def hexdigest(self) -> str:
        """The checksum of all bytes so far."""


class _Zlib:
    """Adler-32 and CRC-32, which Python has as functions with a running value."""

    def __init__(self, function: Callable[[bytes, int], int], start: int) -> None:
        self._function = function
        self._value = start

    def update(self, data: bytes) -> None:
        self._value = self._function(data, self._value)

    def hexdigest(self) -> str:
        return f"{self._value & 0xFFFFFFFF:08x}"


class _Size:
    """The number of bytes, for those who trust the rest."""

    def __init__(self) -> None:
        self._size = 0

    def update(self, data: bytes) -> None:
        self._size += len(data)

    def hexdigest(self) -> str:
        return f"{self._size:016x}"


ALGORITHMS: Final[dict[str, Callable[[], Hasher]]] = {
    "SHA1-160": lambda: hashlib.sha1(usedforsecurity=False),
    "MD5-128": lambda: hashlib.md5(usedforsecurity=False),
    "CRC-32": lambda: _Zlib(zlib.crc32, 0),
    "Adler-32": lambda: _Zlib(zlib.adler32, 1),
    "File-Size-64": _Size,
}


def of_file(path: Path, algorithm: str = DEFAULT) -> str:
    """The checksum of a file, read in blocks; `LookupError` for an unknown algorithm."""
    hasher = ALGORITHMS[algorithm]()
    with path.open("rb") as content:
        while block := content.read(_BLOCK):
            hasher.update(block)
    return hasher.hexdigest()
