"""Files that a person names."""

from __future__ import annotations

import sys
from pathlib import Path

from kubectl_omero.errors import CommandError


def read(file: str) -> str:
    """The text of a file; of standard input for `-`.

    Raises:
        CommandError: It cannot be read as text.
    """
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{file}: {error}") from error
