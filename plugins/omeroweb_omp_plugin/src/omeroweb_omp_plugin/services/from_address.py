"""What an address of the page names, such as `?dataset=1&dataset=2`, as step 1 shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from omeroweb_omp_plugin.omero_api import containers, images

# The words of OMERO.web's "Open with", and of its own addresses.
KINDS: Final = ("project", "dataset", "screen", "plate", "image")
_MOST_PLACES: Final = 3
_TOP: Final[Mapping[str, Literal["project", "screen"]]] = {"dataset": "project", "plate": "screen"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of step 1.

    Attributes:
        kind: `dataset`, `plate` or `image`.
        ids: of the containers or images.
        name: of the dataset or plate; of the image if it is one.
        where: names of the projects or screens; of images, of their datasets.
        images: how many are in it.
        ticked: whether the address names it itself, and not what it is in.
    """

    kind: str
    ids: list[int]
    name: str
    where: str
    images: int
    ticked: bool

    def as_json(self) -> dict[str, Any]:
        """As the page gets it."""
        return {
            "id": f"{self.kind}:{self.ids[0]}",
            "kind": self.kind,
            "ids": self.ids,
            "name": self.name,
            "where": self.where,
            "images": self.images,
            "ticked": self.ticked,
        }


def from_address(conn: Any, named: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """What an address names, as far as the user may see it.

    Args:
        conn: the user's gateway.
        named: ids by kind, a word of `KINDS`.

    Returns:
        `rows` as of `Row`; `inside`, the project or screen that has all of them, such as
        `project:7`, `no-project` for datasets in none, empty where they are in different ones;
        `missing`, what the user may not see or what does not exist, such as `Dataset 9`.
    """
    rows: list[Row] = []
    missing: list[str] = []
    inside: list[set[str]] = []
    for kind, top in _TOP.items():
        more, gone, places = _containers(conn, kind, top, named)
        rows += more
        missing += gone
        inside += places
    if chosen := named.get("image"):
        more, gone = _images(conn, chosen)
        rows += more
        missing += gone
        inside += [set() for _ in more]
    common = set.intersection(*inside) if inside else set()
    return {
        "rows": [each.as_json() for each in rows],
        "inside": min(common, default=""),
        "missing": missing,
    }


def _containers(
    conn: Any, kind: str, top: Literal["project", "screen"], named: Mapping[str, Sequence[int]]
) -> tuple[list[Row], list[str], list[set[str]]]:
    """The datasets that are named, and those of the projects that are named; or plates."""
    child: Literal["Dataset", "Plate"] = "Dataset" if kind == "dataset" else "Plate"
    parent: Literal["Project", "Screen"] = "Project" if top == "project" else "Screen"
    own, tops = named.get(kind, ()), named.get(top, ())
    if not own and not tops:
        return [], [], []
    found = {each.id: each for each in containers.found(conn, child, own)} if own else {}
    missing = [f"{child} {id_}" for id_ in own if id_ not in found]
    if tops:
        seen = {each.id for each in containers.found(conn, parent, tops)}
        missing += [f"{parent} {id_}" for id_ in tops if id_ not in seen]
        for id_ in tops:
            for each in containers.children(conn, parent, id_) if id_ in seen else ():
                found.setdefault(each.id, each)
    counts = containers.image_counts(conn, child, list(found)) if found else {}
    places: dict[int, list[containers.Parent]] = {}
    for one in containers.parents(conn, child, list(found)) if found else ():
        places.setdefault(one.child, []).append(one)
    rows = [
        Row(
            kind,
            [each.id],
            each.name,
            ", ".join(one.name for one in places.get(each.id, ())),
            counts[each.id],
            each.id in own,
        )
        for each in found.values()
    ]
    inside = [{f"{top}:{one.id}" for one in places.get(id_, ())} or {f"no-{top}"} for id_ in found]
    return rows, missing, inside


def _images(conn: Any, ids: Sequence[int]) -> tuple[list[Row], list[str]]:
    names = {each.id: each.name for each in images.named_in(conn, "Image", ids)}
    missing = [f"Image {id_}" for id_ in dict.fromkeys(ids) if id_ not in names]
    if not names:
        return [], missing
    datasets = images.datasets_of(conn, list(names))
    more = len(datasets) - _MOST_PLACES
    where = ", ".join(datasets[:_MOST_PLACES]) + (f" and {more} more" if more > 0 else "")
    name = next(iter(names.values())) if len(names) == 1 else f"{len(names):,} images"
    return [Row("image", sorted(names), name, where, len(names), ticked=True)], missing
