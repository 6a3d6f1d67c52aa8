"""Where the sets of pairs on an image come from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from omeroweb_omp_plugin.planning.existing import CLIENT_NAMESPACE, Existing
from omeroweb_omp_plugin.planning.ownership import Keys, Part, mark
from omeroweb_omp_plugin.planning.pairs import HASH_KEY, MARK_KEY

Origin = Literal["names", "acquisition", "edited", "copied", "foreign"]
OWN: Final = frozenset({"names", "acquisition"})
_PARTS: Final[tuple[Part, ...]] = ("names", "acquisition")
# How the earlier edition called what it read from an image's metadata.
_EARLIER_ACQUISITION: Final = ("acquisition_date", "objective_", "channel_", "detector_", "BF_")


def origins(image: int, sets: Iterable[Existing], keys: Keys) -> dict[int, Origin]:
    """Who wrote the sets of one image.

    The plugin's own are in the namespace of OMERO.web's clients, verify under a secret of the site,
    and name this image in a pair and in the description; a set without that pair is one of an
    earlier edition.

    Args:
        image: its id.
        sets: all its sets.
        keys: the site's secrets.

    Returns:
        By id of the annotation: `names` or `acquisition` for the plugin's own, `edited` for one
        that it wrote and somebody changed, `copied` for one that belongs to another place,
        `foreign` for all others.
    """
    return {each.annotation: _origin(image, each, keys) for each in sets}


def _origin(image: int, one: Existing, keys: Keys) -> Origin:
    values = dict(one.pairs)
    if one.namespace != CLIENT_NAMESPACE or HASH_KEY not in values:
        return "foreign"
    if not keys.verify(one.pairs):
        return "edited"
    if MARK_KEY not in values:
        earlier = any(name.startswith(_EARLIER_ACQUISITION) for name in values)
        return "acquisition" if earlier else "names"
    for part in _PARTS:
        if values[MARK_KEY] == one.description == mark(image, part):
            return part
    return "copied"
