"""Which objects of OMERO an attachment is linked to, once the images are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from omeroweb_upload.omero_api import targets
from omeroweb_upload.planning import attachments
from omeroweb_upload.planning.attachments import Place
from omeroweb_upload.services.make_target import Destination
from omeroweb_upload.store.attachments import ImageFile
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
        if place.to == "project":
            return self._project(path)
        return self._container(self._near(path))

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

    def _near(self, path: str) -> ImageFile:
        """An image of the nearest folder above that has some, else any."""
        folder = _folder(path)
        while folder and folder not in self._by_folder:
            folder = _folder(folder)
        near = self._by_folder.get(folder) or self._imported
        if not near:
            raise Nowhere("No image of this upload is in OMERO: it will be attached with them")
        # Most files of a folder are in one dataset; of several, the first counts.
        return next((file for file in near if file.dataset_id), near[0])

    def _container(self, near: ImageFile) -> Objects:
        if near.dataset_id is not None:
            return {"Dataset": [near.dataset_id]}
        if near.screen_id is not None:
            return {"Screen": [near.screen_id]}
        if near.plates:
            return {"Plate": list(near.plates)}
        return {"Image": list(near.images)}

    def _project(self, path: str) -> Objects:
        near = self._near(path)
        project = self._project_of(near)
        return self._container(near) if project is None else {"Project": [project]}

    def _project_of(self, near: ImageFile) -> int | None:
        if near.dataset_id is None:
            return None
        if near.dataset_id not in self._projects:
            upload = self._upload
            place = Destination(self._conn, upload.group_id, upload.settings.target, upload.created)
            found = place.project()
            if found is None:
                above = targets.projects_of(self._conn, near.dataset_id)
                found = above[0] if above else None
            self._projects[near.dataset_id] = found
        return self._projects[near.dataset_id]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
