"""Whether files of an upload are in OMERO already, by name in the target and by checksum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from omeroweb_upload.omero_api import duplicates
from omeroweb_upload.planning.preflight import EXAMPLES, Finding, Planned, about


def by_name(conn: Any, by_dataset: Mapping[int, Sequence[Planned]]) -> Iterator[Finding]:
    """Files whose name an image of their dataset was imported from.

    Args:
        conn: the user's gateway.
        by_dataset: id of a dataset that exists → files whose images go there.
    """
    found: list[str] = []
    for dataset, files in by_dataset.items():
        names = list(dict.fromkeys(file.name for file in files))
        same = {each.key: each for each in duplicates.names_in(conn, dataset, names)}
        found += [
            f"{file.path}: Image {same[file.name].image} ({same[file.name].name})"
            for file in files
            if file.name in same
        ]
    yield from about(
        "warns",
        "name_in_target",
        "{} with a name that the dataset has an image of already: it will have both",
        found,
    )


def by_content(conn: Any, files: Sequence[Planned]) -> Iterator[Finding]:
    """Files whose content OMERO stores already, wherever the user may see it.

    Only files whose SHA-1 the browser has sent, and which are not empty.
    """
    sums = {file.sha1 for file in files if file.sha1 and file.size}
    known = duplicates.stored(conn, sums) if sums else set()
    same = [file for file in files if file.sha1 in known]
    if not same:
        return
    shown = [file for file in same if file.sha1][:EXAMPLES]
    images = {
        each.key: f"Image {each.image} ({each.name})"
        for each in duplicates.images_of(conn, sorted({file.sha1 or "" for file in shown}))
    }
    texts = [f"{file.path}: {images.get(file.sha1 or '', 'an attached file')}" for file in shown]
    texts += [file.path for file in same[len(shown) :]]
    yield from about(
        "warns",
        "content_in_omero",
        "{} with content that OMERO has already, byte for byte",
        texts,
    )
