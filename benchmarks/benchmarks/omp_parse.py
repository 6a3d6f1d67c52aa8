"""The parser of the OMP plugin against Python's `re.split`, on the same names in one run.

Time is processor time of this process, so that others on the machine are not counted, and the
ways are taken in turn, so that a slow minute is slow for all of them.
"""

from __future__ import annotations

import collections
import gc
import re
import time
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks import omp_parse_names
from benchmarks.samples import percentile
from omero_ci.console import step
from omeroweb_omp_plugin import parsing

COUNT: Final = 100_000
SEED: Final = 20260501
_PATTERN: Final = "_-"
_NAMES_PER_SECOND: Final = "names/s"
VERSIONS: Final = ("omeroweb-omp-plugin", "google-re2")
HEADER: Final = (
    f"{'names/s, one core':<46} {'n':>3} {'p50':>10} {'p5':>10} {'goal':>9}  met  of re.split"
)


@dataclass(frozen=True)
class Rate:
    """How fast one way is.

    Attributes:
        name: short name for programs.
        text: what it is, for people.
        goal: what 95 of 100 samples should reach; 0 for the measure itself.
        unit: of goal and samples.
        samples: in the order in which they were taken.
        ratio: the median against that of `re.split`.
    """

    name: str
    text: str
    goal: float
    unit: str
    samples: Sequence[float]
    ratio: float | None = None

    def line(self) -> str:
        """One line of the table."""
        middle, low = percentile(self.samples, 50), percentile(self.samples, 5)
        if self.unit != _NAMES_PER_SECOND:
            met = "yes" if middle <= self.goal else "NO"
            return (
                f"{self.text:<46} {len(self.samples):>3} {middle:>10,.0f} {'':>10} "
                f"{self.goal:>9,.0f}  {met}"
            )
        met = "" if not self.goal else "yes" if low >= self.goal else "NO"
        goal = f"{self.goal:,.0f}" if self.goal else ""
        return (
            f"{self.text:<46} {len(self.samples):>3} {middle:>10,.0f} {low:>10,.0f} {goal:>9}  "
            f"{met:<3}  {self.ratio:.2f}"
        )

    def plain(self) -> dict[str, Any]:
        """The figure as JSON data, every sample included."""
        return {
            "name": self.name,
            "text": self.text,
            "unit": self.unit,
            "goal": self.goal,
            "p5": percentile(self.samples, 5),
            "p50": percentile(self.samples, 50),
            "p95": percentile(self.samples, 95),
            "ratio_to_re_split": self.ratio,
            "samples": list(self.samples),
        }


def measure(samples: int) -> list[Rate]:
    """Take all figures.

    Args:
        samples: how many of each.
    """
    with step(f"{COUNT} names from seed {SEED}"):
        names = omp_parse_names.names(COUNT, SEED)
    ways = {
        "re_split": _re_split,
        "separators": _separators,
        "detection": _detection,
        "expression": _expression,
    }
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(samples):
        with step(f"each way once, {number + 1} of {samples}"):
            for way, run in ways.items():
                taken[way].append(len(names) / _seconds(run, names))
    with step("memory"):
        memory = _bytes_per_name(names)
    measure_ = percentile(taken["re_split"], 50)

    def rate(way: str, text: str, goal: float) -> Rate:
        ratio = percentile(taken[way], 50) / measure_
        return Rate(way, text, goal, _NAMES_PER_SECOND, taken[way], ratio)

    return [
        rate("re_split", "re.split alone, for comparison", 0),
        rate("separators", "words, types, pairs: separators", 300_000),
        rate("detection", "the same, separators detected first", 100_000),
        rate("expression", "the same, a user's expression on RE2", 0),
        Rate("memory", "bytes per name above the names, detecting too", 200, "bytes", [memory]),
    ]


def _seconds(run: Callable[[list[str]], Iterable[object]], names: list[str]) -> float:
    gc.collect()
    began = time.process_time()
    collections.deque(run(names), maxlen=0)
    return time.process_time() - began


def _re_split(names: list[str]) -> Iterable[object]:
    return map(re.compile("[_-]+").split, names)


def _separators(names: list[str]) -> Iterable[object]:
    settings = parsing.ParserSettings("separators", _PATTERN)
    return parsing.compile_parser(settings).parse_all(names)


def _detection(names: list[str]) -> Iterable[object]:
    detected = parsing.detect(names)
    if set(detected.separators) != set(_PATTERN):
        raise RuntimeError(f"detected {detected.separators}, so the figure means nothing")
    return parsing.compile_parser(parsing.settings_from(detected)).parse_all(names)


def _expression(names: list[str]) -> Iterable[object]:
    pattern = r"(?P<Cell>\w+?)_(?P<Treatment>[^-]+)-(?P<Dose>[^-]+)-.*_(?P<Well>[A-H]\d\d)_"
    return parsing.compile_parser(parsing.ParserSettings("regex", pattern)).parse_all(names)


def _bytes_per_name(names: list[str]) -> float:
    """The most that detecting and parsing hold at once, beyond the names themselves."""
    gc.collect()
    tracemalloc.start()
    collections.deque(_detection(names), maxlen=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / len(names)
