"""Arguments of Java in a file: everybody on a machine can read those of a command.

The form is that of the launcher's `@argfiles` (JDK 9 and later).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

_ESCAPED: Final = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f"}
)


def write(file: Path, words: Sequence[str]) -> str:
    """Write a file of arguments that only this user can read; the argument that names it."""
    file.touch(mode=0o600)
    lines = (f'"{word.translate(_ESCAPED)}"\n' for word in words)
    file.write_text("".join(lines), encoding="utf-8", errors="surrogateescape", newline="\n")
    return f"@{file}"
