"""Spectra beside their images, when the images are in OMERO.

Each spectrum's text is attached to its image; what it says becomes key-value pairs, its numbers an
OMERO.table, its curve a picture. Everything is looked for before it is written: a job that begins
again, or an upload that is tried again, attaches nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal, Protocol

import omero.clients  # isort: skip
import omero

from omero_plugin_common.errors import ApiError, Unavailable
from omero_plugin_common.omero_api import files
from omero_plugin_common.omero_api.files import Attachment
from omero_plugin_common.omero_errors import is_transient, omero_error
from omeroweb_upload.emsa import EmsaError, read
from omeroweb_upload.omero_api import image_pairs
from omeroweb_upload.omero_api.image_pairs import Pairs
from omeroweb_upload.omero_api.tables import attach_table
from omeroweb_upload.planning.associations import associate
from omeroweb_upload.planning.settings import JobSettings, SpectrumSettings
from omeroweb_upload.services.spectrum_results import Results

NAMESPACE: Final = "omero-platform/upload/spectrum"
_LARGEST: Final = 32 * 1024 * 1024
_OTHER_BYTES: Final = (
    "The file that arrived is not the one that was sent: its SHA-1 is another one. Send it again"
)
_NOT_STORED: Final = "OMERO did not store the bytes that were sent: try again"


class Running(Protocol):
    """What is used of a `JobContext`."""

    def check(self) -> None:
        """Raises when the job has to stop."""


# Imports a picture beside an image: its bytes, its name, the image. The ids of what it became.
ImportPicture = Callable[[bytes, str, int], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of one spectrum.

    Attributes:
        path: of its file, relative.
        state: for the file's row.
        message: for its user; what was done, or why not.
        image: id of its image.
        pictures: ids of the images that its picture became.
        staged: SHA-1 of the staged file.
        omero: SHA-1 of OMERO's file.
    """

    path: str
    state: Literal["attached", "failed"]
    message: str
    image: int | None = None
    pictures: tuple[int, ...] = ()
    staged: str | None = None
    omero: str | None = None


@dataclass(slots=True)
class Images:
    """Images that get spectra, with what they have of them already.

    Attributes:
        attached: files by image.
        pairs: sets of pairs by image.
    """

    attached: dict[int, list[Attachment]] = field(default_factory=dict)
    pairs: dict[int, set[Pairs]] = field(default_factory=dict)

    def has(self, image: int, name: str, sha1: str | None = None) -> bool:
        """Whether an image has a whole file of a name; of this content, if one is given."""
        return any(
            each.name == name and each.sha1 and sha1 in (None, each.sha1)
            for each in self.attached.get(image, ())
        )

    def broken(self, image: int, name: str) -> list[int]:
        """File annotations that a worker left without their content when it died."""
        return [
            each.annotation
            for each in self.attached.get(image, ())
            if each.name == name and not each.sha1 and each.deletable
        ]


def suggested(spectra: Mapping[str, Path], images: Sequence[str]) -> dict[str, str]:
    """The image of each spectrum, by names in one folder and by the titles in the files.

    Args:
        spectra: staged files by relative path.
        images: relative paths.
    """
    return associate({path: _title(staged) for path, staged in spectra.items()}, images)


def finish(
    running: Running,
    conn: Any,
    group: int,
    spectra: Mapping[str, Path],
    images: Mapping[str, int],
    *,
    chosen: JobSettings,
    sums: Mapping[str, str] | None = None,
    import_picture: ImportPicture | None = None,
) -> Iterator[Finished]:
    """Give the images of an upload their spectra.

    Args:
        running: the job.
        conn: a gateway of the user.
        group: the images' group.
        spectra: staged files by relative path.
        images: ids of the imported images by relative path.
        chosen: what is made of a spectrum beside attaching its file; and the image of a spectrum
            that the user has chosen, an empty path for none. The rest is found by name, folder by
            folder.
        sums: SHA-1 of the files on the user's disk, by relative path, where they are known.
        import_picture: imports pictures as images; without it they are not.

    Yields:
        What became of each spectrum, as soon as it is known.

    Raises:
        Unavailable: OMERO does not answer; nothing is lost when this runs again.
    """
    open_ = {path: at for path, at in spectra.items() if path not in chosen.associations}
    belongs = suggested(open_, list(images)) | chosen.associations
    of_image = {path: images[belongs[path]] for path in spectra if belongs.get(path) in images}
    ids = sorted(set(of_image.values()))
    there = Images(
        files.attachments(conn, "Image", ids, NAMESPACE),
        image_pairs.pairs_of(conn, ids, NAMESPACE),
    )
    names = _names(of_image)
    for path, staged in spectra.items():
        running.check()
        image = of_image.get(path)
        if image is None:
            yield Finished(path, "failed", _no_image(path, belongs.get(path)))
            continue
        one = _Spectrum(conn, group, image, names[path], there)
        try:
            yield one.finish(path, staged, chosen.spectra, (sums or {}).get(path), import_picture)
        except OSError as error:
            text = f"The received file cannot be read: {error.strerror or error}"
            yield Finished(path, "failed", text, image)
        except (omero.ServerError, ApiError) as error:
            yield Finished(path, "failed", _reason(error), image)


class _Spectrum:
    """One spectrum on its way to its image."""

    def __init__(self, conn: Any, group: int, image: int, name: str, there: Images) -> None:
        self._conn, self._group, self._image = conn, group, image
        self._name, self._there = name, there

    def finish(
        self,
        path: str,
        staged: Path,
        wanted: SpectrumSettings,
        sha1: str | None,
        import_picture: ImportPicture | None,
    ) -> Finished:
        """The file first: whatever else goes wrong, the image has it."""
        if staged.stat().st_size > _LARGEST:
            raise OSError(0, "it has more than 32 MB, which no spectrum has")
        content = staged.read_bytes()
        found = files.sha1(content)
        if sha1 not in (None, found):
            return Finished(path, "failed", _OTHER_BYTES, self._image, staged=found)
        name = PurePosixPath(path).name
        self._attach(name, content, "text/plain", found)
        omero = self._sha1_of(name, found)
        if omero != found:
            return Finished(path, "failed", _NOT_STORED, self._image, staged=found, omero=omero)
        try:
            results = Results.of(name, read(content))
        except EmsaError as error:
            text = f"Attached as a file only, because it is no EMSA/MSA spectrum: {error}"
            return Finished(path, "attached", text, self._image, staged=found, omero=omero)
        text, pictures = self._results(results, wanted, import_picture)
        return Finished(path, "attached", text, self._image, pictures, found, omero)

    def _results(
        self, results: Results, wanted: SpectrumSettings, import_picture: ImportPicture | None
    ) -> tuple[str, tuple[int, ...]]:
        """What the file says, in OMERO: the words for the user, and ids of new images."""
        self._pairs(results)
        done = ["its metadata"]
        if wanted.create_tables:
            self._table(results)
            done.append("a table")
        pictures: tuple[int, ...] = ()
        if wanted.create_figures_attachments or wanted.create_figures_images:
            picture = f"{self._name}_edx.png"
            png = results.picture().png
            if wanted.create_figures_attachments:
                self._attach(picture, png, "image/png")
                done.append("a picture")
            if wanted.create_figures_images and import_picture is not None:
                pictures = tuple(import_picture(png, picture, self._image))
                done += ["the picture as an image"] if pictures else []
        elements = ", ".join(results.found.elements) or "no element named"
        return f"Attached with {_listed(done)}; {elements}", pictures

    def _sha1_of(self, name: str, expected: str) -> str:
        """What OMERO computed for the attached file; one with other bytes only if no other is."""
        there = files.attachments(self._conn, "Image", [self._image], NAMESPACE)
        sums = [each.sha1 for each in there.get(self._image, ()) if each.name == name]
        # OMERO computes no checksum for a file to which nothing was written.
        if expected == files.sha1(b"") and "" in sums:
            return expected
        return expected if expected in sums else next(iter(sums), "")

    def _attach(self, name: str, content: bytes, mimetype: str, sha1: str | None = None) -> None:
        """A picture may differ with the version of the plotting library: its name says enough."""
        if not self._there.has(self._image, name, sha1):
            files.delete(self._conn, self._group, self._there.broken(self._image, name))
            file = files.NewFile(name, NAMESPACE, mimetype)
            files.attach(self._conn, self._group, "Image", self._image, file, content)

    def _pairs(self, results: Results) -> None:
        pairs = results.pairs()
        if pairs not in self._there.pairs.get(self._image, ()):
            image_pairs.add_pairs(self._conn, self._group, self._image, pairs, NAMESPACE)

    def _table(self, results: Results) -> None:
        name = f"{self._name}.h5"
        # A table has no checksum; it is attached when it is complete.
        if not any(each.name == name for each in self._there.attached.get(self._image, ())):
            attach_table(self._conn, self._group, self._image, name, results.columns(), NAMESPACE)


def _title(staged: Path) -> str:
    """The title of a spectrum, for the rules; empty for anything that is none."""
    try:
        return read(staged.read_bytes()).title if staged.stat().st_size <= _LARGEST else ""
    except (OSError, EmsaError):
        return ""


def _names(of_image: Mapping[str, int]) -> dict[str, str]:
    """Names of what is made of each spectrum; no two of one image are the same.

    `a.txt` gives `a`; beside `a.msa` it gives `a.txt`, and beside an `a.txt` of another folder
    the folders as well.
    """
    made: dict[str, str] = {}
    for path, image in of_image.items():
        beside = [PurePosixPath(other) for other, id_ in of_image.items() if id_ == image]
        pure = PurePosixPath(path)
        if [each.stem for each in beside].count(pure.stem) == 1:
            made[path] = pure.stem
        elif [each.name for each in beside].count(pure.name) == 1:
            made[path] = pure.name
        else:
            made[path] = path.replace("/", "_")
    return made


def _no_image(path: str, chosen: str | None) -> str:
    if chosen:
        return f"Its image {chosen} was not imported, so the spectrum was not attached"
    return (
        "No image of its folder fits its name, so the spectrum was not attached: choose its image, "
        f"or name it like {PurePosixPath(path).stem}"
    )


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _reason(error: omero.ServerError | ApiError) -> str:
    """Why OMERO did not accept something.

    Raises:
        Unavailable: it may accept it later.
    """
    if isinstance(error, Unavailable) and error.code != "no_tables":
        raise error
    if is_transient(error):
        raise error
    known = error if isinstance(error, ApiError) else omero_error(error)
    if known is not None:
        return known.message
    return f"OMERO did not accept it: {str(getattr(error, 'message', error)).splitlines()[0][:300]}"
