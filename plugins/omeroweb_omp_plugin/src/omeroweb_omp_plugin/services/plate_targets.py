"""Pairs that are written once to a well or a plate instead of to each of its images.

Which images are in which well is asked of OMERO once for each selection, and stored: what the
preview shows is what the job writes. A well or plate with images that were not chosen gets nothing:
nobody knows whether the pairs are true of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from uuid import UUID

from omero_plugin_common import permissions
from omero_plugin_common.errors import BadRequest
from omeroweb_omp_plugin.omero_api import wells
from omeroweb_omp_plugin.omero_api.annotations import sets_of
from omeroweb_omp_plugin.planning import Keys, Mode, Plan
from omeroweb_omp_plugin.planning.outputs import Outputs
from omeroweb_omp_plugin.planning.pairs import Pairs
from omeroweb_omp_plugin.planning.targets import (
    KINDS,
    Target,
    left_for_image,
    pairs_after,
    pairs_of,
    plan_place,
    shared_pairs,
)
from omeroweb_omp_plugin.store import known_values, selections
from omeroweb_omp_plugin.store.selections import Image, OnPlate, Selection


@dataclass(frozen=True, slots=True)
class Places:
    """The wells or plates of some images.

    Attributes:
        kind: which of them.
        names: of each, such as `B3`, by id.
        of: the one of each image that has one, by ids.
        objects: all of them, for a job.
        shared: the pairs that all written images of one have; see `shared_pairs`.
        first: the first image of each that is written; in totals it counts for the whole.
    """

    kind: Literal["Well", "Plate"]
    names: dict[int, str]
    of: dict[int, int]
    objects: tuple[OnPlate, ...]
    shared: dict[int, Pairs]
    first: dict[int, int]

    def among(self, images: Iterable[int]) -> list[int]:
        """The wells or plates of some images."""
        return sorted({self.of[each] for each in images if each in self.of})

    def label(self, place: int) -> str:
        """Such as `Well B3` or `Plate 7`."""
        name = self.names[place]
        return name if name.startswith("Plate") else f"{self.kind} {name}"


def look_up(conn: Any, user_id: int, selection_id: UUID, target: Target) -> None:
    """Ask OMERO for the wells or plates of images, unless they are stored.

    Args:
        conn: the user's gateway.
        user_id: the user.
        selection_id: the images.
        target: where pairs are written.

    Raises:
        NotFound: there is no such selection of the user.
        BadRequest: no image is in a well, or in a plate, of which all images were chosen.
    """
    if target == "images":
        return
    if not any(_texts(conn, selections.load(selection_id, user_id), target)):
        one = _kind(target).lower()
        raise BadRequest(
            f"None of these images is in a {one} of which you chose all images: choose plates or "
            "screens in step 1, or write to the images",
            code="no_plates",
        )


NOWHERE: Final = Places("Well", {}, {}, (), {}, {})


def find_places(
    selection: Selection, target: Target, wanted: Iterable[tuple[int, Pairs]]
) -> Places:
    """What is stored of the wells or plates of images.

    Args:
        selection: the images.
        target: where pairs are written: `wells` or `plates`.
        wanted: the pairs of each image that is written.
    """
    texts = known_values.load(selection.id, [target]).get(target, [])
    names, of, objects = _read(selection, texts, _kind(target))
    first: dict[int, int] = {}
    written = []
    for image_id, pairs in wanted:
        written.append((image_id, pairs))
        if pairs and image_id in of:
            first.setdefault(of[image_id], image_id)
    shared = shared_pairs(written, of)
    return Places(_kind(target), names, of, tuple(objects.values()), shared, first)


def chosen_places(selection: Selection, target: Target) -> list[OnPlate]:
    """The wells or plates that a write of these images may change."""
    if target == "images":
        return []
    texts = known_values.load(selection.id, [target]).get(target, [])
    return [*_read(selection, texts, _kind(target))[2].values()]


def all_places(conn: Any, selection: Selection) -> list[OnPlate]:
    """The wells and plates of which all images were chosen. It is asked for once, and stored.

    Four calls of OMERO per 5000 images; none when the images were chosen by datasets.
    """
    containers = selection.containers
    if containers and not any(each.startswith(("Plate:", "Screen:")) for each in containers):
        return []
    targets: tuple[Target, ...] = ("wells", "plates")
    return [
        each
        for target in targets
        for each in _read(selection, _texts(conn, selection, target), _kind(target))[2].values()
    ]


def _texts(conn: Any, selection: Selection, target: Target) -> list[str]:
    """Id and name of the well or plate of each image, empty where it has none; they are stored."""
    texts = known_values.load(selection.id, [target]).get(target)
    if texts is None:
        images = [each.id for each in selection.images]
        found = wells.whole(conn, _kind(target), images)
        texts = [f"{found[each].id} {found[each].name}" if each in found else "" for each in images]
        known_values.save(selection.id, target, texts)
    return texts


def _read(
    selection: Selection, texts: Sequence[str], kind: Literal["Well", "Plate"]
) -> tuple[dict[int, str], dict[int, int], dict[int, OnPlate]]:
    """What is stored: names by id, the id of each image's, and all of them by id."""
    names: dict[int, str] = {}
    of: dict[int, int] = {}
    objects: dict[int, OnPlate] = {}
    for image, text in zip(selection.images, texts, strict=False):
        if text:
            id_, _, name = text.partition(" ")
            place = of[image.id] = int(id_)
            if place not in objects:
                names[place] = name
                objects[place] = OnPlate(place, _in_report(kind, name, image), kind)
    return names, of, objects


@dataclass(frozen=True, slots=True)
class Above:
    """The wells or plates of some images, and what becomes of them.

    Attributes:
        where: all of the selection.
        plans: of those that are about to be written, by id.
        there: the pairs that each has once it was written.
        keeps: whether a key that has another value there keeps it.
    """

    where: Places
    plans: Mapping[int, Plan]
    there: Mapping[int, set[tuple[str, str]]]
    keeps: bool

    def plan(self, image: int) -> Plan | None:
        """That of an image's well or plate."""
        return self.plans.get(self.where.of.get(image, 0))

    def pairs(self, image: int) -> set[tuple[str, str]]:
        """What an image's well or plate has."""
        return self.there.get(self.where.of.get(image, 0), set())

    def left(self, image: int, wanted: Pairs) -> Pairs:
        """What is written to the image itself."""
        shared = self.where.shared.get(self.where.of.get(image, 0), ())
        return left_for_image(wanted, shared, self.pairs(image), keeps=self.keeps)

    def on(self, image: int, wanted: Pairs) -> dict[str, Any] | None:
        """Which keys of an image its well or plate has, as pages get it."""
        left = set(self.left(image, wanted))
        keys = [pair[0] for pair in wanted if pair not in left]
        return {"name": self.where.label(self.where.of[image]), "keys": keys} if keys else None

    def note(self, image: int, count: int) -> str:
        """For the report, how many pairs an image's well or plate has for it."""
        return f"On {self.where.label(self.where.of[image])}: {count}" if count else ""


def plan_places(
    conn: Any, where: Places, images: Sequence[int], mode: Mode, outputs: Outputs, keys: Keys
) -> Above:
    """What a write does to the wells or plates of some images. Two calls of OMERO per 5000 images.

    One that the user may not annotate stays as it is.

    Args:
        conn: the user's gateway.
        where: the wells or plates of the whole selection.
        images: ids.
        mode: what happens to the sets that are there.
        outputs: what is written beside the values of names.
        keys: the site's secrets.
    """
    ids = where.among(images)
    sets = sets_of(conn, ids, where.kind)
    writable = permissions.permitted(conn, where.kind, ids, "annotate")
    plans = {
        each: plan_place(
            each,
            where.shared.get(each) if each in writable else None,
            sets.get(each, ()),
            mode,
            keys,
            where.kind,
            **outputs.for_plans,
        )
        for each in ids
    }
    there = {each: pairs_after(plan) for each, plan in plans.items()}
    return Above(where, plans, there, _keeps_values(mode, outputs))


def written_places(
    conn: Any, where: Places, images: Iterable[int], mode: Mode, outputs: Outputs
) -> Above:
    """The wells or plates of some images after these were written; arguments as `plan_places`.

    One call of OMERO per 5000 images.
    """
    sets = sets_of(conn, where.among(images), where.kind)
    there = {place: pairs_of(some) for place, some in sets.items()}
    return Above(where, {}, there, _keeps_values(mode, outputs))


def _keeps_values(mode: Mode, outputs: Outputs) -> bool:
    """Whether a well or plate may keep another value of a key."""
    return mode == "add" and outputs.doubled != "list"


def _kind(target: Target) -> Literal["Well", "Plate"]:
    return cast(Literal["Well", "Plate"], KINDS[target])


def _in_report(kind: str, name: str, image: Image) -> str:
    return f"{image.place} / {name}" if kind == "Well" and image.place else name
