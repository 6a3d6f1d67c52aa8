"""Finding the declared file that a request is about."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from omero_plugin_common.errors import NotFound
from omeroweb_upload.store import files, uploads
from omeroweb_upload.store.files import StoredFile
from omeroweb_upload.transfer import paths
from omeroweb_upload.transfer.errors import BadHeader

__all__ = ["StoredFile", "declared", "file_of"]


def file_of(job: UUID, number: int, user_id: int) -> StoredFile:
    """A file of a user's upload.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    return files.load(job, number, user_id)


def declared(job: UUID, user_id: int, about: Mapping[str, str], size: int) -> StoredFile:
    """The declared file that the metadata of a tus creation names.

    Args:
        job: the upload.
        user_id: whose it is.
        about: metadata: `relativePath`, or `filename` for a file without a folder.
        size: in bytes, as the client says now.

    Raises:
        NotFound: no such upload of this user, or no such file of it.
        BadPath: the path cannot be used.
        BadHeader: no path, or another size than was declared.
    """
    text = about.get("relativePath") or about.get("filename")
    if not text:
        raise BadHeader("Send the file's path as relativePath in the header Upload-Metadata")
    path = paths.usable(text)
    file = files.with_paths(job, user_id, [path]).get(path)
    if file is None:
        uploads.load(job, user_id)
        raise NotFound(f"«{paths.shown(path)}» was not declared for this upload", code="undeclared")
    if file.size != size:
        raise BadHeader(
            f"«{paths.shown(path)}» was declared with {file.size} bytes, not {size}: if the file "
            "has changed, start a new upload"
        )
    return file
