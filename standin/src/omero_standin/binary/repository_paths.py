"""Paths in a repository, as clients write them: `a/b`, `/a/b/` and `./a/x/../b` are the same.

Which names are refused is the default of `omero.fs.repo.path_rules`, "Windows required, UNIX
required" (`FilePathRestrictionInstance` of https://github.com/ome/omero-blitz).
"""

from __future__ import annotations

import re
from typing import Final

from omero_standin import refuse

_ILLEGAL: Final = re.compile(r'[\x00-\x1f"*:<>?\\|]')
_DEVICE: Final = r"(AUX|CLOCK\$|CON|NUL|PRN|COM[1-9]|LPT[1-9])"
_DEVICES: Final = re.compile(rf"{_DEVICE}(\..*)?|\$.*", re.DOTALL)
_INSTEAD: Final = str.maketrans(
    {chr(code): "_" for code in range(0x20)}
    | {'"': "'", "*": "x", ":": ";", "<": "[", ">": "]", "?": "%", "\\": "!", "|": "!"}
)


def parts(path: str) -> list[str]:
    """The names on a path; none for the repository itself.

    A ValidationException for a path that leads out of the repository, or holds a name that could
    not be written on every system.
    """
    found: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not found:
                raise refuse.invalid(
                    f"Path may not make references above root: {path!r} leads out of the repository"
                )
            found.pop()
        elif part not in ("", "."):
            found.append(part)
    for part in found:
        if _ILLEGAL.search(part) or _DEVICES.fullmatch(part.upper()):
            raise refuse.invalid(f"Path contains illegal components: {part!r} in {path!r}")
    return found


def safe(path: str) -> str:
    """The path with names that the repository accepts, as OMERO's own importer sends it.

    `MakePathComponentSafe` of https://github.com/ome/omero-blitz.
    """
    return "/".join(map(_safe_name, path.split("/")))


def _safe_name(name: str) -> str:
    if re.fullmatch(_DEVICE, name.upper()):
        name += "_"
    if re.match(rf"{_DEVICE}\.|\$", name.upper()):
        name = f"_{name}"
    return name.translate(_INSTEAD)
