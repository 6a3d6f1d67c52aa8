"""Files that operating systems and programs leave in folders: they are not sent."""

from __future__ import annotations

import re
from typing import Final

_WINDOWS: Final = "Windows"
_MACOS: Final = "macOS"
_LINUX: Final = "a Linux desktop"
_PICASA: Final = "Picasa"
_BRIDGE: Final = "Adobe Bridge"
# Lower-case names of files → who writes them.
_FILES: Final = {
    **dict.fromkeys(
        (
            "thumbs.db", "desktop.ini", "ehthumbs.db", "ehthumbs_vista.db", "$recycle.bin",
            "ntuser.dat", "ntuser.dat.log", "ntuser.ini", "iconcache.db",
        ),
        _WINDOWS,
    ),
    **dict.fromkeys(
        (
            ".ds_store", ".apdisk", ".volumeicon.icns", ".fseventsd", ".spotlight-v100",
            ".temporaryitems", ".trashes",
        ),
        _MACOS,
    ),
    **dict.fromkeys((".directory", ".trash-1000"), _LINUX),
    **dict.fromkeys((".picasa.ini", ".picasaoriginals"), _PICASA),
    **dict.fromkeys((".bridgecache", ".bridgecachet", ".bridgesort", ".adobe"), _BRIDGE),
}  # fmt: skip
# Lower-case names of folders whose whole content is skipped.
_FOLDERS: Final = {
    "lost+found": "a check of the file system",
    "$recycle.bin": "the recycle bin of Windows",
    "system volume information": _WINDOWS,
    ".trashes": "the trash of macOS",
    ".spotlight-v100": _MACOS,
    ".fseventsd": _MACOS,
    ".temporaryitems": _MACOS,
}
# https://specifications.freedesktop.org/trash-spec/: `$uid` behind it.
_LINUX_TRASH: Final = re.compile(r"\.trash-\d+")
# What macOS writes beside each file on a disk that cannot store its attributes: `._a.tif`.
_APPLE_DOUBLE: Final = "._"


def reason(path: str) -> str:
    """Why a file is not sent; empty for one that is.

    Args:
        path: relative, with `/`.
    """
    *folders, name = path.split("/")
    for folder in map(str.lower, folders):
        if folder in _FOLDERS:
            return f"left by {_FOLDERS[folder]}"
        if _LINUX_TRASH.fullmatch(folder):
            return f"left by the trash of {_LINUX}"
    if name.startswith(_APPLE_DOUBLE):
        return f"left by {_MACOS}"
    writer = _FILES.get(name.lower())
    return f"left by {writer}" if writer else ""
