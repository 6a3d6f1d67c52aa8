"""From projects, datasets, screens, plates to a selection of images with their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from omero_plugin_common.errors import BadRequest, NotFound, TooLarge
from omero_plugin_common.omero_api import hql
from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.configuration import LARGEST_SELECTION
from omeroweb_omp_plugin.omero_api import images
from omeroweb_omp_plugin.omero_api.images import Named
from omeroweb_omp_plugin.services.fitting_sets import fitting_sets
from omeroweb_omp_plugin.services.last_written import LastWritten, start
from omeroweb_omp_plugin.services.site_rules import site_rules
from omeroweb_omp_plugin.store import selections


@dataclass(frozen=True, slots=True)
class Made:
    """A new selection.

    Attributes:
        id: under which everything else names it.
        images: how many there are.
        first: the first names, to show.
        detected: how the names seem to be built.
        last: where a visit starts, when the images were written before.
        fitting: saved sets that the names fit.
    """

    id: UUID
    images: int
    first: list[str]
    detected: parsing.Detected
    last: LastWritten | None
    fitting: list[dict[str, Any]]


def make_selection(
    conn: Any,
    user_id: int,
    wanted: Mapping[str, Sequence[int]],
    project: int | None = None,
) -> Made:
    """Look up the images of containers and keep them.

    Args:
        conn: the user's gateway.
        user_id: the user.
        wanted: ids by kind: `Project`, `Dataset`, `Screen`, `Plate`, `Image`.
        project: that they were chosen in, if any: its saved sets are offered first.

    Raises:
        BadRequest: nothing was chosen.
        NotFound: there is no image in it that the user may see.
        TooLarge: more images than one selection takes.
    """
    if not any(wanted.values()):
        raise BadRequest("Choose a dataset, a plate or images first", code="empty_selection")
    chosen = ordered(_counted_first(conn, wanted))
    if not chosen:
        raise NotFound("What you chose contains no images", code="empty_selection")
    names = [each.name for each in chosen]
    containers = [f"{kind}:{id_}" for kind, ids in wanted.items() if kind != "Image" for id_ in ids]
    made = selections.save(user_id, chosen, containers)
    detected = parsing.detect(names, site_rules())
    last = start(conn, user_id, made, containers, [each.id for each in chosen], detected)
    fitting = fitting_sets(conn, user_id, names, detected, project)
    return Made(made, len(chosen), names[:5], detected, last, fitting)


def _counted_first(conn: Any, wanted: Mapping[str, Sequence[int]]) -> list[Named]:
    """The images of containers. They are counted before they are read.

    Raises:
        TooLarge: more images than one selection takes.
    """
    found: list[Named] = []
    different: set[int] = set()
    for kind, ids in wanted.items():
        for some in hql.batches(ids):
            _check_size(images.count_in(conn, kind, some))
            named = images.named_in(conn, kind, some)
            different.update(each.id for each in named)
            _check_size(len(different))
            found += named
    return found


def _check_size(count: int) -> None:
    if count > LARGEST_SELECTION:
        raise TooLarge(
            f"You chose {count:,} images or more; at most {LARGEST_SELECTION:,} can be processed "
            "at once: choose fewer datasets"
        )


def ordered(named: Iterable[Named]) -> list[Named]:
    """Each image once, by place, name and id.

    An image in two datasets is shown in the first of them.
    """
    once: dict[int, Named] = {}
    for each in sorted(named, key=lambda one: (one.place.casefold(), one.place, one.id)):
        once.setdefault(each.id, each)
    return sorted(
        once.values(), key=lambda one: (one.place.casefold(), one.name.casefold(), one.id)
    )
