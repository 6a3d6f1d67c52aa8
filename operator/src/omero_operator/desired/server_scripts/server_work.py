"""What OMERO.server is doing, seen from outside: the files that its processes are writing.

An upload and an import hold a file in the repository open for writing: the image, or the log beside
it. `/proc` says which; the time of the last write says whether it goes on. No account is needed,
and the server need not answer.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

# An import that writes nothing for longer is counted as stuck.
QUIET_SECONDS = 180


def written_now(folders: Sequence[str], now: float) -> list[str]:
    """Files below these folders that are open for writing and were written lately, sorted."""
    roots = tuple(f"{folder.rstrip('/')}/" for folder in folders)
    return sorted({path for path in _open_for_writing(roots) if lately(path, now)})


def lately(path: str, now: float) -> bool:
    """Whether a file was written in the last minutes."""
    try:
        return now - Path(path).stat().st_mtime < QUIET_SECONDS
    except OSError:
        return False


def processes(name: str) -> list[int]:
    """Processes of a program that have not ended."""
    return [int(entry.name) for entry in _all() if _name(entry) == name]


def _all() -> list[Path]:
    return [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _name(process: Path) -> str:
    """A process's name; none for a zombie, which has ended."""
    try:
        head, _, tail = (process / "stat").read_text(errors="replace").rpartition(")")
    except OSError:
        return ""
    return "" if tail.split()[0] in "ZX" else head.partition("(")[2]


def _open_for_writing(roots: tuple[str, ...]) -> Iterator[str]:
    for process in _all():
        try:
            descriptors = list((process / "fd").iterdir())
        except OSError:
            continue
        for descriptor in descriptors:
            try:
                path = str(descriptor.readlink())
                # The server's own marks are open all the time.
                if not path.startswith(roots) or "/.omero/" in path:
                    continue
                if _writes((process / "fdinfo" / descriptor.name).read_text()):
                    yield path
            except OSError:
                continue


def _writes(fdinfo: str) -> bool:
    """Whether a file is open for writing: octal flags (proc(5))."""
    flags = next((line.split()[1] for line in fdinfo.splitlines() if line[:6] == "flags:"), "0")
    return bool(int(flags, 8) & (os.O_WRONLY | os.O_RDWR))
