"""Samples of one figure, and how they are told."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """What was measured.

    Attributes:
        name: Short name for programs.
        text: What it is, for people.
        goal: Seconds that the 95th percentile should stay below.
        seconds: The samples, in the order in which they were taken.
    """

    name: str
    text: str
    goal: float
    seconds: Sequence[float]

    def line(self) -> str:
        """One line of the table."""
        p50, p95 = percentile(self.seconds, 50), percentile(self.seconds, 95)
        good = "yes" if p95 <= self.goal else "NO"
        return (
            f"{self.text:<52} {len(self.seconds):>4} {p50:>8.3f} {p95:>8.3f} "
            f"{max(self.seconds):>8.3f} {self.goal:>7.1f}  {good}"
        )

    def plain(self) -> dict[str, Any]:
        """The figure as JSON data, every sample included."""
        return {
            "name": self.name,
            "text": self.text,
            "unit": "s",
            "goal_p95": self.goal,
            "p50": percentile(self.seconds, 50),
            "p95": percentile(self.seconds, 95),
            "max": max(self.seconds),
            "samples": list(self.seconds),
        }


HEADER = f"{'figure (seconds)':<52} {'n':>4} {'p50':>8} {'p95':>8} {'max':>8} {'goal':>7}  met"


def percentile(samples: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the smallest sample that `share` per cent do not exceed."""
    ranked = sorted(samples)
    return ranked[max(math.ceil(share / 100 * len(ranked)) - 1, 0)]


def machine(
    packages: Sequence[str] = ("kopf", "kubernetes", "omero-operator"),
) -> dict[str, Any]:
    """What the figures were taken on, with the versions of the packages that matter for them."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        "unknown",
    )
    return {
        "cores": os.cpu_count(),
        "processor": model,
        "memory_gib": round(memory / 1024**3, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }
