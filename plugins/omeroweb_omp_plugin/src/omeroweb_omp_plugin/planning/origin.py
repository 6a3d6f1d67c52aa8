"""Where the sets of pairs on an image, a well or a plate come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from omeroweb_omp_plugin.planning.existing import CLIENT_NAMESPACE, Existing, Kind
from omeroweb_omp_plugin.planning.ownership import Keys, Part, described, mark, signed_namespace
from omeroweb_omp_plugin.planning.pairs import HASH_KEY, MARK_KEY

Origin = Literal["names", "acquisition", "edited", "copied", "foreign"]
OWN: Final = frozenset({"names", "acquisition"})
_PARTS: Final[tuple[Part, ...]] = ("names", "acquisition")
# How the earlier edition called what it read from an image's metadata.
_EARLIER_ACQUISITION: Final = ("acquisition_date", "objective_", "channel_", "detector_", "BF_")


def origins(
    image: int, sets: Iterable[Existing], keys: Keys, kind: Kind = "Image"
) -> dict[int, Origin]:
    """Who wrote the sets of one image, well or plate.

    The plugin's own verify under a secret of the site, in the namespace that they are in, and name
    this object in their description. One in the namespace of OMERO.web's clients that verifies
    without naming any is of the Docker edition.

    Args:
        image: its id.
        sets: all its sets.
        keys: the site's secrets.
        kind: what the id is of.

    Returns:
        By id of the annotation: `names` or `acquisition` for the plugin's own, `edited` for one
        that it wrote and somebody changed, `copied` for one that belongs to another place,
        `foreign` for all others.
    """
    own = {mark(image, part, kind): part for part in _PARTS}
    return {each.annotation: _origin(own, each, keys) for each in sets}


def _origin(own: Mapping[str, Part], one: Existing, keys: Keys) -> Origin:
    """Of one set; `own` are the marks of its object."""
    values = dict(one.pairs)
    note, elsewhere = described(one.description)
    if not (HASH_KEY in values or elsewhere):
        return "foreign"
    pairs = one.pairs if HASH_KEY in values else (*one.pairs, (HASH_KEY, elsewhere))
    if one.namespace != CLIENT_NAMESPACE:
        whole = (*pairs, (MARK_KEY, note), *signed_namespace(one.namespace))
        return _marked(own, note, note) if note and keys.verify(whole) else "foreign"
    if MARK_KEY in values:
        return _marked(own, values[MARK_KEY], note) if keys.verify(pairs) else "edited"
    if note and keys.verify((*pairs, (MARK_KEY, note))):
        return _marked(own, note, note)
    if HASH_KEY in values and keys.verify(pairs):
        earlier = any(name.startswith(_EARLIER_ACQUISITION) for name in values)
        return "acquisition" if earlier else "names"
    pasted = any(keys.verify((*pairs, (MARK_KEY, each))) for each in own)
    return "copied" if pasted else "edited"


def _marked(own: Mapping[str, Part], signed: str, note: str) -> Origin:
    """Of a set that verifies: what it was signed for, and what its description says."""
    return own[note] if signed == note and note in own else "copied"
