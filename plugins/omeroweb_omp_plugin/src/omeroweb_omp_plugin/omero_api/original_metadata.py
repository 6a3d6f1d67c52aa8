"""The text file with the original metadata of an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from omero_plugin_common.omero_api import files
from omero_plugin_common.omero_api.files import Attachment

NAMESPACE: Final = "omero-platform/omp/original-metadata"


def file_name(image: int) -> str:
    """The name of the file that belongs to an image; on another image the file is a copy."""
    return f"original_metadata_{image}.txt"


def attached_to(conn: Any, images: Sequence[int]) -> dict[int, list[Attachment]]:
    """The plugin's own files on images, by image; those that were copied there are left out."""
    everything = files.attachments(conn, "Image", images, NAMESPACE)
    own = {
        image: [each for each in some if each.name == file_name(image)]
        for image, some in everything.items()
    }
    return {image: some for image, some in own.items() if some}


def attach(conn: Any, group: int, image: int, text: str) -> int:
    """Attach a text to an image of a group; the id of the file annotation."""
    file = files.NewFile(file_name(image), NAMESPACE)
    return files.attach(conn, group, "Image", image, file, encoded(text)).annotation


def sha1(text: str) -> str:
    """What OMERO computes for a file with this text."""
    return files.sha1(encoded(text))


def encoded(text: str) -> bytes:
    """The bytes of the file; half of a character, which no file can hold, becomes `?`."""
    return text.encode("utf-8", "replace")
