"""Which spectrum belongs to which image, as far as names tell.

Names are compared inside one folder only: `spectrum 1.txt` is in every folder of a day's work.
The user sees the result and can change it. A spectrum whose image is not certain belongs to none:
numbers at the wrong image are worse than numbers that somebody has to place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

_SPECTRUM_WORDS: Final = re.compile(
    r"\b(spectrum|spectra|spektrum|spectre|eds|edx|edxs|map sum)\b.*"
)
_IMAGE_WORDS: Final = re.compile(r"\b(electron|image|sig|se|bse|sei|bei)\b.*")
_NUMBER: Final = re.compile(r"(?:spectrum|spectra|spektrum|spectre)\s*(\d+)")
_SEPARATORS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class _Named:
    """A file, and what is compared of its name.

    Attributes:
        path: as it was declared.
        name: without extension, in small letters, as the same words whatever is between them.
        stem: what is before the word for a spectrum or an image.
        number: of the spectrum.
        title: of a spectrum, made comparable like its name.
    """

    path: str
    name: str
    stem: str
    number: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A spectrum, for its user to say which image it belongs to.

    Attributes:
        path: of the spectrum.
        image: the image that it seems to belong to; empty for none.
        images: those of its folder.
    """

    path: str
    image: str
    images: tuple[str, ...]


def offers(spectra: Sequence[str], images: Sequence[str]) -> list[Offer]:
    """Spectra with the images that they may belong to, before anything of them can be read.

    Args:
        spectra: paths.
        images: paths.
    """
    found = associate(dict.fromkeys(spectra, ""), images)
    by_folder: dict[str, list[str]] = {_folder(path): [] for path in spectra}
    for path in images:
        if (beside := by_folder.get(_folder(path))) is not None:
            beside.append(path)
    return [
        Offer(path, found.get(path, ""), tuple(by_folder.get(_folder(path), ())))
        for path in spectra
    ]


def associate(spectra: Mapping[str, str], images: Iterable[str]) -> dict[str, str]:
    """The image of each spectrum, both as relative paths; spectra without one are left out.

    In a folder with one image, all spectra are its. Otherwise the first of these rules counts that
    fits exactly one image: the same name; the same words before "spectrum" and before "electron
    image"; the same number of the spectrum; a name that is part of the other.

    Args:
        spectra: titles by path; empty titles where they are not known.
        images: paths.
    """
    by_folder: dict[str, list[_Named]] = {_folder(path): [] for path in spectra}
    for path in images:
        if (beside := by_folder.get(_folder(path))) is not None:
            beside.append(_named(path, "", _IMAGE_WORDS))
    found = {}
    for path, title in spectra.items():
        one = _named(path, title, _SPECTRUM_WORDS)
        image = _image_of(one, by_folder.get(_folder(path), []))
        if image is not None:
            found[path] = image
    return found


def _image_of(spectrum: _Named, images: Sequence[_Named]) -> str | None:
    if len(images) == 1:
        return images[0].path
    for rule in _RULES:
        fitting = [image.path for image in images if rule(spectrum, image)]
        if len(fitting) == 1:
            return fitting[0]
    return None


def _same_stem(spectrum: _Named, image: _Named) -> bool:
    title_stem = _cut(spectrum.title, _SPECTRUM_WORDS)
    return bool(image.stem) and image.stem in (spectrum.stem, title_stem)


def _contained(spectrum: _Named, image: _Named) -> bool:
    """Whole words: image 1 is not part of spectrum 12."""
    shorter, longer = sorted((spectrum.name, image.name), key=len)
    return bool(shorter) and f" {shorter} " in f" {longer} "


_RULES: Final[tuple[Callable[[_Named, _Named], bool], ...]] = (
    lambda spectrum, image: bool(image.name) and spectrum.name == image.name,
    _same_stem,
    lambda spectrum, image: bool(spectrum.number) and spectrum.number == image.number,
    _contained,
)


def _named(path: str, title: str, words: re.Pattern[str]) -> _Named:
    name, title = _words(PurePosixPath(path).stem), _words(title)
    number = _NUMBER.search(title) or _NUMBER.search(name)
    found = number.group(1).lstrip("0") or "0" if number else ""
    return _Named(path, name, _cut(name, words), found, title)


def _words(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_SEPARATORS.sub(" ", text).split())


def _cut(name: str, words: re.Pattern[str]) -> str:
    return words.sub("", name).strip()


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
