"""The extension of a file name, of one part or of several."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

# After the name of a file OMERO may say which image of it this is: `scan.lif [Series 3]`.
_PART_OF_FILE: Final = r"(?=[\s\[({#]|$)"
# No decimal point: `0.5mM.tif` has one dot that counts.
_DOT: Final = re.compile(r"(?<!\d)\.|\.(?!\d)")
_UNKNOWN: Final = re.compile(r"[a-z][a-z0-9]{0,3}|[A-Z][A-Z0-9]{0,3}")
_REMEMBERED: Final = 1024


class Extensions:
    """Cuts extensions off names."""

    def __init__(self, suffixes: Iterable[str]) -> None:
        """Take the known ones, without their leading dot, in small letters."""
        known = sorted(suffixes, key=lambda suffix: (-len(suffix), suffix))
        self._known = frozenset(known)
        # By last part: `gz` may end `.nii.gz`.
        self._compound: dict[str, tuple[str, ...]] = {}
        for suffix in known:
            if "." in suffix:
                last = suffix.rpartition(".")[2]
                self._compound[last] = (*self._compound.get(last, ()), f".{suffix}")
        one_of = "|".join(map(re.escape, known))
        self._inside = re.compile(rf"\.(?:{one_of}){_PART_OF_FILE}", re.IGNORECASE)
        # Endings met before, in capitals or not, with their dot.
        self._simple: dict[str, str] = {}
        self._double: dict[tuple[str, str], str] = {}

    def split(self, name: str) -> tuple[str, str]:
        """Cut a name in two.

        Returns:
            The name without its extension, and the extension with its dot, empty without one.
        """
        head, _, tail = name.rpartition(".")
        if not head:
            return name, ""
        simple = self._simple.get(tail)
        if simple:
            return head, simple
        if tail in self._compound:
            before, _, middle = head.rpartition(".")
            double = self._double.get((middle, tail))
            if double and before:
                return before, double
        last = tail.lower()
        if last in self._known or last in self._compound:
            return self._known_ending(name, last)
        return self._other(name, head, f".{tail}")

    def _known_ending(self, name: str, last: str) -> tuple[str, str]:
        small = name.lower()
        length = 0
        for suffix in self._compound.get(last, ()):
            if small.endswith(suffix) and len(suffix) < len(name):
                length = len(suffix)
                break
        if not length and last in self._known:
            length = len(last) + 1
        base, extension = name[: len(name) - length], name[len(name) - length :]
        if extension.count(".") == 2 and len(self._double) < _REMEMBERED:
            _, middle, tail = extension.split(".")
            if not self._longer(middle.lower(), last):
                self._double[middle, tail] = extension
        elif length and last not in self._compound and len(self._simple) < _REMEMBERED:
            self._simple[extension[1:]] = extension
        return base, extension

    def _longer(self, middle: str, last: str) -> bool:
        """Whether an extension of three parts ends with these two."""
        ending = f".{middle}.{last}"
        return any(suffix.endswith(ending) and suffix != ending for suffix in self._compound[last])

    def _other(self, name: str, head: str, tail: str) -> tuple[str, str]:
        inside = self._inside.search(name, 1)
        if inside:
            return name[: inside.start()] + name[inside.end() :], inside.group()
        if _UNKNOWN.fullmatch(tail, 1) and not _DOT.search(head):
            return head, tail
        return name, ""
