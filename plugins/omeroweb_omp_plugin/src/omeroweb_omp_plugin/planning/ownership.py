"""How the plugin knows the sets of pairs that it wrote.

Each set has a pair `omp_hash` with a keyed hash of all its other pairs: who changes a value by hand
makes the set their own. One of those other pairs, `omp_image`, names the image and what the values
came from. So a set that was copied to another image names the wrong image there, and one from which
that pair was taken has a wrong hash.

The mark is a pair because pairs are what every client copies, exports and shows. Were it a
description or a namespace alone, a copy through the clipboard would lose it, and look like a set of
an earlier edition of the plugin, which had hashes but no marks. It stands in the annotation's
description as well, just because the clipboard loses that: a set pasted to the same image has the
right pair and no description. An edit in OMERO.web keeps the description.

Format of the hash, `omphash_v1`: HMAC-SHA256 (RFC 2104) over canonical JSON, compatible with
annotations of the Docker edition of the platform.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from omeroweb_omp_plugin.planning.pairs import HASH_KEY, MARK_KEY, Pairs, visible

PREFIX: Final = "omphash_v1:"
_PLUGIN: Final = "omeroweb_omp_plugin"
_VERSION: Final = "1"

Part = Literal["names", "acquisition"]


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of a site, the newest first: it signs, all of them verify.

    Attributes:
        secrets: at least one; not shown when the object is printed.
    """

    secrets: tuple[str, ...] = field(repr=False)

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


def signed(pairs: Pairs, image: int, part: Part, keys: Keys) -> Pairs:
    """Pairs as they are written to an image: with the mark and the hash.

    Args:
        pairs: names and values.
        image: id of the image.
        part: what the values come from.
        keys: the site's secrets.
    """
    marked = (*visible(pairs), (MARK_KEY, mark(image, part)))
    return (*marked, (HASH_KEY, keys.sign(marked)))


def mark(image: int, part: Part) -> str:
    """The value of `omp_image`: for which image a set was written, and from what."""
    return f"Image:{image} {part}"


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
