"""Files of uploads that are attached to images, datasets, projects, plates and screens."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from omero_plugin_common.omero_api import files
from omero_plugin_common.omero_api.files import Attachment, NewFile

NAMESPACE: Final = "omeroweb_upload.attachment"
_UNKNOWN: Final = "application/octet-stream"
# What Python's table does not know and OMERO.web can show.
_TEXTS: Final = frozenset(
    {".log", ".ini", ".msa", ".emsa", ".ems", ".md", ".settings", ".protocol"}
)


def there(conn: Any, kind: str, ids: Sequence[int]) -> dict[int, list[Attachment]]:
    """The files that earlier imports attached, by id of the object."""
    return files.attachments(conn, kind, ids, NAMESPACE)


def new_file(path: PurePosixPath, origin: str) -> NewFile:
    """What OMERO stores of a file besides its content.

    Args:
        path: relative path of the file.
        origin: where it comes from; the same in each attempt.
    """
    return NewFile(path.name, NAMESPACE, mimetype(path.name), origin)


def mimetype(name: str) -> str:
    """The media type of a file, from its name."""
    if PurePosixPath(name).suffix.lower() in _TEXTS:
        return "text/plain"
    kind, encoding = mimetypes.guess_type(name, strict=False)
    return kind if kind and not encoding else _UNKNOWN
