"""Which objects of OMERO an attachment is linked to, once the images are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from omeroweb_upload.omero_api import targets
from omeroweb_upload.planning import attachments
from omeroweb_upload.planning.attachments import Place
from omeroweb_upload.store.attached import ImageFile
from omeroweb_upload.store.uploads import Upload

# Kind and ids of the objects that a file is linked to.
Objects = dict[str, list[int]]


class Nowhere(Exception):
    """There is nothing to link a file to; the message is for its user."""


class Finder:
    """Finds the objects for the attachments of one upload."""

    def __init__(self, conn: Any, upload: Upload, files: Sequence[ImageFile]) -> None:
        """Nothing is asked of OMERO yet.

        Args:
            conn: a gateway of the user.
            upload: the upload.
            files: of its images.
        """
        self._conn, self._upload = conn, upload
        self._by_path: dict[str, list[ImageFile]] = {}
        self._by_folder: dict[str, list[ImageFile]] = {}
        for file in files:
            self._by_path.setdefault(file.path, []).append(file)
            if file.imported:
                self._by_folder.setdefault(_folder(file.path), []).append(file)
        self._imported = [file for file in files if file.imported]
        self._projects: dict[int, int | None] = {}

    def places(self, paths: Iterable[str]) -> dict[str, Place]:
        """Where the rules of the upload put these attachments."""
        rules = self._upload.settings.settings.attach
        return attachments.places(paths, self._by_path, rules)

    def objects(self, path: str, place: Place) -> Objects:
        """The objects that a file is linked to.

        Args:
            path: of the attachment.
            place: where it belongs.

        Raises:
            Nowhere: they are not in OMERO.
        """
        if place.to == "image":
            return self._images(place.images)
        near = self._near(path)
        if place.to == "project" and (project := self._project(near)) is not None:
            return {"Project": [project]}
        return self._of_target() if near is None else _container(near)

    def _images(self, paths: Sequence[str]) -> Objects:
        files = [file for path in paths for file in self._by_path[path]]
        found: Objects = {}
        for file in files:
            if file.imported:
                # A plate has it once, not each of its images.
                kind, ids = ("Plate", file.plates) if file.plates else ("Image", file.images)
                found.setdefault(kind, []).extend(ids)
        if not any(found.values()):
            raise Nowhere(f"The image {paths[0]} is not in OMERO: it will be attached with it")
        return {kind: sorted(set(ids)) for kind, ids in found.items() if ids}

    def _near(self, path: str) -> ImageFile | None:
        """An image of the nearest folder above that has some, else any that is in OMERO."""
        folder = _folder(path)
        while folder and folder not in self._by_folder:
            folder = _folder(folder)
        near = self._by_folder.get(folder) or self._imported
        # Most files of a folder are in one dataset; of several, the first counts.
        return next((file for file in near if file.dataset_id), near[0] if near else None)

    def _of_target(self) -> Objects:
        """Where no image is in OMERO: what the user chose, if it was there before."""
        target = self._upload.settings.target
        if target.dataset is not None:
            return {"Dataset": [target.dataset]}
        if target.screen is not None:
            return {"Screen": [target.screen]}
        raise Nowhere("No image of this upload is in OMERO: it will be attached with them")

    def _project(self, near: ImageFile | None) -> int | None:
        """The project of the datasets of this upload, if there is one."""
        target = self._upload.settings.target
        if target.project is not None:
            return target.project
        dataset = near.dataset_id if near else target.dataset
        if dataset is None:
            return None
        if dataset not in self._projects:
            above = targets.projects_of(self._conn, dataset)
            self._projects[dataset] = above[0] if above else None
        return self._projects[dataset]


def _container(near: ImageFile) -> Objects:
    """What an image is in; the image itself when it is in nothing."""
    if near.dataset_id is not None:
        return {"Dataset": [near.dataset_id]}
    if near.screen_id is not None:
        return {"Screen": [near.screen_id]}
    return {"Plate": list(near.plates)} if near.plates else {"Image": list(near.images)}


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
