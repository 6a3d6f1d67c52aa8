"""Reading what OMERO's command line prints.

It prints paths without quotes, so nothing can be told from a line alone: a name may have a line
break, `: ` or `#`. The paths that can appear are known, since they were its arguments or are beside
them, so the text is compared with these.

The forms are those of `CommandLineImporter`, `ImportCandidates` and `LoggingImportMonitor` in
ome/omero-blitz.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

_GROUP: Final = "# Group: "
_HEAD: Final = re.compile(r" SPW: (true|false) Reader: (\S+)\n")
_FILESET: Final = re.compile(r"^- Fileset: (\d+)$")
_OBJECTS: Final = re.compile(r"^  ([A-Z][A-Za-z]*): \[([\d, ]*)\]$")
_LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Group:
    """Files that belong together, as `-f` prints them.

    Attributes:
        files: absolute paths, the one to be read first.
        reader: the reader's class without its package.
        plate: whether it is a plate.
    """

    files: tuple[str, ...]
    reader: str
    plate: bool


@dataclass(frozen=True, slots=True)
class Created:
    """A fileset that was created, as `--output yaml` prints it.

    Attributes:
        fileset: its id.
        objects: kind → ids, such as `Image` and `Plate`.
    """

    fileset: int
    objects: dict[str, tuple[int, ...]]


def groups(output: str, paths: Collection[str]) -> list[Group]:
    """The groups that `-f` prints.

    Args:
        output: its standard output.
        paths: absolute paths that can appear.
    """
    found: list[Group] = []
    for block in _blocks(output, paths):
        path, rest = block
        head = _HEAD.match(rest)
        if head is None:
            continue
        files = list(dict.fromkeys([path, *_paths(rest[head.end() :], paths)]))
        found.append(Group(tuple(files), head[2], head[1] == "true"))
    return found


def created(output: str) -> list[Created]:
    """The filesets that `--output yaml` prints, also when the end of the text is missing."""
    found: list[Created] = []
    for line in output.splitlines():
        if match := _FILESET.match(line):
            found.append(Created(int(match[1]), {}))
        elif found and (match := _OBJECTS.match(line)):
            ids = tuple(int(each) for each in match[2].split(",") if each.strip())
            found[-1].objects[match[1]] = ids
    return found


def reason(errors: str, paths: Collection[str]) -> str:
    """What standard error says about a unit: the first line that names one of its files.

    Args:
        errors: its standard error.
        paths: absolute paths of the unit's files.
    """
    for path in sorted(paths, key=len, reverse=True):
        at = errors.find(path)
        if at >= 0:
            start = errors.rfind("\n", 0, at) + 1
            text = errors[start:at] + errors[at + len(path) :].split("\n", 1)[0]
            return " ".join(text.split()).strip(": ")[:_LONGEST_REASON]
    return ""


def _blocks(output: str, paths: Collection[str]) -> Iterator[tuple[str, str]]:
    """For each group its first path, and the text after it up to the next group."""
    starts: list[tuple[int, str]] = []
    at = output.find(_GROUP)
    while at >= 0:
        begins = at == 0 or output[at - 1] == "\n"
        path = _known(output, at + len(_GROUP), paths) if begins else None
        if path is not None and _HEAD.match(output, at + len(_GROUP) + len(path)):
            starts.append((at, path))
        at = output.find(_GROUP, at + 1)
    for number, (at, path) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(output)
        yield path, output[at + len(_GROUP) + len(path) : end]


def _paths(text: str, paths: Collection[str]) -> Iterator[str]:
    at = 0
    while at < len(text):
        path = _known(text, at, paths, ends=True)
        if path is not None:
            yield path
            at += len(path)
        line = text.find("\n", at)
        at = len(text) if line < 0 else line + 1


def _known(text: str, at: int, paths: Collection[str], *, ends: bool = False) -> str | None:
    """The longest known path at a place; with `ends`, one that a line break follows."""
    found = [
        path
        for path in paths
        if text.startswith(path, at)
        and (not ends or text[at + len(path) : at + len(path) + 1] in ("\n", ""))
    ]
    return max(found, key=len, default=None)
