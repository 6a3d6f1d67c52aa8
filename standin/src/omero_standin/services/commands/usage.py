"""DiskUsage2 and DiskUsage: the room that files and pixels take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import omero.api
import omero.cmd

from omero_standin.model import schema
from omero_standin.model.graph import Graph, kind_of
from omero_standin.model.permissions import is_system
from omero_standin.model.store import Ref, Row
from omero_standin.services.commands import plans
from omero_standin.services.commands.work import Work


class _Use(NamedTuple):
    """One file as one object refers to it."""

    holder: tuple[int, int]
    referer: str
    key: str
    size: int


def disk_usage(work: Work, request: Any) -> Any:
    """Bytes and files below the targets, by owner and group; a file counts once in the totals."""
    rows = _below(work, _targets(work, request))
    seen: set[tuple[tuple[int, int], str, str]] = set()
    counts: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sizes: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    total_count: dict[Any, int] = defaultdict(int)
    total_size: dict[Any, int] = defaultdict(int)
    counted: set[str] = set()
    for use in (use for row in rows for use in _uses(work, row)):
        if use.size == 0 or use[:3] in seen:
            continue
        seen.add(use[:3])
        pair = omero.api.LongPair(*use.holder)
        counts[pair][use.referer] += 1
        sizes[pair][use.referer] += use.size
        if use.key not in counted:
            counted.add(use.key)
            total_count[pair] += 1
            total_size[pair] += use.size
    return omero.cmd.DiskUsage2Response(
        {pair: dict(each) for pair, each in counts.items()},
        {pair: dict(each) for pair, each in sizes.items()},
        dict(total_count),
        dict(total_size),
    )


def disk_usage_1(work: Work, request: Any) -> Any:
    """The older command: what a file takes counts for the file's owner, whoever refers to it."""
    same = omero.cmd.DiskUsage2(request.objects or {}, targetClasses=list(request.classes or ()))
    rows = _below(work, _targets(work, same))
    referers: dict[Ref, set[str]] = defaultdict(set)
    for row in rows:
        for referer, ref in _files_of(work, row):
            referers[ref].add(referer)
        if row.kind == "OriginalFile":
            referers.setdefault(row.ref, set())
    counts: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sizes: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    total_count: dict[Any, int] = defaultdict(int)
    total_size: dict[Any, int] = defaultdict(int)

    def add(row: Row, kinds: Iterable[str], size: int) -> None:
        if size <= 0:
            return
        pair = omero.api.LongPair(row.owner, row.group)
        total_count[pair] += 1
        total_size[pair] += size
        for kind in kinds:
            counts[pair][kind] += 1
            sizes[pair][kind] += size

    for row in rows:
        if row.kind == "Pixels":
            add(row, ["Pixels"], work.kernel.data.size_of_pixels(row))
    for ref, kinds in referers.items():
        file = work.store.get(*ref)
        if work.sees(file):
            add(file, kinds or ["OriginalFile"], int(file.values.get("size") or 0))
    return omero.cmd.DiskUsageResponse(
        {pair: dict(each) for pair, each in counts.items()},
        {pair: dict(each) for pair, each in sizes.items()},
        dict(total_count),
        dict(total_size),
    )


def _files_of(work: Work, row: Row) -> list[tuple[str, Ref]]:
    """The files that a row refers to, with the name of its type in the answer."""
    if row.kind == "FileAnnotation":
        found = [("Annotation", row.values.get("file"))]
    elif row.kind == "FilesetEntry":
        found = [("FilesetEntry", row.values.get("originalFile"))]
    elif row.kind == "Fileset":
        links = work.store.referring("FilesetJobLink", "parent", row.ref)
        return [
            ("Job", file.values["child"])
            for link in links
            for file in work.store.referring("JobOriginalFileLink", "parent", link.values["child"])
        ]
    elif row.kind == "Pixels":
        links = work.store.referring("PixelsOriginalFileMap", "child", row.ref)
        found = [("Pixels", link.values["parent"]) for link in links]
    elif schema.is_a(row.kind, "Job"):
        links = work.store.referring("JobOriginalFileLink", "parent", row.ref)
        found = [("Job", link.values["child"]) for link in links]
    else:
        return []
    return [(name, ref) for name, ref in found if ref is not None]


def _targets(work: Work, request: Any) -> list[Row]:
    found = plans.named(work, request)
    for name in request.targetClasses or ():
        found += [row for row in work.store.rows(kind_of(name)) if work.sees(row)]
    users = {row.id for row in found if row.kind == "Experimenter"}
    groups = {row.id for row in found if row.kind == "ExperimenterGroup"}
    if users or groups:
        found += [
            row
            for row in work.store.everything()
            if (row.owner in users or row.group in groups)
            and not is_system(row.kind)
            and work.sees(row)
        ]
    return found


def _below(work: Work, rows: Iterable[Row]) -> list[Row]:
    walk = Graph(work.store, (), lambda _row: True)
    seen: dict[Ref, Row] = {}
    waiting = list(rows)
    while waiting:
        row = waiting.pop()
        if row.ref not in seen:
            seen[row.ref] = row
            waiting.extend(walk.children(row))
    return list(seen.values())


def _uses(work: Work, row: Row) -> list[_Use]:
    holder = row.owner, row.group
    match row.kind:
        case "FileAnnotation" | "FilesetEntry":
            member = "file" if row.kind == "FileAnnotation" else "originalFile"
            referer = "Annotation" if row.kind == "FileAnnotation" else row.kind
            ref = row.values.get(member)
            return [] if ref is None else [_file(work, holder, referer, work.store.get(*ref))]
        case "Pixels":
            size = work.kernel.data.size_of_pixels(row)
            return [_Use(holder, "Pixels", f"pixels {row.id}", size)]
        case "OriginalFile":
            links = work.store.referring("JobOriginalFileLink", "child", row.ref)
            return [_file(work, holder, "Job" if links else "OriginalFile", row)]
    return []


def _file(work: Work, holder: tuple[int, int], referer: str, file: Row) -> _Use:
    path = work.kernel.data.content(file)
    size = path.stat().st_size if path.is_file() else int(file.values.get("size") or 0)
    return _Use(holder, referer, f"file {file.id}", size)
