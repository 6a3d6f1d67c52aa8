"""Where pairs are written: to images, or once to their well or plate.

A pair that all written images of a well have is the well's; the others stay on the images. So each
image has all its pairs, on itself or on its well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from omeroweb_omp_plugin.planning.existing import Existing, Kind
from omeroweb_omp_plugin.planning.ownership import Keys
from omeroweb_omp_plugin.planning.pairs import Pairs, visible
from omeroweb_omp_plugin.planning.plan import Doubled, Mode, Plan, plan_image

Target = Literal["images", "wells", "plates"]
KINDS: Final[dict[Target, Kind]] = {"images": "Image", "wells": "Well", "plates": "Plate"}


def shared_pairs(
    wanted: Iterable[tuple[int, Pairs]], place_of: Mapping[int, int]
) -> dict[int, Pairs]:
    """The pairs that all images of a well or plate have.

    Args:
        wanted: the pairs of each image that is written. One without pairs stays as it is, so it
            does not count.
        place_of: the well or plate of each image; one that has none is left out.

    Returns:
        By id of the well or plate, in the order of its first image; empty where its images have
        nothing in common. Those without a written image are left out.
    """
    shared: dict[int, Pairs] = {}
    for image, pairs in wanted:
        place = place_of.get(image)
        if place is None or not pairs:
            continue
        before = shared.get(place)
        if before is None:
            shared[place] = pairs
        elif before != pairs:
            own = set(pairs)
            shared[place] = tuple(pair for pair in before if pair in own)
    return shared


def plan_place(
    place: int,
    shared: Pairs | None,
    sets: Sequence[Existing],
    mode: Mode,
    keys: Keys,
    kind: Kind,
    doubled: Doubled,
    namespace: str,
) -> Plan:
    """What a write does to a well or a plate.

    Where its images have nothing in common any more, the plugin's earlier set is removed from it.

    Args:
        place: its id.
        shared: what its images have in common; nothing when it stays as it is.
        sets: the sets that it has.
        mode: what happens to those.
        keys: the site's secrets.
        kind: `Well` or `Plate`.
        doubled: what happens in the mode `add` to a key that has another value.
        namespace: that the new set gets.
    """
    # What others wrote gives way to new pairs only.
    mode = "replace_own" if mode == "replace_all" and not shared else mode
    return plan_image(
        place,
        shared or (),
        sets,
        mode,
        keys,
        doubled=doubled,
        namespace=namespace,
        kind=kind,
        elsewhere=shared is not None,
    )


def left_for_image(
    wanted: Pairs, shared: Pairs, there: Iterable[tuple[str, str]], *, keeps: bool
) -> Pairs:
    """The pairs of an image that its well or plate does not have for it.

    Args:
        wanted: what the image is to have.
        shared: what the images of the well or plate have in common.
        there: what that has, once it was written. What it was not given stays on the images.
        keeps: whether a key that has another value there keeps it.
    """
    has = set(there)
    names = {name for name, _ in has} if keeps else set()
    placed = {pair for pair in shared if pair in has or pair[0] in names}
    return tuple(pair for pair in wanted if pair not in placed)


def pairs_after(plan: Plan) -> set[tuple[str, str]]:
    """The pairs that a well or plate has after its plan."""
    new = [plan.write.pairs] if plan.write else []
    kept = [each.pairs for each in (*plan.keep, *plan.refused)]
    again = [each.pairs for each in plan.rewritten]
    return {pair for pairs in (*kept, *again, *new) for pair in visible(pairs)}


def pairs_of(sets: Iterable[Existing]) -> set[tuple[str, str]]:
    """The pairs that a well or plate has."""
    return {pair for each in sets for pair in visible(each.pairs)}
