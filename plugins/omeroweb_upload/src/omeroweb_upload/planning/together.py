"""Which files become one image or one plate, as far as their names tell.

Only words for a first look: Bio-Formats reads the files after the transfer and decides. Source of
the patterns: https://bio-formats.readthedocs.io/en/stable/formats/dataset-table.html
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Becomes = Literal["image", "images", "plate"]
_TIFF: Final = (".tif", ".tiff")
# Sorts behind every other character.
_LAST: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Together:
    """Files that probably belong together.

    Attributes:
        path: the file that names or describes the others.
        files: all of them, `path` first.
        becomes: what is expected of them.
        format: in words.
    """

    path: str
    files: tuple[str, ...]
    becomes: Becomes
    format: str


class Names:
    """The paths of an upload, to be looked up by folder. Upper and lower case count the same.

    Answers are remembered: a folder of 50 000 pairs is asked 50 000 times.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        """Each path goes to its folder and to all folders above, in lower case."""
        self._by_path: dict[str, str] = {}
        self._inside: dict[str, list[str]] = {}
        self._below: dict[str, list[str]] = {}
        self._beside: dict[tuple[str, tuple[str, ...]], tuple[list[str], list[str]]] = {}
        self._found_below: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for path in paths:
            lower = path.lower()
            self._by_path[lower] = path
            folder = _folder(lower)
            self._inside.setdefault(folder, []).append(path)
            self._below.setdefault("", []).append(path)
            while folder:
                self._below.setdefault(folder, []).append(path)
                folder = _folder(folder)

    def named(self, folder: str, name: str) -> str | None:
        """The file of this name in a folder."""
        return self._by_path.get(f"{folder}/{name}" if folder else name)

    def beside(self, folder: str, *endings: str) -> tuple[list[str], list[str]]:
        """Names in lower case and paths of the files in a folder with one of these endings."""
        known = self._beside.get((folder, endings))
        if known is None:
            there = self._inside.get(folder, ())
            pairs = sorted((_name(each), each) for each in there if each.lower().endswith(endings))
            known = [name for name, _ in pairs], [path for _, path in pairs]
            self._beside[folder, endings] = known
        return known

    def below(self, folder: str, *endings: str) -> list[str]:
        """All files below a folder with one of these endings, or with any."""
        known = self._found_below.get((folder, endings))
        if known is None:
            there = self._below.get(folder, ())
            known = [each for each in there if each.lower().endswith(endings or "")]
            self._found_below[folder, endings] = known
        return known


# Takes the names, and the folder and stem of the file that describes others, in lower case.
Finder = Callable[[Names, str, str], Sequence[str]]


def _with_stem(*endings: str) -> Finder:
    """Files in the folder that have the same name but for one of these endings."""

    def find(names: Names, folder: str, stem: str) -> list[str]:
        there = (names.named(folder, stem + ending) for ending in endings)
        return [each for each in there if each is not None]

    return find


def _beginning(*endings: str) -> Finder:
    """Files in the folder whose names begin with the same stem; `a10` does not begin with `a1`."""

    def find(names: Names, folder: str, stem: str) -> list[str]:
        lower, paths = names.beside(folder, *endings)
        first, end = bisect_left(lower, stem), bisect_left(lower, stem + _LAST)
        found = zip(lower[first:end], paths[first:end], strict=True)
        return [path for name, path in found if not _goes_on(name, len(stem))]

    return find


def _companions(names: Names, folder: str, stem: str) -> Sequence[str]:
    """The TIFF files that begin with its stem; if there is none, all OME-TIFF in the folder."""
    beginning, everything = _beginning(*_TIFF), _all_beside(".ome.tif", ".ome.tiff")
    return beginning(names, folder, stem) or everything(names, folder, stem)


def _all_beside(*endings: str) -> Finder:
    return lambda names, folder, _stem: names.beside(folder, *endings)[1]


def _below(pattern: str, *endings: str) -> Finder:
    """Files below a folder beside it; `{}` is the stem."""

    def find(names: Names, folder: str, stem: str) -> list[str]:
        inner = pattern.format(stem)
        return names.below("/".join(filter(None, (folder, inner))), *endings)

    return find


# Name or extension of the file that describes the others, what becomes of them, format, and how
# they are found. The first that fits counts.
_Format = tuple[str, Becomes, str, Finder]
_FORMATS: Final[tuple[_Format, ...]] = (
    ("index.idx.xml", "plate", "PerkinElmer Operetta or Opera Phenix", _below("", *_TIFF)),
    ("index.xml", "plate", "PerkinElmer Operetta or Opera Phenix", _below("", *_TIFF)),
    ("measurementdata.mlf", "plate", "Yokogawa CellVoyager", _below("", ".tif", ".mrf", ".mes")),
    ("experiment_descriptor.xml", "plate", "Olympus ScanR", _below("", *_TIFF)),
    (".xdce", "plate", "InCell", _all_beside(*_TIFF)),
    (".htd", "plate", "MetaXpress", _below("", *_TIFF)),
    (".mea", "plate", "Opera Flex", _below("", ".flex", ".res")),
    (".companion.ome", "images", "OME-TIFF with a companion file", _companions),
    (".pattern", "image", "files joined by a pattern file", _all_beside(*_TIFF)),
    (".vsi", "images", "CellSens", _below("_{}_")),
    (".oif", "image", "Olympus FluoView", _below("{}.oif.files")),
    (".ics", "image", "ICS", _with_stem(".ids")),
    (".nd", "images", "MetaMorph", _beginning(".stk", *_TIFF)),
    (".lei", "images", "Leica LCS", _all_beside(*_TIFF)),
    (".xlef", "images", "Leica XLEF", _below("", ".xlif", ".lof", ".xlcf", *_TIFF)),
    (".mdb", "images", "Zeiss LSM with a database", _all_beside(".lsm")),
    (".nhdr", "image", "NRRD", _with_stem(".raw", ".raw.gz")),
    (".hdr", "image", "Analyze or NIfTI", _with_stem(".img")),
    (".vms", "images", "Hamamatsu VMS", _beginning(".jpg", ".opt")),
    (".ndpis", "images", "Hamamatsu NDPIS", _beginning(".ndpi")),
    (".dv", "image", "DeltaVision with its log", _with_stem(".dv.log", ".log")),
    ("metadata.txt", "images", "Micro-Manager", _all_beside(*_TIFF)),
)
_DIGITS: Final = re.compile(r"\d+")


def together(paths: Iterable[str]) -> list[Together]:
    """Groups of files; no file is in two of them, and most are in none."""
    listed = list(paths)
    names = Names(listed)
    taken: set[str] = set()
    groups = list(_zarrs(listed))
    for each in groups:
        taken.update(each.files)
    for path, _, (ending, becomes, format_, find) in sorted(_heads(listed), key=_rank):
        others = find(names, _folder(path.lower()), _name(path).removesuffix(ending))
        if others and path not in taken and taken.isdisjoint(others):
            groups.append(Together(path, (path, *others), becomes, format_))
            taken.update(groups[-1].files)
    return groups


def numbered(paths: Iterable[str]) -> list[list[str]]:
    """TIFF files of one folder whose names differ in numbers only, two of them or more.

    By themselves they are separate images; their own metadata can join them.
    """
    series: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        if path.lower().endswith(_TIFF):
            folder, _, name = path.rpartition("/")
            series.setdefault((folder, _DIGITS.sub("#", name)), []).append(path)
    return [same for (_, shape), same in series.items() if len(same) > 1 and "#" in shape]


def head_of(groups: Iterable[Together]) -> Mapping[str, str]:
    """Each file of a group → the file that describes it."""
    return {file: group.path for group in groups for file in group.files}


def _heads(paths: Iterable[str]) -> Iterator[tuple[str, int, _Format]]:
    """Files that may describe others, each with the first of the formats that it fits."""
    for path in paths:
        name = _name(path)
        for rank, known in enumerate(_FORMATS):
            if _fits(name, known[0]):
                yield path, rank, known
                break


def _fits(name: str, ending: str) -> bool:
    """Whether a name has this extension; or is this name, perhaps after a prefix and `_`."""
    return name.endswith(ending if ending.startswith(".") else f"_{ending}") or name == ending


def _goes_on(name: str, at: int) -> bool:
    """Whether a number goes on at this place of a name."""
    return name[at - 1 : at].isdigit() and name[at : at + 1].isdigit()


def _rank(head: tuple[str, int, _Format]) -> tuple[int, int, str]:
    """A plate's index may be above folders that have indexes of their own, and comes first."""
    path, rank, _ = head
    return rank, path.count("/"), path


def _zarrs(paths: Iterable[str]) -> Iterator[Together]:
    inside: dict[str, list[str]] = {}
    for path in paths:
        # The outermost: a plate's folder has one for each field.
        if match := _outermost(path):
            inside.setdefault(match, []).append(path)
    for files in inside.values():
        first, *others = sorted(files, key=lambda each: (each.count("/"), each))
        yield Together(first, (first, *others), "images", "OME-Zarr")


def _outermost(path: str) -> str:
    folders = path.split("/")[:-1]
    for at, folder in enumerate(folders):
        if folder.lower().endswith(".zarr"):
            return "/".join(folders[: at + 1])
    return ""


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _name(path: str) -> str:
    """In lower case, without folders."""
    return path.rpartition("/")[2].lower()
