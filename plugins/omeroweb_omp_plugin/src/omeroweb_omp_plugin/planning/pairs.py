"""Names and values: what the user wants an image to have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from omeroweb_omp_plugin.placeholders import is_placeholder

Pairs = tuple[tuple[str, str], ...]
HASH_KEY: Final = "omp_hash"
MARK_KEY: Final = "omp_image"
# Never written: a namespace is hashed under this key.
NAMESPACE_KEY: Final = "omp_namespace"
# These say who wrote a set; they are no variables.
RESERVED: Final = frozenset({HASH_KEY, MARK_KEY, NAMESPACE_KEY})


def visible(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """The pairs that are a user's, without those that say who wrote them."""
    return tuple(pair for pair in pairs if pair[0] not in RESERVED)


def wanted_pairs(
    parsed: Pairs,
    overrides: Mapping[str, str] | None = None,
    constants: Pairs = (),
    known: Pairs = (),
) -> Pairs:
    """What an image is to have: the values of its name, as the user changed them.

    The value of a key that nobody has named (`Var3`) is left out.

    Args:
        parsed: variable and value, from the image's name.
        overrides: values that the user or an assistant gave, by variable. An empty value takes the
            variable away; a variable that the name has not is put behind the others.
        constants: pairs of all images, behind those of the name. They count more than the name's
            value of the same key, and less than the user's for this image.
        known: what OMERO knows of the image. The name's value of the same key counts more.

    Returns:
        Pairs with distinct names: a name that comes again gets `_2`, `_3`, …
    """
    named = _distinct(parsed)
    if known:
        said = {name for name, value in named if value}
        named = (*named, *(pair for pair in known if pair[0] not in said))
    if constants:
        common = dict(constants)
        named = (*(pair for pair in named if pair[0] not in common), *common.items())
    if overrides:
        given = dict(overrides)
        named = (*((name, given.pop(name, value)) for name, value in named), *given.items())
    return tuple(
        [
            (name, value)
            for name, value in named
            if value and name not in RESERVED and not is_placeholder(name)
        ]
    )


def _distinct(pairs: Pairs) -> Pairs:
    if len({name for name, _ in pairs}) == len(pairs):
        return pairs
    taken: set[str] = set()
    result = []
    for name, value in pairs:
        unique, number = name, 1
        while unique in taken:
            number += 1
            unique = f"{name}_{number}"
        taken.add(unique)
        result.append((unique, value))
    return tuple(result)
