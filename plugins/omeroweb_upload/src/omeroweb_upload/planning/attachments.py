"""Files that belong to images without being one: what they are linked to.

The user sees the rules and can change them; the first rule that fits a file counts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from omeroweb_upload.planning.settings import AttachRule, AttachTo

DOCUMENTS: Final = (
    ".pdf", ".doc", ".docx", ".odt", ".rtf", ".md", ".ppt", ".pptx", ".odp", ".xls", ".xlsx",
    ".ods", ".csv", ".tsv", ".json", ".html", ".htm",
)  # fmt: skip
SPECTRA: Final = (".msa", ".emsa", ".ems", ".spx", ".eds", ".edx", ".xy", ".jdx", ".dx")
LOGS: Final = (".log", ".txt", ".ini", ".settings", ".protocol")
# What a page offers.
DEFAULT_RULES: Final = (
    AttachRule(extensions=DOCUMENTS, to="image"),
    AttachRule(extensions=SPECTRA, to="image"),
    AttachRule(extensions=LOGS, to="image"),
)
# Of names such as `a.ome.tiff`, the part before all of it is the stem.
_DOUBLE: Final = (".ome.tif", ".ome.tiff", ".companion.ome", ".ome.zarr", ".ome.xml")


@dataclass(frozen=True, slots=True)
class Place:
    """What a file is linked to.

    Attributes:
        to: `image`, `dataset` or `project`; `none` when it is not linked to anything.
        images: paths of the images, for `image`.
    """

    to: AttachTo
    images: tuple[str, ...] = ()


def rule_for(path: str, rules: Sequence[AttachRule]) -> AttachTo:
    """What the first rule that fits says; `dataset` for a file that no rule is about."""
    lower = path.lower()
    return next((rule.to for rule in rules if lower.endswith(rule.extensions)), "dataset")


def places(
    attachments: Iterable[str], images: Iterable[str], rules: Sequence[AttachRule]
) -> dict[str, Place]:
    """Where each attachment goes.

    `image` means the images with its stem in its folder: `cell 1.pdf` and `cell 1.czi.log` belong
    to `cell 1.czi`. A file without such an image belongs to the dataset of its folder's images.

    Args:
        attachments: paths of the files.
        images: paths of the files that are imported.
        rules: the user's.
    """
    chosen = {path: rule_for(path, rules) for path in attachments}
    by_stem = _by_stem(images) if "image" in chosen.values() else {}
    return {path: _place(path, to, by_stem) for path, to in chosen.items()}


def _place(path: str, to: AttachTo, by_stem: Mapping[tuple[str, str], list[str]]) -> Place:
    if to != "image":
        return Place(to)
    folder, name = _folder_and_name(path)
    stem = name.rpartition(".")[0] or name
    found = dict.fromkeys(by_stem.get((folder, stem), ()))
    return Place("image", tuple(found)) if found else Place("dataset")


def _by_stem(images: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    """Images by what an attachment's stem can be: their names with and without extension."""
    found: dict[tuple[str, str], list[str]] = {}
    for path in images:
        folder, name = _folder_and_name(path)
        for stem in dict.fromkeys((name, _stem(name))):
            found.setdefault((folder, stem), []).append(path)
    return found


def _stem(name: str) -> str:
    for ending in _DOUBLE:
        if name.endswith(ending) and name != ending:
            return name.removesuffix(ending)
    return name.rpartition(".")[0] or name


def _folder_and_name(path: str) -> tuple[str, str]:
    """Folder and name; case and the ways in which Unicode writes a letter do not count."""
    folder, _, name = unicodedata.normalize("NFC", path).casefold().rpartition("/")
    return folder, name
