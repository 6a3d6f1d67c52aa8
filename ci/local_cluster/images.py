"""The images of the addons, put together from built programs: one layer, no base, no build tool."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tools.common.fingerprint import fingerprint, version_of_file
from tools.common.paths import bin_folder

from .archives import add

_REGISTRY = "localhost/local-cluster"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

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


def write_archive(image: Image, target: IO[bytes]) -> None:
    """Write an image as a ``docker-archive``, as containerd imports it.

    Args:
        image: The image.
        target: Takes the archive; it need not be able to go back.
    """
    with tempfile.TemporaryFile() as layer, tarfile.open(fileobj=target, mode="w|") as archive:
        _write_layer(image, layer)
        layer.seek(0)
        digest = hashlib.file_digest(layer, "sha256").hexdigest()
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {
                "Entrypoint": list(image.entrypoint),
                "Env": ["PATH=/bin:/"],
                "User": "65532:65532",
                "WorkingDir": "/",
            },
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
        text = json.dumps(config).encode()
        name = f"{hashlib.sha256(text).hexdigest()}.json"
        manifest = [{"Config": name, "RepoTags": [image.reference], "Layers": [f"{digest}.tar"]}]
        add(archive, "manifest.json", io.BytesIO(json.dumps(manifest).encode()))
        add(archive, name, io.BytesIO(text))
        add(archive, f"{digest}.tar", layer)


def _write_layer(image: Image, target: IO[bytes]) -> None:
    """Write an image's only layer; the same bytes every time, as its digest must be."""
    with tarfile.open(fileobj=target, mode="w") as layer:
        for name, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777)):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, mode
            layer.addfile(folder)
        inside = "bin/busybox" if image.links else image.entrypoint[0].lstrip("/")
        with image.program.open("rb") as stream:
            add(layer, inside, stream, mode=0o755)
        for name in image.links:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            layer.addfile(link)
        users = b"root:x:0:0::/:/\nnobody:x:65532:65532::/:/\n"
        add(layer, "etc/passwd", io.BytesIO(users))
        if image.trusts and _CERTIFICATES.exists():
            with _CERTIFICATES.open("rb") as stream:
                add(layer, str(_CERTIFICATES).lstrip("/"), stream)
