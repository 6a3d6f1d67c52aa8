"""The datasets and screens that images go to: found, or created when the first image needs them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from omero_plugin_common.jobs import JobFailed
from omeroweb_upload.omero_api import targets
from omeroweb_upload.planning.datasets import clean, dataset_of, top_level_name
from omeroweb_upload.planning.settings import Target


class Destination:
    """Where the images of one upload go.

    Nothing is created before an image needs it, so a failed upload leaves no empty datasets. An
    object of the wanted name that the user may link to is used again: an import that is tried
    again adds to what the first attempt created.

    Days may be between the declaration and the import, so what was chosen is looked at again: all
    methods raise `JobFailed` when it is gone, or not the user's to add to any more.
    """

    def __init__(self, conn: Any, group_id: int, target: Target, created: datetime) -> None:
        """Nothing is asked of OMERO yet.

        Args:
            conn: a gateway of the user.
            group_id: the group of the upload: everything is created there.
            target: as it was chosen.
            created: when the upload was declared; its day names the dataset of files that are in
                no folder.
        """
        self._conn, self._group, self._target = conn, group_id, target
        self._top_level = top_level_name(created)
        self._datasets: dict[str, int] = {}
        self._project: int | None = None
        self._screen: int | None = None
        self._seen: set[tuple[targets.Kind, int]] = set()

    def dataset(self, path: str) -> int | None:
        """The dataset for the images of a file; nothing if the target has none.

        Args:
            path: of the file that is given to the importer; relative, with `/`.
        """
        target = self._target
        if target.dataset is not None:
            return self._still_there("Dataset", target.dataset)
        if target.new_dataset is not None:
            name = clean(target.new_dataset)
            return self._named(name, name)
        if target.from_folders:
            wanted = dataset_of(path, target.folder_depth, self._top_level)
            return self._named(wanted.name, wanted.older_name)
        return None

    def project(self) -> int | None:
        """The project of new datasets; nothing if the target has none."""
        if self._target.project is not None:
            return self._still_there("Project", self._target.project)
        if self._project is None and self._target.new_project is not None:
            self._project = self._own("Project", clean(self._target.new_project))
        return self._project

    def screen(self) -> int | None:
        """The screen for plates; nothing if the target has none."""
        if self._target.screen is not None:
            return self._still_there("Screen", self._target.screen)
        if self._screen is None and self._target.new_screen is not None:
            self._screen = self._own("Screen", clean(self._target.new_screen))
        return self._screen

    def _still_there(self, kind: targets.Kind, container: int) -> int:
        if (kind, container) not in self._seen:
            one = targets.found(self._conn, kind, container)
            if one is None or not one.link:
                raise JobFailed(
                    f"{kind} {container} is not there any more, or you may not add images to it "
                    "any more: start a new upload to another target, "
                    "or have this one restored and press Retry",
                    code="target_gone",
                )
            self._seen.add((kind, container))
        return container

    def _named(self, name: str, older_name: str) -> int:
        if name not in self._datasets:
            project = self.project()
            there = targets.datasets_named(
                self._conn, self._group, list(dict.fromkeys((name, older_name))), project
            )
            found = there.get(name) or there.get(older_name)
            self._datasets[name] = (
                found.id
                if found
                else targets.create(self._conn, "Dataset", self._group, name, project=project)
            )
        return self._datasets[name]

    def _own(self, kind: targets.Kind, name: str) -> int:
        found = targets.own_named(self._conn, kind, self._group, name)
        return targets.create(self._conn, kind, self._group, name) if found is None else found
