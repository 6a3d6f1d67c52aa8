"""What is wrong with a file, and where."""

from __future__ import annotations


class EmsaError(ValueError):
    """A file that cannot be read as a spectrum.

    Args:
        line: number of the line, from 1.
        message: what is wrong with it.
    """

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}")
        self.line = line
