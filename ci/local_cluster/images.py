"""The images of the addons, put together from built programs: one layer, no base, no build tool."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol, cast

from tools.common.fingerprint import fingerprint, version_of_file
from tools.common.paths import bin_folder

_REGISTRY = "localhost/local-cluster"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_CHUNK = 1024 * 1024

PAUSE = f"{_REGISTRY}/pause:1"


@dataclass(frozen=True)
class Image:
    """An image that holds little more than one static program.

    Attributes:
        reference: The name under which pods ask for it.
        program: The program, on this machine.
        entrypoint: Where the program is in the image, and what always comes after it.
        links: Further names of the program, such as those of a multi-call one.
        trusts: Whether it holds this machine's certificate authorities.
    """

    reference: str
    program: Path
    entrypoint: tuple[str, ...]
    links: tuple[str, ...] = field(default=())
    trusts: bool = False


def addon_images() -> dict[str, Image]:
    """Return the images of the addons, by the name of what is in them."""
    programs = ("coredns", "traefik", "local-path-provisioner", "metrics-server")
    images = {
        name: Image(
            _stamped(name, bin_folder() / name), bin_folder() / name, (f"/{name}",), trusts=True
        )
        for name in programs
    }
    busybox = Path("/usr/bin/busybox")
    shell = ("sh", "mkdir", "chmod", "rm", "ls", "cat", "sleep")
    images["shell"] = Image(_stamped("shell", busybox), busybox, ("/bin/sh",), shell)
    images["pause"] = Image(PAUSE, bin_folder() / "pause", ("/pause",))
    return images


def _stamped(name: str, program: Path) -> str:
    """Return an image's name with a tag that changes with the program."""
    return f"{_REGISTRY}/{name}:{fingerprint([], [version_of_file(program)])[:12]}"


def write_archive(image: Image, target: _Writes) -> None:
    """Write an image as a ``docker-archive``, as containerd imports it.

    Args:
        image: The image.
        target: Takes the archive; it need not be able to go back.
    """
    measure = _Measure()
    _write_layer(image, measure)
    layer = measure.digest.hexdigest()
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Entrypoint": list(image.entrypoint),
            "Env": ["PATH=/bin:/"],
            "User": "65532:65532",
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}"]},
    }
    config_text = json.dumps(config).encode()
    config_name = f"{hashlib.sha256(config_text).hexdigest()}.json"
    manifest = [{"Config": config_name, "RepoTags": [image.reference], "Layers": [f"{layer}.tar"]}]
    # Written by hand, header by header: the layer then goes straight through, and is in memory
    # and on disk at no time.
    for name, content in (
        ("manifest.json", json.dumps(manifest).encode()),
        (config_name, config_text),
    ):
        target.write(_header(name, len(content)) + content + _padding(len(content)))
    target.write(_header(f"{layer}.tar", measure.size))
    _write_layer(image, target)
    target.write(_padding(measure.size) + bytes(2 * tarfile.BLOCKSIZE))


def _header(name: str, size: int) -> bytes:
    """Return what comes before a file in an archive."""
    entry = tarfile.TarInfo(name)
    entry.size = size
    return entry.tobuf(tarfile.USTAR_FORMAT)


def _padding(size: int) -> bytes:
    """Return what comes after a file in an archive."""
    return bytes(-size % tarfile.BLOCKSIZE)


def _write_layer(image: Image, target: _Writes) -> None:
    """Write an image's only layer; the same bytes every time, as its digest must be."""
    # All that tarfile asks of its target in this mode is to take bytes.
    with tarfile.open(fileobj=cast("IO[bytes]", target), mode="w|", bufsize=_CHUNK) as layer:
        for name, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777)):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, mode
            layer.addfile(folder)
        inside = "bin/busybox" if image.links else image.entrypoint[0].lstrip("/")
        program = tarfile.TarInfo(inside)
        program.size, program.mode = image.program.stat().st_size, 0o755
        with image.program.open("rb") as stream:
            layer.addfile(program, stream)
        for name in image.links:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            layer.addfile(link)
        _add(layer, "etc/passwd", b"root:x:0:0::/:/\nnobody:x:65532:65532::/:/\n")
        if image.trusts and _CERTIFICATES.exists():
            _add(layer, str(_CERTIFICATES).lstrip("/"), _CERTIFICATES.read_bytes())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a small file to an archive."""
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


class _Writes(Protocol):
    """Whatever takes bytes."""

    def write(self, chunk: bytes, /) -> object:
        """Take some bytes."""


class _Measure:
    """Takes bytes and keeps only their number and digest."""

    def __init__(self) -> None:
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, chunk: bytes, /) -> int:
        """Take some bytes."""
        self.size += len(chunk)
        self.digest.update(chunk)
        return len(chunk)
