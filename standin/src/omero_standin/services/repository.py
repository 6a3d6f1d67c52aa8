"""Repository: files and folders below the data directory, with their OriginalFiles.

What is refused and how follows OMERO.server's `PublicRepositoryI` and `RepositoryDaoImpl`
(https://github.com/ome/omero-blitz).
"""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import omero.api
import omero.cmd
import omero.grid
import omero.model
from omero.rtypes import rlong, rmap, rstring, rtime

from omero_standin import refuse
from omero_standin.accounts import ROOT, USER_GROUP
from omero_standin.binary import checksums, repository_paths
from omero_standin.binary.folder import REPOSITORIES
from omero_standin.call import Call, plain
from omero_standin.model.enumeration import enumeration
from omero_standin.model.store import Row
from omero_standin.services.access import working_group
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

    def mimetype(self, call: Call, path: str) -> Any:
        """The media type that the name of a file stands for; the file must be there."""
        self._need_place(call, path)
        return mimetypes.guess_type(path)[0] or _OCTETS

    def fileExists(self, call: Call, path: str) -> Any:
        """Whether there is an OriginalFile of this path; a SecurityViolation when it is hidden."""
        return self._readable(call, path) is not None

    def list(self, call: Call, path: str) -> Any:
        """The paths in a folder."""
        return [f"{row.values['path']}{row.values['name']}" for row in self._listed(call, path)]

    def listFiles(self, call: Call, path: str) -> Any:
        """The OriginalFiles in a folder."""
        return call.marshaller().objects([*self._listed(call, path)])

    def treeList(self, call: Call, path: str) -> Any:
        """Everything below a path by name, as maps in maps; empty for a path that is not there."""
        row = self._readable(call, path)
        return self._tree(call, [] if row is None else [row])

    # --- files

    def fileById(self, call: Call, file_id: int) -> Any:
        """A file for reading."""
        row = call.store.find("OriginalFile", file_id)
        if row is None or row.values.get("repo") != self._uuid:
            raise refuse.forbidden(f"FileNotFound: {file_id}")
        if not call.sees(row):
            raise refuse.forbidden(f"FileNotAccessible: {file_id}")
        return call.publish(omero.api.RawFileStore, RawFileStore.of(call, row, writable=False))

    def file(self, call: Call, path: str, mode: str) -> Any:
        """A file for reading (`r`) or writing (`rw`).

        As in the real server, a path without an OriginalFile gets one in either mode, unless there
        is something on disk: that must be registered first.
        """
        row = self._readable(call, path)
        if row is None:
            if self._place(call, path).exists():
                raise omero.grid.UnregisteredFileException(
                    message=f"{path} is on disk and not registered",
                    file=self._unregistered(call, path),
                )
            hasher = enumeration(call.store, "ChecksumAlgorithm", checksums.DEFAULT)
            row = self._new(call, path, _OCTETS, hasher=hasher)
        elif mode != "r" and not call.rights(row).edit:
            raise refuse.forbidden(f"{path}: requiresWrite is true but cannot modify")
        store = RawFileStore.of(call, row, writable=mode != "r")
        return call.publish(omero.api.RawFileStore, store)

    def register(self, call: Call, path: str, mimetype: Any) -> Any:
        """The OriginalFile of a path, made when there is none; a Directory is also made on disk."""
        if not repository_paths.parts(path):
            raise refuse.forbidden("Can't re-register the repository")
        row = self._readable(call, path)
        return call.marshaller().object(row or self._new(call, path, plain(mimetype)))

    def deletePaths(self, call: Call, paths: Any, _recursively: bool, _force: bool) -> Any:
        """Delete files and folders with all that is in them; the handle of a Delete2."""
        # The table of commands knows this module.
        from omero_standin.handles import submit

        rows = [row for path in paths for row in self._below(call, self._readable(call, path))]
        return submit(call, omero.cmd.Delete2({"OriginalFile": [row.id for row in rows]}))

    # --- folders

    def makeDir(self, call: Call, path: str, parents: bool) -> None:
        """A folder; with `parents` those above it as well, and one that is there is no error."""
        parts = repository_paths.parts(path)
        if not parts:
            if parents:
                raise refuse.missing("Cannot re-create root!")
            return
        first = 1 if parents else len(parts)
        folders = ["/".join(parts[:number]) for number in range(first, len(parts) + 1)]
        with call.store.transaction():
            self._make_folders(call, folders, parents=parents)

    def _make_folders(self, call: Call, paths: Sequence[str], *, parents: bool) -> None:
        """Make folders, those above before those below."""
        for path in paths:
            place, row = self._place(call, path), self._readable(call, path)
            last = path == paths[-1]
            if place.exists():
                if not last and not place.is_dir():
                    raise refuse.missing(f"Path is not a directory: {path}")
                if last and not parents:
                    raise refuse.missing(f"Path exists on disk: {path}")
                if row is None:
                    raise refuse.missing(f"Directory exists but is not registered: {path}")
            if row is None:
                self._new(call, path, DIRECTORY)
            elif row.values.get("mimetype") == DIRECTORY:
                place.mkdir(parents=True, exist_ok=True)

    # --- inside

    def _place(self, call: Call, path: str) -> Path:
        return call.kernel.data.root.joinpath(self._name, *repository_paths.parts(path))

    def _need_place(self, call: Call, path: str) -> None:
        if not self._place(call, path).exists():
            raise refuse.invalid(f"{path} does not exist")

    def _row(self, call: Call, path: str) -> Row | None:
        """The OriginalFile of a path, whoever may see it."""
        parts = repository_paths.parts(path)
        if not parts:
            return description(call, self._name)
        for row in call.store.holding("OriginalFile", "path", _folder(parts[:-1])):
            if row.values["name"] == parts[-1] and row.values.get("repo") == self._uuid:
                return row
        return None

    def _readable(self, call: Call, path: str) -> Row | None:
        """The OriginalFile of a path; refused when it is there and the caller may not see it."""
        row = self._row(call, path)
        if row is not None and not call.sees(row):
            raise refuse.forbidden(f"Cannot read OriginalFile:{row.id}")
        return row

    def _listed(self, call: Call, path: str) -> Sequence[Row]:
        self._need_place(call, path)
        if self._readable(call, path) is None:
            raise refuse.forbidden(f"No such parent dir: {path}")
        return self._content(call, path)

    def _content(self, call: Call, path: str) -> Sequence[Row]:
        folder = _folder(repository_paths.parts(path))
        found = call.store.holding("OriginalFile", "path", folder)
        return [row for row in found if row.values.get("repo") == self._uuid and call.sees(row)]

    def _below(self, call: Call, row: Row | None) -> Sequence[Row]:
        """A row and all below it, the deepest first."""
        if row is None:
            return []
        inside = self._content(call, f"{row.values['path']}{row.values['name']}")
        return [*(each for child in inside for each in self._below(call, child)), row]

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
            found[row.values["name"]] = rmap(about)
        return rmap(found)

    def _may_put_into(self, call: Call, folder: Row) -> bool:
        """Whether a caller may make something in a folder of others."""
        return call.rights(folder).edit

    def _new(self, call: Call, path: str, mimetype: str | None, **values: Any) -> Row:
        """A new OriginalFile of the caller's, with what is on disk; a Directory is made there."""
        self._need_folder(call, path)
        place = self._place(call, path)
        if place.is_dir():
            if mimetype not in (None, DIRECTORY):
                raise refuse.invalid(f"File is a directory but mimetype is: {mimetype}")
            mimetype = DIRECTORY
        elif mimetype == DIRECTORY and place.exists():
            raise refuse.missing(f"Cannot mkdir {path} because it is already a file")
        row = self._insert(call, path, mimetype or _OCTETS, **values)
        if mimetype == DIRECTORY:
            place.mkdir(parents=True, exist_ok=True)
        elif place.is_file():
            found = place.stat()
            call.store.update(row, size=found.st_size, mtime=int(found.st_mtime * 1000))
        return row

    def _need_folder(self, call: Call, path: str) -> None:
        """Refuse to put something into a folder that is not there, or is others'."""
        parts = repository_paths.parts(path)[:-1]
        if not parts:
            self._need_top(call, path)
            return
        folder = self._row(call, "/".join(parts))
        if folder is None:
            raise refuse.forbidden(f"Cannot find parent directory: {'/'.join(parts)}")
        if not self._may_put_into(call, folder):
            raise refuse.forbidden(f"No annotate access for parent directory: {folder.id}")

    def _need_top(self, call: Call, path: str) -> None:
        """Refuse a caller that may not put something at the top."""
        if "WriteScriptRepo" not in call.privileges:
            raise refuse.forbidden(f"{path} may not be put into {self._name}")

    def _insert(self, call: Call, path: str, mimetype: str, **values: Any) -> Row:
        parts = repository_paths.parts(path)
        known = {
            "name": parts[-1],
            "path": _folder(parts[:-1]),
            "repo": self._uuid,
            "mimetype": mimetype,
            "size": 0,
        }
        return call.store.insert(
            "OriginalFile", known | values, owner=call.user.id, group=working_group(call)
        )

    def _unregistered(self, call: Call, path: str) -> Any:
        """What an OriginalFile would say of a path that is on disk only."""
        parts, place = repository_paths.parts(path), self._place(call, path)
        file = omero.model.OriginalFileI()
        file.name = rstring(parts[-1])
        file.path = rstring(_folder(parts[:-1]))
        file.mtime = rtime(int(place.stat().st_mtime * 1000))
        if place.is_dir():
            file.mimetype = rstring(DIRECTORY)
        else:
            file.size = rlong(place.stat().st_size)
        return file


def shared_folder(call: Call, folder: Row) -> bool:
    """Whether the caller may put something into a folder of the managed repository.

    Folders of the server itself are for everyone. Else it is as with annotations, where folders in
    the group `user` follow the permissions of the group that the caller works in.
    """
    if folder.group != USER_GROUP:
        return call.rights(folder).annotate
    if folder.owner in (ROOT, call.user.id) or call.rights(folder).edit:
        return True
    return call.accounts.level(working_group(call))[3] in "aw"


def _folder(parts: Sequence[str]) -> str:
    """The path that rows in a folder have; `/` at the top."""
    return f"{'/'.join(parts)}/"
