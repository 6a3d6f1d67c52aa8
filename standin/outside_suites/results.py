"""What a run of pytest came to, read from the JUnit file that it writes."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

from outside_suites.suites import Suite


@dataclass
class Result:
    """The outcome of one suite.

    Attributes:
        suite: which one.
        passed: tests that passed.
        failed: tests that failed.
        errors: tests whose set-up or tear-down failed.
        skipped: tests that did not run by their own choice (skip, expected failure); they do not
            count in the total.
        failures: name of a test → the last line of what it said, and its trace.
        problem: why the suite has no result, or only a part of one; empty when it has.
        unavailable: its sources cannot be had on this machine, so nothing is said about its goal.
    """

    suite: Suite
    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    failures: dict[str, tuple[str, str]] = field(default_factory=dict)
    problem: str = ""
    unavailable: bool = False

    @property
    def total(self) -> int:
        """The tests that ran."""
        return self.passed + self.failed + self.errors

    @property
    def percent(self) -> float:
        """How many of them passed; 0 when none ran."""
        return 100 * self.passed / self.total if self.total else 0.0

    @property
    def reached(self) -> bool:
        """Whether the suite's goal is reached: all of it ran, and enough passed."""
        return not self.problem and self.total > 0 and self.percent >= self.suite.goal


def read(suite: Suite, junit: Path) -> Result:
    """Count what a JUnit file tells.

    A test that passes and whose tear-down fails has two entries there; it is one error.

    Raises:
        ValueError: the file is not there or not whole.
    """
    result = Result(suite)
    try:
        cases = ElementTree.parse(junit).getroot().iter("testcase")  # noqa: S314 - our own pytest's
        worst: dict[str, tuple[str, str]] = {}
        for case in cases:
            name = f"{case.get('classname', '')}::{case.get('name', '')}"
            kind, text = _outcome(case)
            order = ("passed", "skipped", "failed", "errors")
            before = worst.get(name)
            if before is None or order.index(kind) > order.index(before[0]):
                worst[name] = (kind, text)
    except (OSError, ElementTree.ParseError) as error:
        raise ValueError(f"pytest wrote no result: {error}") from error
    for name, (kind, text) in worst.items():
        setattr(result, kind, getattr(result, kind) + 1)
        if kind in ("failed", "errors"):
            result.failures[name] = (reason(text), text)
    return result


def _outcome(case: ElementTree.Element) -> tuple[str, str]:
    for tag, kind in (("error", "errors"), ("failure", "failed"), ("skipped", "skipped")):
        found = case.find(tag)
        if found is not None:
            return kind, found.text or found.get("message") or ""
    return "passed", ""


def reason(trace: str) -> str:
    """The line of a trace that says what was wrong.

    Pytest marks these lines with an `E`. Of exceptions that led to others the last one counts: the
    one that the test met.
    """
    blocks: list[list[str]] = [[]]
    for line in trace.splitlines():
        if line.startswith("E "):
            blocks[-1].append(line[1:].strip())
        elif blocks[-1]:
            blocks.append([])
    lines = [line for block in blocks for line in block]
    # An Ice exception is many lines, of which the message is one.
    told = [line for line in lines if line.startswith("message = ")]
    if told and told[-1] != "message =":
        kinds = [line for line in lines if "exception ::" in line]
        kind = kinds[-1].rpartition("::")[2].split()[0] + ": " if kinds else ""
        return kind + told[-1].removeprefix("message = ")
    first = next((line for block in reversed(blocks) for line in block if line), "")
    return first or next((line for line in reversed(trace.splitlines()) if line.strip()), "")
