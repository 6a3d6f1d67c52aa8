"""Short stable digests of plain data."""

import hashlib
import json
from typing import Any


def digest(data: Any, length: int = 16) -> str:
    """A digest that depends on content alone, not on the order of keys.

    Args:
        data: JSON-like data.
        length: Number of hexadecimal digits.

    Returns:
        The first digits of its SHA-256.
    """
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:length]
