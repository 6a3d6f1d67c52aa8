"""What a job works on, in words for its card and for the names of files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final, Literal

from omero_plugin_common.jobs import Job
from omeroweb_omp_plugin.omero_api import containers
from omeroweb_omp_plugin.omero_api.images import datasets_of
from omeroweb_omp_plugin.store.selections import Selection

# A file's name is short, and made of signs that every computer takes.
_LONGEST: Final = 80
_SIGNS: Final = re.compile(r"[^A-Za-z0-9]+")


def about(conn: Any, selection: Selection, count: int | None = None, unit: str = "image") -> str:
    """Such as `Screening May / Plate 1 · 30 images`.

    Args:
        conn: the user's gateway.
        selection: the images.
        count: how many of them the job works on; all when not given.
        unit: what is counted.
    """
    number = len(selection.images) if count is None else count
    counted = f"{number:,} {unit}{'' if number == 1 else 's'}"
    return " · ".join(filter(None, [_place(conn, selection), counted]))


def when(job: Job) -> str:
    """The minute at which a job was started: `2026-11-29 17:04 UTC`."""
    return f"{job.created.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def file_name(job: Job) -> str:
    """Of a backup, without its ending: `key-value-pairs-Screening-May-Plate-1-2026-11-29-1704`."""
    place = _SIGNS.sub("-", job.about.rpartition(" · ")[0])[:_LONGEST].strip("-")
    return "-".join(filter(None, ["key-value-pairs", place, f"{job.created:%Y-%m-%d-%H%M}"]))


def _place(conn: Any, selection: Selection) -> str:
    """Where the images are: the name of one container, or how many there are."""
    chosen: dict[str, list[int]] = {}
    for each in selection.containers:
        kind, _, id_ = each.partition(":")
        chosen.setdefault(kind, []).append(int(id_))
    if not chosen:
        return _of_images(conn, selection)
    if len(chosen) > 1:
        return ", ".join(_several(kind, len(ids)) for kind, ids in chosen.items())
    [(kind, ids)] = chosen.items()
    match kind:
        case "Dataset" | "Plate":
            return _below(conn, kind, ids)
        case "Project" | "Screen" if len(ids) == 1:
            return "".join(each.name for each in containers.found(conn, kind, ids))
        case _:
            return _several(kind, len(ids))


def _below(conn: Any, kind: Literal["Dataset", "Plate"], ids: Sequence[int]) -> str:
    """Datasets or plates, with their project or screen if they have one in common."""
    parents = containers.parents(conn, kind, ids)
    by_child = {each.child: each for each in parents}
    in_common = len({each.id for each in parents}) == 1 and by_child.keys() == set(ids)
    if len(ids) == 1:
        own = "".join(each.name for each in containers.found(conn, kind, ids))
    else:
        own = _several(kind, len(ids))
    return f"{parents[0].name} / {own}" if in_common else own


def _of_images(conn: Any, selection: Selection) -> str:
    """Images that were chosen themselves: their dataset, if all are in one."""
    first = [each.id for each in selection.images[:5000]]
    names = datasets_of(conn, first) if len(first) == len(selection.images) else []
    return names[0] if len(names) == 1 else ""


def _several(kind: str, count: int) -> str:
    return f"{count:,} {kind.lower()}{'' if count == 1 else 's'}"
