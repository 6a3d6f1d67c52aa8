"""Where contents are kept: the data directory's layout.

`Files/<id>` for uploads and tables, `ManagedRepository/` for imports, `Scripts/` for scripts,
`Pixels/<id>` for pixels that a client wrote, `Pixels/<id>.source` for where those of an import are.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from omero_standin import refuse
from omero_standin.bio_formats.process import BioFormats
from omero_standin.model.store import Row

MANAGED, SCRIPTS, PRIVATE = "ManagedRepository", "Scripts", "Files"
# The uuids of the repositories, which rows carry to say where their content is.
REPOSITORIES: Final = {
    MANAGED: "0f7c5d6e-3d1b-4b0e-9f3a-6d616e616765",
    SCRIPTS: "ScriptRepo",
}
_SOURCE: Final = ".source"


@dataclass(frozen=True)
class Source:
    """Where the pixels of an imported image are.

    Attributes:
        file: The file.
        series: Which image of it.
        resolutions: Widths and heights, the largest first.
    """

    file: Path
    series: int
    resolutions: tuple[tuple[int, int], ...]


class DataFolder:
    """One data directory. Without a path it is a temporary one, gone with the process."""

    def __init__(self, path: str | None) -> None:
        """`path` is OMERO's `omero.data.dir`."""
        if path is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="omero-standin-data-")
            path = self._temporary.name
        self.root = Path(path)
        # Reads imported files; started when one is read.
        self.bio_formats = BioFormats()

    def path(self, *parts: str) -> Path:
        """A place below the data directory; its folder exists afterwards."""
        found = self.root.joinpath(*parts)
        found.parent.mkdir(parents=True, exist_ok=True)
        return found

    def content(self, file: Row) -> Path:
        """Where the content of an OriginalFile is, or would be."""
        for name, uuid in REPOSITORIES.items():
            if file.values.get("repo") == uuid:
                return self.inside(name, f"{file.values['path']}/{file.values['name']}")
        return self.path(PRIVATE, str(file.id))

    def inside(self, repository: str, path: str) -> Path:
        """A path in a repository; one that leads out of it is refused."""
        parts = PurePosixPath("/" + path.strip("/")).parts[1:]
        if ".." in parts:
            raise refuse.invalid(f"the path {path!r} leads out of the repository {repository}")
        return self.path(repository, *parts)

    def take_scripts(self, folder: Path) -> None:
        """Copy a folder of official scripts; an error when there is none."""
        shutil.copytree(folder, self.root / SCRIPTS, dirs_exist_ok=True)

    def forget(self, row: Row) -> None:
        """Remove what is kept for a row that was deleted."""
        if row.kind == "OriginalFile":
            path = self.content(row)
            if not path.is_dir():
                path.unlink(missing_ok=True)
            elif not any(path.iterdir()):
                path.rmdir()
        elif row.kind == "Pixels":
            for ending in ("", ".like", _SOURCE):
                self.pixels(row.id).with_suffix(ending).unlink(missing_ok=True)

    def copy(self, source: Row, target: Row) -> None:
        """Give a row that is a copy the same content."""
        if source.kind == "OriginalFile":
            _copy(self.content(source), self.content(target))
        elif source.kind == "Pixels":
            for ending in ("", _SOURCE):
                _copy(
                    self.pixels(source.id).with_suffix(ending),
                    self.pixels(target.id).with_suffix(ending),
                )
            self.pixels(target.id).with_suffix(".like").write_text(str(self.seed(source.id)))

    def pixels(self, pixels_id: int) -> Path:
        """Where pixels that a client wrote are."""
        return self.path("Pixels", str(pixels_id))

    def keep_source(
        self, pixels_id: int, file: Path, series: int, resolutions: tuple[tuple[int, int], ...]
    ) -> None:
        """Remember that pixels are those of a series of an imported file."""
        said = {
            "file": str(file.relative_to(self.root)),
            "series": series,
            "resolutions": resolutions,
        }
        self.pixels(pixels_id).with_suffix(_SOURCE).write_text(json.dumps(said), encoding="utf-8")

    def forget_source(self, pixels_id: int) -> None:
        """Undo `keep_source`."""
        self.pixels(pixels_id).with_suffix(_SOURCE).unlink(missing_ok=True)

    def source(self, pixels_id: int) -> Source | None:
        """Where the pixels of an imported image are; None for others."""
        path = self.pixels(pixels_id).with_suffix(_SOURCE)
        if not path.is_file():
            return None
        said = json.loads(path.read_text(encoding="utf-8"))
        resolutions = tuple((width, height) for width, height in said["resolutions"])
        return Source(self.root / said["file"], said["series"], resolutions)

    def seed(self, pixels_id: int) -> int:
        """The number that generated pixels are made from: their id, or that of their original."""
        like = self.pixels(pixels_id).with_suffix(".like")
        return int(like.read_text()) if like.is_file() else pixels_id

    def size_of_pixels(self, row: Row) -> int:
        """Bytes of the pixels that a client wrote; generated ones take no room."""
        path = self.pixels(row.id)
        return path.stat().st_size if path.is_file() else 0


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        shutil.copyfile(source, target)
