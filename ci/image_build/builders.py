"""Two ways to build the same Dockerfiles.

Docker when it works, else buildah, which needs no daemon.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final, Protocol

from tools.common.commands import output_of, run_logged, succeeds
from tools.common.errors import CommandError

# Files of this machine that a build step may need to reach the registries: its authorities and
# pip's settings.
_FROM_HOST: Final = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf")


class Builder(Protocol):
    """What the rest needs from a program that builds images."""

    name: str

    def has(self, reference: str) -> bool:
        """Whether the image is there."""

    def import_root(self, archive: Path, reference: str) -> None:
        """Make an image of a root file system."""

    def build(
        self, context: Path, dockerfile: str, reference: str, arguments: dict[str, str], log: Path
    ) -> None:
        """Build a Dockerfile; a failure names the log."""

    def save(self, reference: str, target: Path) -> None:
        """Write an image as a `docker-archive`."""


class Buildah:
    """Builds as root, without a daemon and without containers.

    Steps run in a chroot on the machine's network.
    """

    name = "buildah"

    def __init__(self) -> None:
        """Chroot isolation and the overlay driver work without privileges over cgroups."""
        own = {"BUILDAH_ISOLATION": "chroot", "STORAGE_DRIVER": "overlay"}
        self._environment = os.environ | own

    def has(self, reference: str) -> bool:
        """Whether the image is in buildah's storage."""
        return succeeds(["buildah", "images", "-q", reference], environment=self._environment)

    def import_root(self, archive: Path, reference: str) -> None:
        """One layer from the archive, with nothing else."""
        path = "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        made = self._run("from", "scratch").strip()
        try:
            self._run("add", "--quiet", made, archive, "/")
            self._run("config", "--cmd", "/bin/sh", "--env", path, made)
            self._run("commit", "--quiet", made, reference)
        finally:
            self._run("rm", made)

    def build(
        self, context: Path, dockerfile: str, reference: str, arguments: dict[str, str], log: Path
    ) -> None:
        """Layers are kept and reused; a step's output goes to the log."""
        command = ["buildah", "build", "--layers", "--pull-never", "--timestamp", "0"]
        command += ["-t", reference, "-f", dockerfile, *_arguments(arguments)]
        for path in _FROM_HOST:
            if Path(path).is_file():
                command += ["--volume", f"{path}:{path}:ro"]
        log.unlink(missing_ok=True)
        run_logged([*command, context], log, self._environment)

    def save(self, reference: str, target: Path) -> None:
        """Uncompressed: it is read again from the same disk at once."""
        self._run("push", "--quiet", reference, f"docker-archive:{target}:{reference}")

    def _run(self, *words: str | Path) -> str:
        return output_of(["buildah", *words], environment=self._environment)


class Docker:
    """Builds with the Docker engine of this machine."""

    name = "docker"

    def has(self, reference: str) -> bool:
        """Whether the engine has the image."""
        return succeeds(["docker", "image", "inspect", reference])

    def import_root(self, archive: Path, reference: str) -> None:
        """One layer from the archive."""
        output_of(["docker", "import", archive, reference])

    def build(
        self, context: Path, dockerfile: str, reference: str, arguments: dict[str, str], log: Path
    ) -> None:
        """The engine's own cache keeps the layers."""
        command = ["docker", "build", "-t", reference, "-f", str(context / dockerfile)]
        log.unlink(missing_ok=True)
        run_logged([*command, *_arguments(arguments), context], log)

    def save(self, reference: str, target: Path) -> None:
        """The engine's archive format is the one that clusters read."""
        output_of(["docker", "save", "-o", target, reference])


def choose() -> Builder:
    """Docker when its engine answers, else buildah."""
    if shutil.which("docker") and succeeds(["timeout", "20", "docker", "info"]):
        return Docker()
    if not shutil.which("buildah"):
        raise CommandError(
            "neither a Docker engine nor buildah: run `ci/tools/install`, or `apt-get install "
            "buildah`"
        )
    if os.geteuid():
        raise CommandError("buildah builds these images as root only: run as root, or start Docker")
    return Buildah()


def _arguments(arguments: dict[str, str]) -> list[str]:
    pairs = [("--build-arg", f"{key}={value}") for key, value in sorted(arguments.items())]
    return [word for pair in pairs for word in pair]
