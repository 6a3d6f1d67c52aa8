"""The shapes of a selection's names: how many have each, an example, and what its pieces are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from omeroweb_omp_plugin.parsing import ParsedName, Parser, ParserSettings
from omeroweb_omp_plugin.placeholders import is_placeholder

_NONE: Final = -1


class Shapes:
    """Counts names by shape, and keeps the first of each as its example."""

    def __init__(self, settings: ParserSettings) -> None:
        self._known = bool(settings.groups)
        self._counts: Counter[int] = Counter()
        self._examples: dict[int, str] = {}

    def count(self, read: ParsedName) -> None:
        """Take one name that was read."""
        # Where no shapes are known, what does not fit has none.
        shape = read.group if self._known or not read.warnings else _NONE
        self._counts[shape] += 1
        self._examples.setdefault(shape, read.name)

    def told(self, parser: Parser, settings: ParserSettings) -> list[Shape]:
        """The shapes that names have, the commonest first.

        Args:
            parser: that read the names.
            settings: that it was made from.
        """
        main = {key.name for key in settings.groups[0].keys} if settings.groups else set()
        found = {place: self._counts[place] for place in sorted(self._counts) if place >= 0}
        examples = self._examples
        if not found and _NONE in examples:
            # One that does not fit shows what is missing.
            found, examples = {0: 0}, {0: examples[_NONE]}
        return [
            Shape(
                place,
                names,
                examples[place],
                [*_pieces(parser, settings, place, examples[place], main)],
            )
            for place, names in found.items()
        ]


@dataclass(frozen=True, slots=True)
class Shape:
    """Names of one shape, as the page gets it.

    Attributes:
        place: among the shapes that were found; 0 is the one that `names` of the settings are for.
        names: how many have it; 0 when no name fits and the example shows what is missing.
        example: one of them.
        pieces: `{"start", "end", "key", "own"}` of each value of the example, in code points;
            `start` is -1 for a value that the example has not, `key` is empty when nobody has named
            it, `own` is false when the first shape has the same key.
    """

    place: int
    names: int
    example: str
    pieces: list[dict[str, Any]]


def _pieces(
    parser: Parser, settings: ParserSettings, place: int, example: str, main: set[str]
) -> Iterable[dict[str, Any]]:
    keys = settings.groups[place].keys if 0 < place < len(settings.groups) else ()
    for n, piece in enumerate(parser.pieces(example)):
        yield {
            "start": piece.start,
            "end": piece.end,
            "key": "" if is_placeholder(piece.key) else piece.key,
            "own": n >= len(keys) or keys[n].name not in main,
        }
