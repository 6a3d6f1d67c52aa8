"""The headers of requests."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Final

from omeroweb_upload.transfer.errors import BadHeader, LengthMissing, WrongType, WrongVersion
from omeroweb_upload.transfer.receive import ALGORITHMS, Checksum

VERSION: Final = "1.0.0"
CHUNK_TYPE: Final = "application/offset+octet-stream"
# Numbers of bytes that fit into the database.
_DIGITS: Final = 18
_KEY: Final = frozenset(map(chr, range(0x21, 0x7F))) - {","}


def check_version(headers: Mapping[str, str]) -> None:
    """Every request says which version of tus it speaks.

    Raises:
        WrongVersion: another one, or none.
    """
    if headers.get("Tus-Resumable") != VERSION:
        raise WrongVersion(f"Send the header Tus-Resumable: {VERSION}")


def check_type(content_type: str) -> None:
    """A chunk has a type of its own.

    Raises:
        WrongType: another one.
    """
    if content_type.partition(";")[0].strip().lower() != CHUNK_TYPE:
        raise WrongType(f"Send the chunk with the header Content-Type: {CHUNK_TYPE}")


def number(headers: Mapping[str, str], name: str) -> int:
    """A number of bytes.

    Raises:
        BadHeader: it is missing, or no whole number.
    """
    text = headers.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise BadHeader(f"The header {name} must be a whole number of bytes")
    return int(text)


def content_length(text: str | None) -> int:
    """The announced length of a body.

    Raises:
        LengthMissing: there is none, as with a chunked body.
        BadHeader: it is no number.
    """
    if not text:
        raise LengthMissing("Send the chunk with the header Content-Length")
    return number({"Content-Length": text}, "Content-Length")


def metadata(text: str) -> dict[str, str]:
    """The header Upload-Metadata: `key base64,key base64,…`; a value may be missing.

    Raises:
        BadHeader: it has another form, a key twice, or a value that is not UTF-8.
    """
    found: dict[str, str] = {}
    for pair in text.split(",") if text else ():
        key, _, value = pair.strip().partition(" ")
        if not key or not _KEY.issuperset(key) or key in found:
            raise BadHeader(
                "The header Upload-Metadata has a key that is empty, odd, or there twice"
            )
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            raise BadHeader(
                f"The header Upload-Metadata has a value of {key} that is not Base64 of UTF-8"
            ) from None
    return found


def checksum(text: str | None) -> Checksum | None:
    """The header Upload-Checksum: `algorithm base64`; nothing when it is not there.

    Raises:
        BadHeader: another algorithm, or no digest of it.
    """
    if text is None:
        return None
    algorithm, _, value = text.partition(" ")
    if algorithm not in ALGORITHMS:
        raise BadHeader(f"The header Upload-Checksum has none of {', '.join(ALGORITHMS)}")
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise BadHeader(f"The header Upload-Checksum has no digest of {algorithm} in Base64")
    return Checksum(algorithm, digest)
