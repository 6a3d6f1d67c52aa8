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
# Neither a file system nor PostgreSQL keeps a name that ends with it.
_NEVER: Final = ".\0"


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
        # What was met before, in capitals or not: last parts with their dot, and the parts that
        # would make them longer.
        self._met: dict[str, tuple[str, frozenset[str]]] = {}
        # The last one that nothing makes longer: most names of a set have the same.
        self._latest = _NEVER

    def latest(self) -> str:
        """The extension that most names of a set seem to have; one that no name has at first."""
        return self._latest

    def split(self, name: str) -> tuple[str, str]:
        """Cut a name in two.

        Returns:
            The name without its extension, and the extension with its dot, empty without one.
        """
        latest = self._latest
        if name.endswith(latest) and len(name) > len(latest):
            return name[: -len(latest)], latest
        head, _, tail = name.rpartition(".")
        if not head:
            return name, ""
        met = self._met.get(tail)
        if met:
            extension, parts_before = met
            if not parts_before or head.rpartition(".")[2].lower() not in parts_before:
                return head, extension
        last = tail.lower()
        if last in self._known or last in self._compound:
            return self._known_ending(name, last)
        return self._other(name, head, f".{tail}")

    def _known_ending(self, name: str, last: str) -> tuple[str, str]:
        small = name.lower()
        compound = self._compound.get(last, ())
        length = len(last) + 1 if last in self._known else 0
        if length and len(self._met) < _REMEMBERED:
            parts_before = frozenset(suffix.split(".")[-2] for suffix in compound)
            self._met[name[1 - length :]] = (name[-length:], parts_before)
        for suffix in compound:
            if small.endswith(suffix) and len(suffix) < len(name):
                length = len(suffix)
                break
        cut = len(name) - length
        base, extension = name[:cut], name[cut:]
        ending = extension.lower()
        if extension and not any(s.endswith(ending) and s != ending for s in compound):
            self._latest = extension
        return base, extension

    def _other(self, name: str, head: str, tail: str) -> tuple[str, str]:
        inside = self._inside.search(name, 1)
        if inside:
            return name[: inside.start()] + name[inside.end() :], inside.group()
        if _UNKNOWN.fullmatch(tail, 1) and not _DOT.search(head):
            return head, tail
        return name, ""
