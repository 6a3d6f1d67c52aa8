"""Selections of images: made once, named by everything that works on them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from omero_plugin_common import database
from omero_plugin_common.database.own_row import own_row
from omero_plugin_common.database.packed import pack, unpack
from omeroweb_omp_plugin.planning.existing import Kind

# Of each user, those used last: about one for each page that is open.
KEPT: Final = 20
# After this time without use; a job keeps its own as long as finished jobs are kept.
_KEPT: Final = "7 days"
_KEPT_FOR_A_JOB: Final = "40 days"


class Image(NamedTuple):
    """One image of a selection.

    Attributes:
        id: its id.
        name: its name when it was chosen.
        place: name of the dataset or plate that it was found in.
    """

    id: int
    name: str
    place: str

    @property
    def kind(self) -> Kind:
        """What the id is of."""
        return "Image"


class OnPlate(NamedTuple):
    """A well or a plate that pairs of images are written to.

    Attributes:
        id: its id.
        name: for reports, such as `Plate 1 / B3`.
        kind: which of them.
    """

    id: int
    name: str
    kind: Kind


# What has pairs.
Holder = Image | OnPlate


@dataclass(frozen=True, slots=True)
class Selection:
    """Images that a user chose.

    Attributes:
        id: of the selection.
        images: in the order of the preview.
        containers: that they were chosen by, such as `Dataset:7`.
    """

    id: UUID
    images: tuple[Image, ...]
    containers: tuple[str, ...] = ()


def save(
    user_id: int, images: Iterable[Sequence[int | str]], containers: Sequence[str] = ()
) -> UUID:
    """Keep a selection; others of the user stay if they are among those used last.

    Those that nobody used for a week are deleted.

    Args:
        user_id: whose.
        images: id, name and place of each.
        containers: that they were chosen by, such as `Dataset:7`.
    """
    chosen = [list(each) for each in images]
    made = uuid.uuid4()
    with database.default().transaction() as cursor:
        cursor.execute("delete from omp_selections where expires < now()")
        cursor.execute("delete from omp_uploads where expires < now()")
        cursor.execute(
            "insert into omp_selections (id, user_id, images, count, containers, expires) "
            "values (%s, %s, %s, %s, %s, now() + %s::interval)",
            (made, user_id, pack(chosen), len(chosen), json.dumps(list(containers)), _KEPT),
        )
        cursor.execute(
            "delete from omp_selections where id in (select id from omp_selections "
            "where user_id = %s and not for_job order by expires desc, created desc offset %s)",
            (user_id, KEPT),
        )
    return made


def load(selection: UUID, user_id: int) -> Selection:
    """A user's selection, which is then kept for another week.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    row = _kept(selection, user_id, _KEPT, for_job=False)
    images = tuple(map(Image._make, unpack(row["images"])))
    return Selection(selection, images, tuple(row["containers"]))


def keep_for_a_job(selection: UUID, user_id: int) -> None:
    """Keep a selection as long as a job that works on it.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    _kept(selection, user_id, _KEPT_FOR_A_JOB, for_job=True)


def _kept(selection: UUID, user_id: int, interval: str, *, for_job: bool) -> Any:
    """Its row, which from now on stays at least that long."""
    return own_row(
        "update omp_selections set expires = greatest(expires, now() + %s::interval), "
        "for_job = for_job or %s where id = %s and user_id = %s returning images, containers",
        (interval, for_job, selection, user_id),
        "This selection no longer exists: choose the images again",
    )
