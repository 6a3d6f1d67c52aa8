"""The image of the addons, put together from built programs: one layer, no base, no build tool.

It holds the programs of all addons and a shell. Started without a command it sleeps: so it is also
what holds the namespaces of each pod, which Kubernetes calls the pause image.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from pathlib import Path
from typing import IO

from tools.common.fingerprint import fingerprint, version_of_file
from tools.common.paths import bin_folder

from .archives import add

PROGRAMS = ("coredns", "traefik", "local-path-provisioner", "metrics-server")
# Debian's static one, with the names by which it is called.
BUSYBOX = Path("/usr/bin/busybox")
_SHELL = ("sh", "mkdir", "rm", "sleep")
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def _files() -> list[Path]:
    """The programs, on this machine."""
    return [*(bin_folder() / name for name in PROGRAMS), BUSYBOX]


def reference() -> str:
    """The image's name, with a tag that changes with the programs."""
    tag = fingerprint([], map(version_of_file, _files()))[:12]
    return f"localhost/local-cluster/addons:{tag}"


def write_archive(name: str, target: IO[bytes]) -> None:
    """Write the image as a ``docker-archive``, as containerd imports it.

    Args:
        name: The image's name.
        target: Takes the archive; it need not be able to go back.
    """
    with tempfile.TemporaryFile() as layer, tarfile.open(fileobj=target, mode="w|") as archive:
        _write_layer(layer)
        layer.seek(0)
        digest = hashlib.file_digest(layer, "sha256").hexdigest()
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {
                "Entrypoint": ["/bin/sleep", "infinity"],
                "Env": ["PATH=/bin"],
                "User": "65532:65532",
                "WorkingDir": "/",
            },
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
        text = json.dumps(config).encode()
        file = f"{hashlib.sha256(text).hexdigest()}.json"
        manifest = [{"Config": file, "RepoTags": [name], "Layers": [f"{digest}.tar"]}]
        add(archive, "manifest.json", io.BytesIO(json.dumps(manifest).encode()))
        add(archive, file, io.BytesIO(text))
        add(archive, f"{digest}.tar", layer)


def _write_layer(target: IO[bytes]) -> None:
    """Write the only layer; the same bytes every time, as its digest must be."""
    with tarfile.open(fileobj=target, mode="w") as layer:
        for name, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777)):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, mode
            layer.addfile(folder)
        for file in _files():
            with file.open("rb") as stream:
                add(layer, f"bin/{file.name}", stream, mode=0o755)
        for name in _SHELL:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, BUSYBOX.name
            layer.addfile(link)
        add(layer, "etc/passwd", io.BytesIO(b"root:x:0:0::/:/\nnobody:x:65532:65532::/:/\n"))
        if _CERTIFICATES.exists():
            with _CERTIFICATES.open("rb") as stream:
                add(layer, str(_CERTIFICATES).lstrip("/"), stream)
