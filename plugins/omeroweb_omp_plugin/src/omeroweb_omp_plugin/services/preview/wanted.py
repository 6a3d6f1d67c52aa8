"""What the images of a preview are to have: from their names to pairs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from omero_plugin_common import permissions
from omero_plugin_common.errors import BadRequest
from omeroweb_omp_plugin import parsing
from omeroweb_omp_plugin.parsing import ParsedName, Parser, ParserSettings
from omeroweb_omp_plugin.planning import wanted_pairs
from omeroweb_omp_plugin.planning.pairs import RESERVED, Pairs
from omeroweb_omp_plugin.services.known_values import known_pairs
from omeroweb_omp_plugin.services.last_used import LastUsed
from omeroweb_omp_plugin.services.plate_targets import (
    NOWHERE,
    Places,
    find_places,
)
from omeroweb_omp_plugin.services.site_rules import site_rules
from omeroweb_omp_plugin.store.previews import Overrides, Preview
from omeroweb_omp_plugin.store.selections import Image, Selection

_PLACES: Final = LastUsed[UUID, Places](4)
# An image, what its name says, and the pairs that it is to have.
Wanted = tuple[Image, ParsedName, Pairs]


def parser_for(settings: ParserSettings) -> Parser:
    """The parser of a preview.

    Raises:
        BadRequest: the pattern is refused; the message shows where and why.
    """
    check_keys([*settings.names, *itertools.chain.from_iterable(settings.shape_names)])
    try:
        return parsing.compile_parser(settings, site_rules())
    except parsing.PatternRefused as error:
        raise BadRequest(str(error), code="pattern_refused") from None


def check_keys(keys: Iterable[str]) -> None:
    """Whether pairs can have these keys.

    Raises:
        BadRequest: one of them is reserved.
    """
    if taken := RESERVED & set(keys):
        raise BadRequest(f"No key can be called {', '.join(sorted(taken))}")


def wanted_of(
    parser: Parser,
    images: Iterable[Image],
    overrides: Overrides,
    constants: Pairs = (),
    known: Mapping[int, Pairs] | None = None,
) -> Iterator[Wanted]:
    """What each image is to have: the one way from a name to pairs, for preview and jobs."""
    some = list(images)
    # All names at once, which is several times as fast as one by one.
    for image, read in zip(some, parser.parse_all([each.name for each in some]), strict=True):
        own = known.get(image.id, ()) if known else ()
        yield image, read, wanted_pairs(read.pairs, overrides.get(image.id), constants, own)


def pairs_in(preview: Preview, selection: Selection, images: Sequence[Image]) -> Iterator[Wanted]:
    """What images of a preview are to have."""
    known = known_pairs(selection, preview.outputs.also)
    parser = parser_for(preview.settings)
    return wanted_of(parser, images, preview.overrides, preview.constants, known)


def places_of(preview: Preview, selection: Selection) -> Places:
    """The wells or plates that pairs are written to; none when they go to the images."""
    target, skipped = preview.outputs.target, set(preview.skipped)
    if target == "images":
        return NOWHERE
    written = [one for at, one in enumerate(selection.images) if at not in skipped]
    return _PLACES.get(
        preview.id,
        lambda: find_places(
            selection,
            target,
            ((image.id, wanted) for image, _, wanted in pairs_in(preview, selection, written)),
        ),
    )


def complaints(image: Image, read: ParsedName, overrides: Overrides) -> tuple[str, ...]:
    """What does not fit in a name; nothing once the user has looked at it and given values."""
    return () if image.id in overrides else read.warnings


def outside(wanted: Pairs) -> tuple[str, ...]:
    """Values that the site does not list for their key, in words."""
    if not (listed := site_rules().listed):
        return ()
    lists = dict(listed)
    return tuple(
        f"“{value}” is not one of this site's values for “{key}”."
        for key, value in wanted
        if key in lists and value not in lists[key]
    )


def barred_from(access: permissions.Access | None, kind: str = "image") -> str:
    """Why a user may not write to an image, a well or a plate; empty for one that is open."""
    if access is None:
        return f"This {kind.lower()} no longer exists, or you may no longer see it"
    return "" if access.allows("annotate") else f"You may not annotate this {kind.lower()}"
