"""Whose files may be downloaded: the setting `omero.policy.binary_access`, of server or group.

As in OMERO.server's `BinaryAccessPolicy`. Both say `+` or `-` with `read` (who may only look may
download), `write`, `image` and `plate`; `-` anywhere wins, and what nobody gives is denied. The
server's default leaves `plate` out.
"""

from __future__ import annotations

from typing import Final

from omero_standin.model.store import Row, Store

SETTING: Final = "omero.policy.binary_access"
# Objects that carry the restriction (`sec-primitives.xml`).
ASKED: Final = ("FileAnnotation", "Image", "OriginalFile", "Plate", "Well")


def is_restricted(store: Store, setting: str, row: Row, *, may_edit: bool) -> bool:
    """Whether the files behind a row of a type in `ASKED` are kept from a caller."""
    words = {*setting.split(","), *_of_group(store, row)}

    def denied(what: str) -> bool:
        return f"-{what}" in words or f"+{what}" not in words

    if denied("write") or (denied("read") and not may_edit):
        return True
    if row.kind in ("Plate", "Well"):
        return denied("image") or denied("plate")
    images = _images(store, row)
    if denied("image"):
        return bool(images)
    return denied("plate") and any(
        store.referring("WellSample", "image", image.ref) for image in images
    )


def _of_group(store: Store, row: Row) -> list[str]:
    group = store.find("ExperimenterGroup", row.group)
    pairs = group.values.get("config") or () if group is not None else ()
    return [word for name, text in pairs if name == SETTING for word in text.split(",")]


def _images(store: Store, row: Row) -> list[Row]:
    """The images that a row has the pixels of."""
    if row.kind == "Image":
        return [row]
    if row.kind == "FileAnnotation" or str(row.values.get("name")).endswith(".txt"):
        return []
    return [
        image
        for entry in store.referring("FilesetEntry", "originalFile", row.ref)
        for image in store.referring("Image", "fileset", entry.values["fileset"])
    ]
