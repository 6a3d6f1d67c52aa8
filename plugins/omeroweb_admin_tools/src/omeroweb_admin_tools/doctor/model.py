"""A check, what it found, and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a check ended; the worst comes last."""

    SKIPPED = "skipped"
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found.

    Attributes:
        outcome: how it ended.
        words: what was seen, of which object; no secret.
        advice: what to do; empty where there is nothing to do.
    """

    outcome: Outcome
    words: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is proven.

    Attributes:
        name: for programs, and to choose checks by; parts are separated by dots.
        proves: what is true when it is ok, in one sentence.
        seconds: after which it has failed.
        look: does it. An error that it raises is a failure.
    """

    name: str
    proves: str
    seconds: float
    look: Callable[[], Found]


@dataclass(frozen=True, slots=True)
class Result:
    """A check that has ended.

    Attributes:
        check: which one.
        found: what it found.
        seconds: that it took.
    """

    check: Check
    found: Found
    seconds: float

    def as_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "check": self.check.name,
            "proves": self.check.proves,
            "outcome": str(self.found.outcome),
            "words": self.found.words,
            "advice": self.found.advice,
            "seconds": round(self.seconds, 3),
        }


def ok(words: str) -> Found:
    """It is as it should be."""
    return Found(Outcome.OK, words)


def warning(words: str, advice: str) -> Found:
    """It works, and somebody should look at it."""
    return Found(Outcome.WARNING, words, advice)


def failed(words: str, advice: str = "") -> Found:
    """It does not work."""
    return Found(Outcome.FAILED, words, advice)


def skipped(words: str) -> Found:
    """It was not looked at, and why."""
    return Found(Outcome.SKIPPED, words)


def totals(results: Sequence[Result]) -> dict[str, int]:
    """How many checks ended in which way."""
    return {
        str(outcome): sum(1 for each in results if each.found.outcome is outcome)
        for outcome in reversed(Outcome)
    }
