"""What was found in a spectrum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Confidence = Literal["file", "high", "medium"]

WORDS: Final[dict[Confidence, str]] = {
    "file": "named by the file",
    "high": "several lines of the element are there",
    "medium": "one line of the element is there, and no other element fits",
}


@dataclass(frozen=True, slots=True)
class Named:
    """A peak, and the element that it comes from.

    Attributes:
        symbol: of the element.
        line: such as `Kα`; empty when the file's label is at none of the element's lines.
        kev: where the peak is; for a label of the file, where the file puts it.
        confidence: how sure it is; `WORDS` for people.
    """

    symbol: str
    line: str
    kev: float
    confidence: Confidence

    @property
    def text(self) -> str:
        """Such as `Fe Kα`."""
        return f"{self.symbol} {self.line}".strip()


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A peak that no single element explains.

    Attributes:
        kev: where it is.
        perhaps: lines that would fit, such as `S Kα`; none when nothing does.
    """

    kev: float
    perhaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identification:
    """What a spectrum shows.

    Attributes:
        named: by energy.
        unnamed: by energy.
        method: how peaks were named, with tolerance and source, for people; or why none was.
    """

    named: tuple[Named, ...]
    unnamed: tuple[Unnamed, ...]
    method: str

    @property
    def elements(self) -> tuple[str, ...]:
        """The elements, in the order of their first lines."""
        return tuple(dict.fromkeys(each.symbol for each in self.named))
