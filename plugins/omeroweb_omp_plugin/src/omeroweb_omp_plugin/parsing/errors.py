"""What the parser refuses, told so that a person can put it right."""

from __future__ import annotations

from pathlib import Path


class PatternRefused(ValueError):
    """A pattern that cannot be used.

    Attributes:
        message: what is wrong and what to do, one sentence or two.
        pattern: the pattern.
        position: index of the character at fault, from 0.
    """

    def __init__(self, message: str, pattern: str, position: int) -> None:
        super().__init__(message, pattern, position)
        self.message = message
        self.pattern = pattern
        self.position = position

    def __str__(self) -> str:
        """The message, and below it the pattern with a mark under the place."""
        shown = "".join(sign if sign.isprintable() else " " for sign in self.pattern)
        return f"{self.message}\n    {shown}\n    {' ' * self.position}^"


class RulesInvalid(ValueError):
    """A rule file with a mistake: the message names file, entry and field."""

    def __init__(self, file: Path, where: str, problem: str) -> None:
        super().__init__(f"{file}: {where}: {problem}")
