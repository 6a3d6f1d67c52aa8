"""Names of files that are offered."""

from __future__ import annotations

import unicodedata
from typing import Final
from urllib.parse import quote

SUFFIX: Final = ".ims"
# Bytes of a file's name on all systems, without the suffix and what a browser adds to it.
_LONGEST: Final = 200
# What Windows does not accept in a name.
_NOT_IN_A_NAME: Final = frozenset('<>:"/\\|?*')
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)}
)
# Of a name in bytes, RFC 5987.
_PLAIN: Final = "!#$&+-.^_`|~"


def file_name(image_id: int, image_name: str) -> str:
    """The name of an image's file: the image's own, as all systems accept it.

    Args:
        image_id: it is in the name where nothing else is left.
        image_name: any text.
    """
    kept = "".join(_kept(letter) for letter in unicodedata.normalize("NFC", image_name))
    name = " ".join(kept.split()).strip(" .")
    if name.lower().endswith(SUFFIX):
        name = name[: -len(SUFFIX)].rstrip(" .")
    name = name.encode()[:_LONGEST].decode(errors="ignore").rstrip(" .")
    if not name.strip("_ .-"):
        return f"image-{image_id}{SUFFIX}"
    if name.partition(".")[0].rstrip().lower() in _DEVICES:
        name = f"image-{image_id} {name}"
    return f"{name}{SUFFIX}"


def content_disposition(name: str) -> str:
    """The header that makes a browser save a file under a name of any alphabet (RFC 6266).

    Args:
        name: of the file, as `file_name` makes it.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip()
    if not plain.removesuffix(SUFFIX).strip("_ .-"):
        plain = f"image{SUFFIX}"
    plain = plain.replace("%", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_PLAIN)}"


def _kept(letter: str) -> str:
    """A letter as names of files may have it."""
    category = unicodedata.category(letter)
    if letter in _NOT_IN_A_NAME:
        return "_"
    if category in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    # Halves of letters, letters of nobody, and signs that turn the direction of a text.
    return "" if category.startswith("C") else letter
