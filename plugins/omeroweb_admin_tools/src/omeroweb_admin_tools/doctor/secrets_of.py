"""What must not be in a report: the passwords and keys that this process was given as files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote

from omero_plugin_common.session_ids import without_session_ids

Hider = Callable[[str], str]
_NAMES: Final = re.compile(r".*(PASS|PASSWORD|SECRET|SECRET_KEY|KEYS|TOKEN)_FILE")
# A shorter line is no password, and hiding it would make holes in words.
_SHORTEST: Final = 6
HIDDEN: Final = "…"


def hider() -> Hider:
    """A function that hides all secrets of this process in a text, and the ids of sessions.

    No check shows a secret. This is for the words of libraries, which may quote what was sent.
    """
    secrets = sorted(_secrets(), key=len, reverse=True)

    def hide(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, HIDDEN)
        return without_session_ids(text)

    return hide


def _secrets() -> set[str]:
    found: set[str] = set()
    for name, value in os.environ.items():
        if not _NAMES.fullmatch(name) or not value.strip():
            continue
        try:
            lines = Path(value.strip()).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        for line in lines:
            if len(line) >= _SHORTEST:
                # As it is, and as it is in an address.
                found |= {line, quote(line, safe="")}
    return found
