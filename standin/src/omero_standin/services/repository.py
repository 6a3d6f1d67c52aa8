"""Repository: files and folders below the data directory, with their OriginalFiles."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import omero.api
from omero.rtypes import rlong, rmap, rstring

from omero_standin import refuse
from omero_standin.accounts import ROOT, USER_GROUP
from omero_standin.binary.folder import REPOSITORIES
from omero_standin.call import Call, plain
from omero_standin.model.store import Row
from omero_standin.services.access import readable, working_group
from omero_standin.services.rawfilestore import RawFileStore

DIRECTORY: Final = "Directory"
_REPOSITORY: Final = "Repository"
_OCTETS: Final = "application/octet-stream"


def description(call: Call, name: str) -> Row:
    """The OriginalFile that stands for a repository; its checksum is the repository's uuid."""
    uuid = REPOSITORIES[name]
    for row in call.store.holding("OriginalFile", "hash", uuid):
        if row.values.get("mimetype") == _REPOSITORY:
            return row
    values = {
        "name": name,
        "path": f"{call.kernel.data.root}/",
        "hash": uuid,
        "mimetype": _REPOSITORY,
        "size": 0,
    }
    return call.store.insert("OriginalFile", values, owner=ROOT, group=USER_GROUP)


class Repository:
    """One repository, by its name below the data directory."""

    def __init__(self, name: str) -> None:
        """`name` is one of `binary.folder.REPOSITORIES`."""
        self._name = name
        self._uuid = REPOSITORIES[name]

    # --- looking

    def root(self, call: Call) -> Any:
        """The OriginalFile of the repository itself."""
        return call.marshaller().object(description(call, self._name))

    def mimetype(self, _call: Call, path: str) -> Any:
        """The media type that a file's name stands for."""
        return mimetypes.guess_type(path)[0] or _OCTETS

    def fileExists(self, call: Call, path: str) -> Any:
        """Whether there is a file or folder that the caller may see."""
        row = self._row(call, path)
        return row is not None and call.sees(row) and self._place(call, path).exists()

    def list(self, call: Call, path: str) -> Any:
        """The paths in a folder."""
        return [f"{row.values['path']}{row.values['name']}" for row in self._content(call, path)]

    def listFiles(self, call: Call, path: str) -> Any:
        """The OriginalFiles in a folder."""
        return call.marshaller().objects([*self._content(call, path)])

    def treeList(self, call: Call, path: str) -> Any:
        """Everything below a folder, as maps in maps."""
        row = self._row(call, path)
        if row is None or not call.sees(row):
            raise refuse.invalid(f"there is no folder {path} in {self._name}")
        return self._tree(call, [row])

    # --- files

    def fileById(self, call: Call, file_id: int) -> Any:
        """A file for reading."""
        row = readable(call, "OriginalFile", file_id)
        if row.values.get("repo") != self._uuid:
            raise refuse.invalid(f"OriginalFile:{file_id} is not in {self._name}")
        return call.publish(omero.api.RawFileStore, RawFileStore.of(call, row))

    def file(self, call: Call, path: str, mode: str) -> Any:
        """A file for reading (`r`) or writing (`rw`), made when it is to be written."""
        row = self._row(call, path)
        if row is not None and not call.sees(row):
            raise refuse.forbidden(f"{path} belongs to others")
        if "w" not in mode:
            if row is None:
                raise refuse.invalid(f"there is no file {path} in {self._name}")
            return call.publish(omero.api.RawFileStore, RawFileStore.of(call, row))
        if row is None:
            self._need_folder(call, path)
            row = self._insert(call, path, self.mimetype(call, path))
        elif not call.rights(row).edit:
            raise refuse.forbidden(f"{path} may not be changed")
        return call.publish(omero.api.RawFileStore, RawFileStore.of(call, row))

    def register(self, call: Call, path: str, mimetype: Any) -> Any:
        """An OriginalFile for a file that is there."""
        if self._row(call, path) is not None:
            raise refuse.invalid(f"{path} is registered")
        if not self._place(call, path).is_file():
            raise refuse.invalid(f"there is no file {path} in {self._name}")
        row = self._insert(call, path, plain(mimetype) or self.mimetype(call, path))
        call.store.update(row, size=self._place(call, path).stat().st_size)
        return call.marshaller().object(row)

    def makeDir(self, call: Call, path: str, parents: bool) -> None:
        """A folder; with `parents` those above it as well, and one that is there is no error."""
        folders = _split(path)
        for number in range(1, len(folders) + 1):
            each = "/".join(folders[:number])
            last = number == len(folders)
            if self._row(call, each) is not None:
                if last and not parents:
                    raise refuse.invalid(f"the folder {path} exists already")
            elif last or parents:
                self._need_folder(call, each)
                self._insert(call, each, DIRECTORY)
                self._place(call, each).mkdir(parents=True, exist_ok=True)
            else:
                raise refuse.invalid(f"there is no folder {each} in {self._name}")

    # --- inside

    def _place(self, call: Call, path: str) -> Path:
        return call.kernel.data.inside(self._name, path)

    def _row(self, call: Call, path: str) -> Row | None:
        self._place(call, path)
        parts = _split(path)
        if not parts:
            return description(call, self._name)
        folder = "".join(f"{part}/" for part in parts[:-1])
        for row in call.store.holding("OriginalFile", "path", folder):
            if row.values["name"] == parts[-1] and row.values.get("repo") == self._uuid:
                return row
        return None

    def _content(self, call: Call, path: str) -> Sequence[Row]:
        folder = "".join(f"{part}/" for part in _split(path))
        found = call.store.holding("OriginalFile", "path", folder)
        return [row for row in found if row.values.get("repo") == self._uuid and call.sees(row)]

    def _tree(self, call: Call, rows: Sequence[Row]) -> Any:
        found = {}
        for row in rows:
            about = {
                "id": rlong(row.id),
                "mimetype": rstring(row.values.get("mimetype")),
                "size": rlong(int(row.values.get("size") or 0)),
            }
            if row.values.get("mimetype") == DIRECTORY:
                inside = self._content(call, f"{row.values['path']}{row.values['name']}")
                about["files"] = self._tree(call, inside)
            found[f"/{row.values['path']}{row.values['name']}"] = rmap(about)
        return rmap(found)

    def _need_folder(self, call: Call, path: str) -> None:
        """Refuse to put something into a folder of others."""
        folder = self._row(call, "/".join(_split(path)[:-1]))
        if folder is None:
            raise refuse.invalid(f"there is no folder for {path} in {self._name}")
        top = folder.values.get("mimetype") == _REPOSITORY
        allowed = "WriteManagedRepo" in call.privileges if top else call.rights(folder).edit
        if not allowed:
            raise refuse.forbidden(f"nothing may be put into {folder.values['name']}")

    def _insert(self, call: Call, path: str, mimetype: str) -> Row:
        parts = _split(path)
        values = {
            "name": parts[-1],
            "path": "".join(f"{part}/" for part in parts[:-1]),
            "repo": self._uuid,
            "mimetype": mimetype,
            "size": 0,
        }
        return call.store.insert(
            "OriginalFile", values, owner=call.user.id, group=working_group(call)
        )


def _split(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]
