"""Official scripts and lookup tables: files below a folder, and the OriginalFiles for them.

As in the real server, files are recognised when they are listed: new ones get a row, changed ones
another checksum, and the rows of those that are gone go as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from omero_standin.accounts import ROOT, USER_GROUP
from omero_standin.binary import checksums
from omero_standin.binary.folder import REPOSITORIES, SCRIPTS, DataFolder
from omero_standin.model.enumeration import enumeration
from omero_standin.model.store import Row, Store
from omero_standin.rendering import lookup_tables

MIMETYPES: Final = {
    ".py": "text/x-python",
    ".jy": "text/x-jython",
    ".m": "text/x-matlab",
    ".lut": "text/x-lut",
}
_TABLES: Final = "luts"


def official(store: Store, data: DataFolder) -> list[Row]:
    """The rows of all official files, after a look at the folder."""
    root = data.path(SCRIPTS, "any").parent
    lookup_tables.write_built_in(root / _TABLES)
    with store.transaction():
        rows = {_place(row): row for row in store.holding("OriginalFile", "repo", _REPOSITORY)}
        found = []
        for file in sorted(root.rglob("*")):
            hidden = any(part.startswith((".", "__")) for part in file.relative_to(root).parts)
            if file.suffix in MIMETYPES and file.is_file() and not hidden:
                place = place_of(file, root)
                found.append(_noted(store, rows.pop(place, None), place, file))
        for row in rows.values():
            for link in store.referring("JobOriginalFileLink", "child", row.ref):
                store.delete(link)
            store.delete(row)
    return found


def place_of(file: Path, root: Path) -> tuple[str, str]:
    """The path (`/omero/util_scripts/`) and the name of a file, as its row has them."""
    parent = file.relative_to(root).parent.as_posix()
    return ("/" if parent == "." else f"/{parent}/"), file.name


def split(path: str) -> tuple[str, str]:
    """A path from a client as path and name."""
    folder, _, name = f"/{path.lstrip('/')}".rpartition("/")
    return f"{folder}/", name


def official_path(path: str) -> str:
    """Where an official script of a client's path is: below the folder, whatever the path says.

    The rule is that of OMERO.server's `RepoFile.norm`: `..` is followed, and when it leads out of
    the folder, the script lies directly in it.
    """
    folder, _, name = path.replace("\\", "/").lstrip("/").rpartition("/")
    parts: list[str] = []
    for part in folder.split("/"):
        if part == ".." and not parts:
            return f"/{name}"
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join([*parts, name])


_REPOSITORY: Final = REPOSITORIES[SCRIPTS]


def _place(row: Row) -> tuple[str, str]:
    return row.values["path"], row.values["name"]


def _noted(store: Store, row: Row | None, place: tuple[str, str], file: Path) -> Row:
    digest = checksums.of_file(file)
    if row is not None and row.values.get("hash") == digest:
        return row
    values = {
        "size": file.stat().st_size,
        "hash": digest,
        "hasher": enumeration(store, "ChecksumAlgorithm", checksums.DEFAULT),
    }
    if row is not None:
        store.update(row, **values)
        return row
    path, name = place
    values |= {
        "path": path,
        "name": name,
        "repo": _REPOSITORY,
        "mimetype": MIMETYPES[file.suffix],
    }
    return store.insert("OriginalFile", values, owner=ROOT, group=USER_GROUP)
