"""Image archives, as ``docker save`` and buildah write them: several as one."""

from __future__ import annotations

import io
import json
import tarfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

from tools.common.errors import CommandError

# What a ``docker-archive`` lists its images in.
_MANIFEST: Final = "manifest.json"


def write_together(archives: list[Path], stream: IO[bytes]) -> None:
    """Write several ``docker-archives`` as one, with each layer once.

    Args:
        archives: Where the images are.
        stream: Takes the archive; it need not be able to go back.
    """
    entries: list[dict[str, Any]] = []
    written: set[str] = set()
    with tarfile.open(fileobj=stream, mode="w|") as target:
        for archive in archives:
            with _opened(archive) as packed:
                manifest = json.load(_open(archive, packed, _MANIFEST))
                for entry in manifest:
                    # Configurations and layers are named after what is in them.
                    for name in {entry["Config"], *entry["Layers"]} - written:
                        add(target, name, _open(archive, packed, name))
                        written.add(name)
                entries += manifest
        add(target, _MANIFEST, io.BytesIO(json.dumps(entries).encode()))


def _opened(archive: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(archive)
    except (OSError, tarfile.TarError) as error:
        raise CommandError(f"{archive} cannot be read as an image archive: {error}") from error


def _open(archive: Path, packed: tarfile.TarFile, name: str) -> IO[bytes]:
    with suppress(KeyError):
        if content := packed.extractfile(name):
            return content
    raise CommandError(f"{archive} is not a complete image archive: it lacks {name}")


def add(target: tarfile.TarFile, name: str, content: IO[bytes], mode: int = 0o644) -> None:
    """Add the whole of a file to an archive, without times and owners."""
    entry = tarfile.TarInfo(name)
    entry.mode = mode
    # Not from the archive it is in: there it may be a link to another one.
    entry.size = content.seek(0, io.SEEK_END)
    content.seek(0)
    target.addfile(entry, content)
