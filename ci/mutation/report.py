"""What a run found, for a person and for the next run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mutation.mutant import Mutant


@dataclass
class Result:
    """What one family of modules came to.

    Attributes:
        family: its name.
        all: how many mutants it has.
        tried: how many of them were tried.
        seconds: how long that took.
        survivors: those that no test noticed, each with the reason.
    """

    family: str
    all: int
    tried: int = 0
    seconds: float = 0.0
    survivors: list[tuple[Mutant, str]] = field(default_factory=list)

    @property
    def percent(self) -> float:
        """How many of those tried survived."""
        return 100 * len(self.survivors) / self.tried if self.tried else 0.0


def table(results: Sequence[Result]) -> str:
    """One line for each family, as Markdown."""
    lines = [
        "| family | mutants | tried | survived | percent | minutes |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.family} | {one.all} | {one.tried} | {len(one.survivors)} | {one.percent:.1f} | "
        f"{one.seconds / 60:.1f} |"
        for one in results
    ]
    return "\n".join(lines)


def write(folder: Path, title: str, results: Sequence[Result]) -> Path:
    """Write `report.md` and what `--survivors` reads.

    Args:
        folder: where both go.
        title: how the run was asked for.
        results: what it found.

    Returns:
        The path of the report.
    """
    parts = ["# Mutants that no test notices", title, table(results)]
    for one in results:
        for mutant, why in one.survivors:
            parts.append(f"`{mutant.path}:{mutant.line}` ({one.family}): {why}")
            parts.append(f"```diff\n{mutant.diff}\n```")
    report = folder / "report.md"
    report.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    keys = [mutant.key for one in results for mutant, _ in one.survivors]
    (folder / "survivors.json").write_text(json.dumps(keys, indent=1), encoding="utf-8")
    return report


def last_survivors(folder: Path) -> set[tuple[str, str]]:
    """The names of the mutants that survived the last run."""
    file = folder / "survivors.json"
    if not file.is_file():
        return set()
    return {(path, diff) for path, diff in json.loads(file.read_text(encoding="utf-8"))}
