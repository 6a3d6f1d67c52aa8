"""Values as PostgreSQL can hold them."""

from __future__ import annotations

import json
from typing import Any, Final

TEXT_LIMIT: Final = 2000


def stored_text(text: object, limit: int = TEXT_LIMIT) -> str:
    """A text without what PostgreSQL refuses (NUL, halves of characters), cut at `limit`."""
    whole = str(text).replace("\0", "").encode(errors="replace").decode()
    return whole if len(whole) <= limit else f"{whole[: limit - 1]}…"


def stored_json(value: Any) -> str | None:
    """A value as JSON, its texts cleaned likewise; nothing stays nothing.

    Raises:
        TypeError, ValueError: JSON cannot hold it.
    """
    if value is None:
        return None
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # The encoder writes a NUL as this escape; one after a backslash is a text about it.
    parts = text.split("\\\\")
    clean = "\\\\".join(part.replace("\\u0000", "") for part in parts)
    return clean.encode(errors="replace").decode()
