"""The headers of answers."""

from __future__ import annotations

import base64
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from omeroweb_upload.transfer.receive import ALGORITHMS
from omeroweb_upload.transfer.tus.headers import VERSION

# On every answer, also of refusals.
ALWAYS: Final = {"Tus-Resumable": VERSION}
# Status codes that HTTP has no words for.
REASONS: Final = {460: "Checksum Mismatch"}
EXTENSIONS: Final = ("creation", "termination", "checksum", "expiration")


def capabilities(largest: int) -> dict[str, str]:
    """What this server can do, for OPTIONS.

    Args:
        largest: bytes of the largest file.
    """
    return {
        "Tus-Version": VERSION,
        "Tus-Extension": ",".join(EXTENSIONS),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
        "Tus-Max-Size": str(largest),
    }


def created(location: str, expires: datetime) -> dict[str, str]:
    """A file that may be sent now."""
    return {"Location": location, **_until(expires)}


def position(offset: int, size: int, path: str, expires: datetime) -> dict[str, str]:
    """How far a file is, for HEAD."""
    return {
        "Upload-Length": str(size),
        "Upload-Metadata": f"relativePath {base64.b64encode(path.encode()).decode()}",
        **advanced(offset, size, expires),
    }


def advanced(offset: int, size: int, expires: datetime) -> dict[str, str]:
    """How far a file is after a chunk."""
    # What is complete waits for its import and expires by other rules.
    return {"Upload-Offset": str(offset), **(_until(expires) if offset < size else {})}


def _until(expires: datetime) -> dict[str, str]:
    return {"Upload-Expires": format_datetime(expires, usegmt=True)}
