"""Imported files in OMERO: filesets, what they contain, and the checksums of their files."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import Ice
import omero.cmd

from omero_plugin_common.omero_api import commands, hql

_PAUSE_SECONDS: Final = 1.0
_SHA1: Final = "SHA1-160"


@dataclass(frozen=True, slots=True)
class Fileset:
    """What one import made.

    Attributes:
        id: its id.
        images: ids of its images; none when the import did not come to its end.
        plates: ids of the plates that its images are on.
        sums: SHA-1 of its files, by the path that each came from; empty text for a file that OMERO
            has another checksum of, or none.
    """

    id: int
    images: tuple[int, ...] = ()
    plates: tuple[int, ...] = ()
    sums: dict[str, str] = field(default_factory=dict)


def from_paths(conn: Any, paths: Sequence[str]) -> dict[str, list[Fileset]]:
    """The filesets that contain a file from one of these paths, the oldest first.

    Four calls of OMERO for 5000 paths.

    Args:
        conn: the user's gateway.
        paths: as OMERO stores them (`FilesetEntry.clientPath`), without a slash at the beginning.
    """
    query = (
        "select e.clientPath, f.id from FilesetEntry e join e.fileset f "
        "where e.clientPath in (:paths) order by f.id"
    )
    by_path: dict[str, list[int]] = {}
    for some in hql.batches(paths):
        for path, fileset in hql.rows(conn, query, paths=list(some)):
            by_path.setdefault(path, []).append(int(fileset))
    ids = sorted({each for found in by_path.values() for each in found})
    made = {each.id: each for each in _filesets(conn, ids)}
    return {path: [made[each] for each in found] for path, found in by_path.items()}


def of_images(conn: Any, images: Sequence[int]) -> dict[int, Fileset]:
    """The filesets of images, by the id of each image.

    Args:
        conn: the user's gateway.
        images: ids.
    """
    query = "select i.id, i.fileset.id from Image i where i.id in (:ids)"
    of_image: dict[int, int] = {}
    for some in hql.batches(images):
        of_image |= {int(a): int(b) for a, b in hql.rows(conn, query, ids=list(some))}
    made = {each.id: each for each in _filesets(conn, sorted(set(of_image.values())))}
    return {image: made[fileset] for image, fileset in of_image.items()}


def of_plates(conn: Any, plates: Sequence[int]) -> dict[int, Fileset]:
    """The filesets of plates, by the id of each plate."""
    query = (
        "select distinct w.plate.id, i.fileset.id from WellSample s join s.well w join s.image i "
        "where w.plate.id in (:ids)"
    )
    of_plate: dict[int, int] = {}
    for some in hql.batches(plates):
        of_plate |= {int(a): int(b) for a, b in hql.rows(conn, query, ids=list(some))}
    made = {each.id: each for each in _filesets(conn, sorted(set(of_plate.values())))}
    return {plate: made[fileset] for plate, fileset in of_plate.items()}


def wait_for_running(conn: Any, filesets: Collection[int], check: Callable[[], None]) -> None:
    """Wait until the server has ended what it still does for filesets of an earlier attempt.

    An import goes on at the server when the worker that began it was killed after the last byte.

    Args:
        conn: the user's gateway.
        filesets: ids.
        check: called before each look; raises what ends the wait.
    """
    if not filesets:
        return
    repository = conn.c.getManagedRepository()
    for process in repository.listImports():
        try:
            handle = process.getHandle()
            if handle is None or handle.getRequest().activity.parent.id.val not in filesets:
                continue
            while handle.getResponse() is None:
                check()
                time.sleep(_PAUSE_SECONDS)
        except Ice.ObjectNotExistException:
            # It ended in between.
            continue


def delete(conn: Any, group: int, filesets: Sequence[int]) -> None:
    """Delete filesets that an import did not bring to its end, with their files.

    Args:
        conn: the user's gateway.
        group: that they are in.
        filesets: ids.

    Raises:
        CommandFailed: OMERO refused.
    """
    if filesets:
        request = omero.cmd.Delete2(targetObjects={"Fileset": list(filesets)})
        commands.run(conn, request, group)


def _filesets(conn: Any, ids: Sequence[int]) -> list[Fileset]:
    images: dict[int, list[int]] = {each: [] for each in ids}
    plates: dict[int, list[int]] = {each: [] for each in ids}
    sums: dict[int, dict[str, str]] = {each: {} for each in ids}
    for some in hql.batches(ids):
        wanted = list(some)
        for fileset, image in hql.rows(
            conn,
            "select i.fileset.id, i.id from Image i where i.fileset.id in (:ids) order by i.id",
            ids=wanted,
        ):
            images[int(fileset)].append(int(image))
        for fileset, plate in hql.rows(
            conn,
            "select distinct i.fileset.id, w.plate.id from WellSample s join s.well w "
            "join s.image i where i.fileset.id in (:ids)",
            ids=wanted,
        ):
            plates[int(fileset)].append(int(plate))
        for fileset, path, digest, kind in hql.rows(
            conn,
            "select e.fileset.id, e.clientPath, o.hash, h.value from FilesetEntry e "
            "join e.originalFile o left join o.hasher h where e.fileset.id in (:ids)",
            ids=wanted,
        ):
            sums[int(fileset)][path] = digest if digest and kind == _SHA1 else ""
    return [Fileset(e, tuple(images[e]), tuple(plates[e]), sums[e]) for e in ids]
