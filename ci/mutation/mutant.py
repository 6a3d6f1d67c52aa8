"""One small change of a source file that some test should notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A changed file.

    Attributes:
        family: the group of modules that the file belongs to.
        path: the file, from the root of the repository.
        line: where the change begins, from 1.
        lines: the first and last line of the statement around it; the tests that run one of them
            are the ones that can notice the change.
        text: the whole changed file.
        removed: the lines that differ, before, without the space around them.
        added: and after.
    """

    family: str
    path: str
    line: int
    lines: tuple[int, int]
    text: str
    removed: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def diff(self) -> str:
        """What is changed, as `diff` shows it."""
        return "\n".join(
            [*(f"- {one}" for one in self.removed), *(f"+ {one}" for one in self.added)]
        )

    @property
    def key(self) -> tuple[str, str]:
        """What names it, also when lines above it come and go."""
        return self.path, self.diff


def between(family: str, path: str, old: str, new: str, lines: tuple[int, int] | None) -> Mutant:
    """The mutant that leads from one text of a file to another.

    Args:
        family: the group of modules that the file belongs to.
        path: the file, from the root of the repository.
        old: its text.
        new: its changed text.
        lines: first and last line of the statement; those of the change when None.
    """
    before, after = old.splitlines(), new.splitlines()
    first = _alike(before, after)
    behind = _alike(before[first:][::-1], after[first:][::-1])
    removed = tuple(one.strip() for one in before[first : len(before) - behind])
    added = tuple(one.strip() for one in after[first : len(after) - behind])
    around = lines or (first + 1, len(before) - behind)
    return Mutant(family, path, first + 1, around, new, removed, added)


def _alike(some: list[str], others: list[str]) -> int:
    """How many lines at the beginning of both are the same."""
    pairs = enumerate(zip(some, others, strict=False))
    return next(
        (number for number, (one, other) in pairs if one != other), min(len(some), len(others))
    )
