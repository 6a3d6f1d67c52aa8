"""What one job does to one image. The preview shows the same plan that the job carries out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from omeroweb_omp_plugin.planning.existing import Existing
from omeroweb_omp_plugin.planning.origin import OWN, Origin, origins
from omeroweb_omp_plugin.planning.ownership import Keys, Part, Signed, signed
from omeroweb_omp_plugin.planning.pairs import Pairs, visible

Mode = Literal["add", "replace_own", "replace_all"]
Deletion = Literal["plugin", "all"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is written to an image, what stays, what goes.

    Attributes:
        image: its id.
        write: the set that is written, signed; none when nothing is.
        keep: sets that stay.
        remove: sets that are taken from this image, after the new one was written.
        refused: sets that should go, but the user may not take them away; they stay too.
        origins: where each set comes from, by id of its annotation.
    """

    image: int
    write: Signed | None
    keep: tuple[Existing, ...]
    remove: tuple[Existing, ...]
    refused: tuple[Existing, ...]
    origins: dict[int, Origin]

    @property
    def changes(self) -> bool:
        """Whether the image is different afterwards."""
        return bool(self.write or self.remove)

    def removes(self, origin: Origin) -> bool:
        """Whether a set of this origin is taken from the image."""
        return any(self.origins[each.annotation] == origin for each in self.remove)


def plan_image(
    image: int,
    wanted: Pairs,
    sets: Sequence[Existing],
    mode: Mode,
    keys: Keys,
    part: Part = "names",
) -> Plan:
    """What a write does to an image.

    `add` writes what no set of the image has yet. `replace_own` puts the new set in the place of
    those that the plugin wrote from the same source. `replace_all` puts it in the place of all.
    An image without anything to write stays as it is, in every mode. Done again, it does nothing.

    Args:
        image: its id.
        wanted: the pairs that it is to have.
        sets: the sets that it has.
        mode: what happens to those.
        keys: the site's secrets.
        part: where the pairs come from.
    """
    origin_of = origins(image, sets, keys)
    if not wanted:
        return Plan(image, None, tuple(sets), (), (), origin_of)
    if mode == "add":
        existing = {pair for each in sets for pair in each.pairs}
        missing = tuple(pair for pair in wanted if pair not in existing)
        return Plan(image, _signed(missing, image, part, keys), tuple(sets), (), (), origin_of)
    same = [e for e in sets if origin_of[e.annotation] == part and visible(e.pairs) == wanted]
    same_ids = {each.annotation for each in same[:1]}
    if mode == "replace_own":
        outgoing = [
            e for e in sets if origin_of[e.annotation] == part and e.annotation not in same_ids
        ]
    else:
        outgoing = [each for each in sets if each.annotation not in same_ids]
    write = None if same else _signed(wanted, image, part, keys)
    return _with_removal(image, write, sets, outgoing, origin_of)


def plan_deletion(image: int, sets: Sequence[Existing], which: Deletion, keys: Keys) -> Plan:
    """What a deletion does to an image.

    Args:
        image: its id.
        sets: the sets that it has.
        which: `plugin` takes those that the plugin wrote and nobody changed, `all` every one.
        keys: the site's secrets.
    """
    origin_of = origins(image, sets, keys)
    outgoing = [each for each in sets if which == "all" or origin_of[each.annotation] in OWN]
    return _with_removal(image, None, sets, outgoing, origin_of)


def _with_removal(
    image: int,
    write: Signed | None,
    sets: Sequence[Existing],
    outgoing: Sequence[Existing],
    origin_of: dict[int, Origin],
) -> Plan:
    leaving = {each.annotation for each in outgoing}
    return Plan(
        image,
        write,
        keep=tuple(each for each in sets if each.annotation not in leaving),
        remove=tuple(each for each in outgoing if each.removable),
        refused=tuple(each for each in outgoing if not each.removable),
        origins=origin_of,
    )


def _signed(pairs: Pairs, image: int, part: Part, keys: Keys) -> Signed | None:
    return signed(pairs, image, part, keys) if pairs else None
