"""Image archives: what is in them, and several as one."""

from __future__ import annotations

import io
import json
import tarfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

from tools.common.errors import CommandError

# The files that tell which of the two kinds an archive is.
_DOCKER: Final = "manifest.json"
_OCI: Final = "index.json"


def names_in(archive: Path) -> list[tuple[str, str]]:
    """Return the images in an archive: the name of each, and the digest of its configuration.

    Args:
        archive: A ``docker-archive`` or OCI archive.
    """
    try:
        with tarfile.open(archive) as packed:
            members = packed.getnames()
            if _DOCKER in members:
                return _docker_names(_read(packed, _DOCKER))
            if _OCI in members:
                return _oci_names(_read(packed, _OCI))
    except (OSError, tarfile.TarError, ValueError) as error:
        raise CommandError(f"{archive} cannot be read as an image archive: {error}") from error
    raise CommandError(
        f"{archive} is not an image archive: it contains neither {_DOCKER} nor {_OCI}"
    )


def _read(packed: tarfile.TarFile, name: str) -> Any:
    """Return the content of a JSON file in an archive."""
    stream = packed.extractfile(name)
    return json.load(stream) if stream is not None else None


def _docker_names(manifest: Any) -> list[tuple[str, str]]:
    """Return the images that a ``docker-archive`` lists."""
    found = []
    for entry in manifest:
        digest = Path(entry["Config"]).name.removesuffix(".json")
        found += [(tag, digest) for tag in entry.get("RepoTags") or []]
    return found


def _oci_names(index: Any) -> list[tuple[str, str]]:
    """Return the images that an OCI archive lists."""
    found = []
    for entry in index["manifests"]:
        notes = entry.get("annotations") or {}
        name = notes.get("io.containerd.image.name") or notes.get(
            "org.opencontainers.image.ref.name"
        )
        if name:
            found.append((name, entry["digest"].removeprefix("sha256:")))
    return found


def is_docker_archive(archive: Path) -> bool:
    """Whether an archive is a ``docker-archive``."""
    with tarfile.open(archive) as packed:
        return _DOCKER in packed.getnames()


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
            with tarfile.open(archive) as packed:
                manifest = _read(packed, _DOCKER)
                for entry in manifest:
                    # Configurations and layers are named after what is in them.
                    for name in {entry["Config"], *entry["Layers"]} - written:
                        add(target, name, _open(archive, packed, name))
                        written.add(name)
                entries += manifest
        add(target, _DOCKER, io.BytesIO(json.dumps(entries).encode()))


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
