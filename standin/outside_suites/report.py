"""The table that a person reads, and the report with the reason of each failure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from outside_suites.results import Result


def table(results: Sequence[Result]) -> str:
    """One line for each suite."""
    lines = [
        f"{'suite':<26} {'passed':>7} {'failed':>7} {'errors':>7} {'of':>5} {'goal':>6}  reached"
    ]
    for each in results:
        if each.unavailable:
            lines.append(f"{each.suite.name:<26} unavailable on this machine: {each.problem}")
            continue
        if each.problem and not each.total:
            lines.append(f"{each.suite.name:<26} did not run: {each.problem}")
            continue
        counts = f"{each.passed:>7} {each.failed:>7} {each.errors:>7} {each.total:>5}"
        word = "yes" if each.reached else f"no ({each.percent:.0f} %)"
        word += f"; {each.problem}" if each.problem else ""
        lines.append(f"{each.suite.name:<26} {counts} {each.suite.goal:>4} %  {word}")
    return "\n".join(lines)


def verdict(results: Sequence[Result]) -> str:
    """The last line: how many suites reached their goals, and which could not run here."""
    ran = [each for each in results if not each.unavailable]
    reached = sum(each.reached for each in ran)
    line = f"{reached} of {len(ran)} suites reached their goals"
    if missing := [each.suite.name for each in results if each.unavailable]:
        line += f"; unavailable on this machine: {', '.join(missing)}"
    return line


def reasons(results: Sequence[Result]) -> str:
    """The whole report: the table, and for each suite its failures by reason, then their traces."""
    parts = ["# Outside suites against the stand-in", "", "```", table(results), "```", ""]
    for each in results:
        parts += [f"## {each.suite.name}", ""]
        parts += [f"{each.suite.repository} at {each.suite.revision}", ""]
        if each.problem:
            parts += [each.problem, ""]
        parts += _by_reason(each)
        parts += _traces(each)
    return "\n".join(parts) + "\n"


def _by_reason(result: Result) -> list[str]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name, (why, _) in result.failures.items():
        groups[why].append(name)
    lines = []
    for why, names in sorted(groups.items(), key=lambda entry: -len(entry[1])):
        lines += [f"- {len(names)} of: {why}", *(f"  - {name}" for name in names)]
    return [*lines, ""] if lines else []


def _traces(result: Result) -> list[str]:
    lines = []
    for name, (_, trace) in result.failures.items():
        lines += [f"### {name}", "", "```", trace.rstrip(), "```", ""]
    return lines
