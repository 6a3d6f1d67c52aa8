"""Results as lines that a person reads."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from omeroweb_admin_tools.doctor.model import Outcome, Result, totals

_SHOWN: Final = {
    Outcome.OK: "ok",
    Outcome.WARNING: "WARNING",
    Outcome.FAILED: "FAILED",
    Outcome.SKIPPED: "skipped",
}
_WIDTH: Final = 110
_BEFORE_WORDS: Final = 9 + 22 + 9


def lines(result: Result) -> Iterator[str]:
    """The lines of one result: outcome, name, seconds, words; below them what to do."""
    found = result.found
    first = f"{_SHOWN[found.outcome]:<9}{result.check.name:<22}{result.seconds:>6.2f} s "
    yield from _wrapped(first, found.words)
    if found.advice:
        yield from _wrapped(" " * (_BEFORE_WORDS - 3) + "-> ", found.advice)


def summary(results: Sequence[Result], seconds: float) -> str:
    """One line at the end."""
    counts = ", ".join(f"{number} {name}" for name, number in totals(results).items() if number)
    return f"{len(results)} checks in {seconds:.1f} s: {counts}"


def _wrapped(first: str, text: str) -> list[str]:
    return textwrap.wrap(
        _printable(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
        break_long_words=False,
    ) or [first]


def _printable(text: str) -> str:
    """A server may send characters that change a terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)
