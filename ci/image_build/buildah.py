"""buildah: builds as root, without a daemon and without containers.

Steps run in a chroot on the machine's network.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from tools.common.commands import output_of, run_logged, succeeds
from tools.common.errors import CommandError

# Files of this machine that a build step may need to reach the registries: its authorities and
# pip's settings.
_FROM_HOST: Final = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf")
# Both work without privileges over cgroups.
_SETTINGS: Final = {"BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "overlay"}


def check() -> None:
    """Fail early where images cannot be built."""
    if not shutil.which("buildah"):
        raise CommandError(
            "buildah is not installed: run `ci/tools/install`, or `apt-get install buildah`"
        )
    if os.geteuid():
        raise CommandError("buildah builds these images as root only: run as root")


def has(reference: str) -> bool:
    """Whether the image is in buildah's storage."""
    return succeeds(["buildah", "images", "-q", reference], environment=os.environ | _SETTINGS)


def import_root(archive: Path, reference: str) -> None:
    """Make an image of a root file system: one layer, with nothing else."""
    path = "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    made = _run("from", "scratch").strip()
    try:
        _run("add", "--quiet", made, archive, "/")
        _run("config", "--cmd", "/bin/sh", "--env", path, made)
        _run("commit", "--quiet", made, reference)
    finally:
        _run("rm", made)


def build(
    context: Path, dockerfile: str, reference: str, arguments: dict[str, str], log: Path
) -> None:
    """Build a Dockerfile; a step's output goes to the log, which a failure names.

    Layers are kept and reused.
    """
    command = ["buildah", "build", "--layers", "--pull-never", "--timestamp", "0"]
    command += ["-t", reference, "-f", dockerfile]
    for key, value in sorted(arguments.items()):
        command += ["--build-arg", f"{key}={value}"]
    for path in _FROM_HOST:
        if Path(path).is_file():
            command += ["--volume", f"{path}:{path}:ro"]
    log.unlink(missing_ok=True)
    run_logged([*command, context], log, os.environ | _SETTINGS)


def save(reference: str, target: Path) -> None:
    """Write an image as a `docker-archive`, uncompressed: it is read again from the same disk."""
    _run("push", "--quiet", reference, f"docker-archive:{target}:{reference}")


def load(archive: Path) -> None:
    """Read an image that `save` wrote back into buildah's storage."""
    _run("pull", "--quiet", f"docker-archive:{archive}")


def _run(*words: str | Path) -> str:
    return output_of(["buildah", *words], environment=os.environ | _SETTINGS)
