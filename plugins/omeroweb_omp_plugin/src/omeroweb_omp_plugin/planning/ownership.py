"""How the plugin knows the sets of pairs that it wrote.

Each set carries a keyed hash, `omp_hash`, over its pairs and over a mark: the image, well or plate
that it was written for, and what the values came from. Who changes a value by hand makes the set
their own; a set that was copied to another image has a hash that is wrong there.

The mark is the annotation's description. It is not a pair, so it does not appear among the values
of an image, in filters and searches. An edit in OMERO.web keeps the description; a copy through the
clipboard loses it, so a set that was pasted to the same image is no longer the plugin's. The hash
is the last pair, or it stands behind the mark in the description if the site wants that.

Two earlier forms are recognised: sets with the mark in a pair `omp_image`, and those of the Docker
edition of the platform, which have a hash and no mark.

Format of the hash, `omphash_v1`: HMAC-SHA256 (RFC 2104) over canonical JSON, compatible with
annotations of the Docker edition. The mark is hashed as if it were the pair `omp_image`, and a
namespace that the user chose as if it were `omp_namespace`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from omeroweb_omp_plugin.planning.existing import CLIENT_NAMESPACE, Kind
from omeroweb_omp_plugin.planning.pairs import HASH_KEY, MARK_KEY, NAMESPACE_KEY, Pairs, visible

PREFIX: Final = "omphash_v1:"
# A mark, and behind it the hash where the site keeps it there.
_DESCRIPTION: Final = re.compile(
    r"((?:Image|Well|Plate):\d+ (?:names|acquisition))(?: (omphash_v1:\S+))?"
)
_PLUGIN: Final = "omeroweb_omp_plugin"
_VERSION: Final = "1"

Part = Literal["names", "acquisition"]
Place = Literal["pair", "description"]


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of a site, the newest first: it signs, all of them verify.

    Attributes:
        secrets: at least one; not shown when the object is printed.
        place: where the hash of a new set is written; both places are read.
    """

    secrets: tuple[str, ...] = field(repr=False)
    place: Place = "pair"

    def __post_init__(self) -> None:
        """Refuse to work without a secret.

        Raises:
            ValueError: there is none, or an empty one.
        """
        if not self.secrets or not all(self.secrets):
            raise ValueError("a site needs a secret to sign what it writes")

    def sign(self, pairs: Iterable[tuple[str, str | None]]) -> str:
        """The value of `omp_hash` for these pairs, by the newest secret."""
        return _hash(self.secrets[0], pairs)

    def verify(self, pairs: Sequence[tuple[str, str | None]]) -> bool:
        """Whether these pairs, with their `omp_hash`, are as one of the secrets signed them.

        A set in which a name comes twice was edited: the plugin writes distinct names, and the hash
        alone would not see a pair that hides behind another of the same name.
        """
        names = [name for name, _ in pairs]
        claimed = dict(pairs).get(HASH_KEY)
        if len(set(names)) != len(names) or not claimed or not claimed.startswith(PREFIX):
            return False
        given = claimed.encode("utf-8", "replace")
        return any(hmac.compare_digest(_hash(key, pairs).encode(), given) for key in self.secrets)


@dataclass(frozen=True, slots=True)
class Signed:
    """A set as it is written to an image.

    Attributes:
        pairs: names and values.
        description: of the annotation.
        namespace: of the annotation.
    """

    pairs: Pairs
    description: str
    namespace: str = CLIENT_NAMESPACE


def signed(
    pairs: Pairs,
    image: int,
    part: Part,
    keys: Keys,
    namespace: str = CLIENT_NAMESPACE,
    kind: Kind = "Image",
) -> Signed:
    """Pairs as they are written to an image, a well or a plate.

    Args:
        pairs: names and values.
        image: its id.
        part: what the values come from.
        keys: the site's secrets.
        namespace: of the annotation.
        kind: what the id is of.
    """
    bare, note = visible(pairs), mark(image, part, kind)
    digest = keys.sign((*bare, (MARK_KEY, note), *signed_namespace(namespace)))
    if keys.place == "description":
        return Signed(bare, f"{note} {digest}", namespace)
    return Signed((*bare, (HASH_KEY, digest)), note, namespace)


def signed_namespace(namespace: str) -> Pairs:
    """What is hashed besides for a set in another namespace than that of OMERO.web's clients.

    A copy of the set in any other namespace is not the plugin's.
    """
    return () if namespace == CLIENT_NAMESPACE else ((NAMESPACE_KEY, namespace),)


def mark(image: int, part: Part, kind: Kind = "Image") -> str:
    """For which image, well or plate a set was written, and from what."""
    return f"{kind}:{image} {part}"


def described(description: str) -> tuple[str, str]:
    """The mark and the hash in a description; empty where it has none."""
    found = _DESCRIPTION.fullmatch(description)
    return (found[1], found[2] or "") if found else ("", "")


def _hash(secret: str, pairs: Iterable[tuple[str, str | None]]) -> str:
    data = {str(name): value or "" for name, value in pairs if name != HASH_KEY}
    payload = json.dumps(
        {"data": data, "plugin": _PLUGIN, "version": _VERSION},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    # OMERO's texts are UTF-8; a lone half of a character could only come from a faulty client.
    message = payload.encode("utf-8", "replace")
    return PREFIX + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
