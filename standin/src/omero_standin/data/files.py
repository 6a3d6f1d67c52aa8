"""The imported files that images come from."""

from __future__ import annotations

import hashlib

from omero_standin.binary.folder import MANAGED, REPOSITORIES, DataFolder
from omero_standin.data.builder import Builder
from omero_standin.model.store import Row


def add_files(builder: Builder, files: DataFolder, images: list[Row], name: str) -> None:
    """A fileset for each image (`each`), or one with a file of this name for all of them."""
    folder = f"user-{builder.owner}/{builder.store.reserve('Fileset', 0)}/"
    if name == "each":
        for image in images:
            _add(builder, files, [image], folder, str(image.values["name"]))
        return
    _add(builder, files, images, folder, name)
    for at, image in enumerate(images):
        builder.store.amend(image, series=at)


def _add(builder: Builder, files: DataFolder, images: list[Row], folder: str, name: str) -> None:
    content = f"{name}: made up by the OMERO stand-in\n".encode()
    fileset = builder.add("Fileset", templatePrefix=folder)
    file = builder.add(
        "OriginalFile",
        name=name,
        path=folder,
        repo=REPOSITORIES[MANAGED],
        size=len(content),
        mimetype="application/octet-stream",
        hasher=builder.named("ChecksumAlgorithm", "SHA1-160"),
        hash=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
    )
    builder.add(
        "FilesetEntry", fileset=fileset.ref, originalFile=file.ref, clientPath=f"/microscope/{name}"
    )
    files.content(file).write_bytes(content)
    for image in images:
        builder.store.amend(image, fileset=fileset.ref)
