"""Two ways to build the same Dockerfiles.

Docker when it works, else buildah, which needs no daemon.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from tools.common.errors import Refusal

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
        self._environment = os.environ | {
            "BUILDAH_ISOLATION": "chroot",
            "STORAGE_DRIVER": "overlay",
        }

    def has(self, reference: str) -> bool:
        """Whether the image is in buildah's storage."""
        command = ["buildah", "images", "-q", reference]
        return not subprocess.run(
            command, env=self._environment, capture_output=True, check=False
        ).returncode

    def import_root(self, archive: Path, reference: str) -> None:
        """One layer from the archive, with nothing else."""
        made = self._run("buildah", "from", "scratch").strip()
        try:
            self._run("buildah", "add", "--quiet", made, str(archive), "/")
            self._run(
                "buildah",
                "config",
                "--cmd",
                "/bin/sh",
                "--env",
                "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                made,
            )
            self._run("buildah", "commit", "--quiet", made, reference)
        finally:
            self._run("buildah", "rm", made)

    def build(
        self, context: Path, dockerfile: str, reference: str, arguments: dict[str, str], log: Path
    ) -> None:
        """Layers are kept and reused; a step's output goes to the log."""
        command = [
            "buildah",
            "build",
            "--layers",
            "--pull-never",
            "--timestamp",
            "0",
            "-t",
            reference,
            "-f",
            dockerfile,
        ]
        for path in _FROM_HOST:
            if Path(path).is_file():
                command += ["--volume", f"{path}:{path}:ro"]
        command += _arguments(arguments)
        _logged([*command, str(context)], log, self._environment)

    def save(self, reference: str, target: Path) -> None:
        """Uncompressed: it is read again from the same disk at once."""
        self._run("buildah", "push", "--quiet", reference, f"docker-archive:{target}:{reference}")

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Refusal(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
        return done.stdout


class Docker:
    """Builds with the Docker engine of this machine."""

    name = "docker"

    def has(self, reference: str) -> bool:
        """Whether the engine has the image."""
        command = ["docker", "image", "inspect", reference]
        return not subprocess.run(command, capture_output=True, check=False).returncode

    def import_root(self, archive: Path, reference: str) -> None:
        """One layer from the archive."""
        _checked(["docker", "import", str(archive), reference])

    def build(
        self, context: Path, dockerfile: str, reference: str, arguments: dict[str, str], log: Path
    ) -> None:
        """The engine's own cache keeps the layers."""
        command = [
            "docker",
            "build",
            "-t",
            reference,
            "-f",
            str(context / dockerfile),
            *_arguments(arguments),
        ]
        _logged([*command, str(context)], log, dict(os.environ))

    def save(self, reference: str, target: Path) -> None:
        """The engine's archive format is the one that clusters read."""
        _checked(["docker", "save", "-o", str(target), reference])


def choose() -> Builder:
    """Docker when its engine answers, else buildah."""
    if (
        shutil.which("docker")
        and not subprocess.run(
            ["docker", "info"], capture_output=True, check=False, timeout=20
        ).returncode
    ):
        return Docker()
    if not shutil.which("buildah"):
        raise Refusal(
            "neither a Docker engine nor buildah: run `ci/tools/install`, or `apt-get install "
            "buildah`"
        )
    if os.geteuid():
        raise Refusal("buildah builds these images as root only: run as root, or start Docker")
    return Buildah()


def _arguments(arguments: dict[str, str]) -> list[str]:
    return [
        part
        for key, value in sorted(arguments.items())
        for part in ("--build-arg", f"{key}={value}")
    ]


def _checked(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refusal(f"`{' '.join(command)}` failed: {done.stderr.strip()}")


def _logged(command: Sequence[str], log: Path, environment: dict[str, str]) -> None:
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(command, env=environment, stdout=output, stderr=output, check=False)
    if done.returncode:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = "\n".join(f"    {line}" for line in lines[-15:])
        raise Refusal(f"the build failed; its log is {log} and ends with:\n{last}")
