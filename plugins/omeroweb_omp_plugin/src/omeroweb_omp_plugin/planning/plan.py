"""What one job does to one image. The preview shows the same plan that the job carries out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypedDict, Unpack

from omeroweb_omp_plugin.planning.existing import CLIENT_NAMESPACE, Existing, Kind
from omeroweb_omp_plugin.planning.origin import OWN, Origin, origins
from omeroweb_omp_plugin.planning.ownership import Keys, Part, Signed, signed
from omeroweb_omp_plugin.planning.pairs import Pairs, visible

Mode = Literal["add", "replace_own", "replace_all"]
# What happens in the mode `add` to a key that has another value already.
Doubled = Literal["keep", "replace", "list"]
Deletion = Literal["plugin", "all"]


class Options(TypedDict, total=False):
    """What else `plan_image` is told.

    Attributes:
        doubled: what happens in the mode `add` to a key that has another value; it is kept.
        namespace: that the new set gets; that of pairs that are typed.
        kind: what the id is of; an image.
        elsewhere: whether pairs of it are written to its well or plate, or to the images in it.
    """

    doubled: Doubled
    namespace: str
    kind: Kind
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A set that takes the place of one that is removed, without some of its pairs.

    Attributes:
        pairs: names and values in their order.
        namespace: of the annotation; empty for none.
        description: of the annotation; empty for none.
    """

    pairs: Pairs
    namespace: str
    description: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is written to an image, a well or a plate, what stays, what goes.

    Attributes:
        image: its id; of a well or plate, its own.
        write: the set that is written, signed; none when nothing is.
        keep: sets that stay.
        remove: sets that are taken from it, after the new one was written.
        refused: sets that should go, but the user may not take them away; they stay too.
        origins: where each set comes from, by id of its annotation.
        rewritten: what is left of removed sets whose keys get new values.
        clashes: wanted keys that have another value on the image, in sets that stay.
    """

    image: int
    write: Signed | None
    keep: tuple[Existing, ...]
    remove: tuple[Existing, ...]
    refused: tuple[Existing, ...]
    origins: dict[int, Origin]
    rewritten: tuple[Rewritten, ...] = ()
    clashes: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether the image is different afterwards."""
        return bool(self.write or self.remove)

    def lasting(self, wanted: Pairs, above: Iterable[tuple[str, str]] = ()) -> Pairs:
        """Of these pairs the ones that the image has afterwards.

        Args:
            wanted: the pairs.
            above: what its well or plate has.
        """
        there = {pair for each in (*self.keep, *self.refused) for pair in each.pairs}
        there |= {pair for each in self.rewritten for pair in each.pairs}
        there |= {*(self.write.pairs if self.write else ()), *above}
        return tuple(pair for pair in wanted if pair in there)

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
    **options: Unpack[Options],
) -> Plan:
    """What a write does to an image, a well or a plate.

    `add` writes what no set of the image has yet; a key that has another value is left as it is
    (`keep`), loses that value (`replace`), or has both afterwards (`list`). `replace_own` puts the
    new set in the place of those that the plugin wrote from the same source. `replace_all` puts it
    in the place of all. An image without anything to write stays as it is, in every mode, unless
    its pairs are elsewhere. Done again, it does nothing.

    Args:
        image: its id.
        wanted: the pairs that it is to have.
        sets: the sets that it has.
        mode: what happens to those.
        keys: the site's secrets.
        part: where the pairs come from.
        options: what is not as it is most often.
    """
    kind, namespace = options.get("kind", "Image"), options.get("namespace", CLIENT_NAMESPACE)
    origin_of = origins(image, sets, keys, kind)

    def sign(pairs: Pairs, part: Part, namespace: str) -> Signed:
        return signed(pairs, image, part, keys, namespace, kind)

    if not wanted and (mode == "add" or not options.get("elsewhere")):
        return Plan(image, None, tuple(sets), (), (), origin_of)
    if mode == "add":
        doubled = options.get("doubled", "keep")
        return _addition(image, wanted, sets, doubled, sign, (part, namespace), origin_of)
    same = [
        e
        for e in sets
        if wanted
        and origin_of[e.annotation] == part
        and (e.namespace, visible(e.pairs)) == (namespace, wanted)
    ]
    same_ids = {each.annotation for each in same[:1]}
    if mode == "replace_own":
        outgoing = [
            e for e in sets if origin_of[e.annotation] == part and e.annotation not in same_ids
        ]
    else:
        outgoing = [each for each in sets if each.annotation not in same_ids]
    write = None if same or not wanted else sign(wanted, part, namespace)
    return _with_removal(image, write, sets, outgoing, origin_of)


def _addition(
    image: int,
    wanted: Pairs,
    sets: Sequence[Existing],
    doubled: Doubled,
    sign: Callable[[Pairs, Part, str], Signed],
    new: tuple[Part, str],
    origin_of: dict[int, Origin],
) -> Plan:
    """Add what is missing, as a new set: what it is from, and its namespace."""
    values = dict(wanted)
    clashes = {p[0] for each in sets for p in visible(each.pairs) if _is_other(p, values)}
    outgoing: list[Existing] = []
    rewritten: list[Rewritten] = []
    if doubled == "replace":
        outgoing = [e for e in sets if _gives_way(e, origin_of) and _other_values(e, values)]
        rewritten = [r for e in outgoing for r in _without(e, values, origin_of, sign)]
    left = [pair for each in sets if each not in outgoing for pair in each.pairs]
    left += [pair for each in rewritten for pair in each.pairs]
    # What cannot be replaced is kept: a key is not doubled against the user's wish.
    fixed = {name for name, value in left if name in values and value != values[name]}
    if doubled == "list":
        fixed = set()
    missing = tuple(pair for pair in wanted if pair not in left and pair[0] not in fixed)
    return Plan(
        image,
        sign(missing, *new) if missing else None,
        keep=tuple(each for each in sets if each not in outgoing),
        remove=tuple(outgoing),
        refused=(),
        origins=origin_of,
        rewritten=tuple(rewritten),
        clashes=tuple(name for name, _ in wanted if name in clashes),
    )


def _gives_way(one: Existing, origin_of: dict[int, Origin]) -> bool:
    """Whether values of a set can be replaced. Those that an instrument recorded cannot."""
    return one.removable and origin_of[one.annotation] != "acquisition"


def _other_values(one: Existing, values: dict[str, str]) -> bool:
    return any(_is_other(pair, values) for pair in visible(one.pairs))


def _is_other(pair: tuple[str, str], values: dict[str, str]) -> bool:
    return pair[0] in values and pair[1] != values[pair[0]]


def _without(
    one: Existing,
    values: dict[str, str],
    origin_of: dict[int, Origin],
    sign: Callable[[Pairs, Part, str], Signed],
) -> list[Rewritten]:
    """What is left of a set when its other values of some keys go; nothing when no pair is."""
    pairs = tuple(pair for pair in one.pairs if not _is_other(pair, values))
    if not visible(pairs):
        return []
    if origin_of[one.annotation] == "names":
        again = sign(pairs, "names", one.namespace)
        return [Rewritten(again.pairs, one.namespace, again.description)]
    return [Rewritten(pairs, one.namespace, one.description)]


def plan_deletion(
    image: int, sets: Sequence[Existing], which: Deletion, keys: Keys, kind: Kind = "Image"
) -> Plan:
    """What a deletion does to an image, a well or a plate.

    Args:
        image: its id.
        sets: the sets that it has.
        which: `plugin` takes those that the plugin wrote and nobody changed, `all` every one.
        keys: the site's secrets.
        kind: what the id is of.
    """
    origin_of = origins(image, sets, keys, kind)
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
