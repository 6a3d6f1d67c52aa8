"""The files that an image is made from, their hash, and the build context they make."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from image_build.catalogue import BY_NAME, Image
from image_build.rootfs import base_fingerprint
from omero_ci.paths import ROOT
from tools.common.errors import CommandError
from tools.common.fingerprint import file_digest, fingerprint
from tools.common.paths import bin_folder
from tools.installer.ice_wheel import wheel_file

# Never part of an image, whatever folder they are in.
_LEFT_OUT = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache")


def files(image: Image) -> Iterator[tuple[str, Path]]:
    """Every file of the build context: its path there, and where it is."""
    root = ROOT / image.folder if image.own_context else ROOT
    for name in (image.folder, *image.inputs):
        start = ROOT / name
        if not start.exists():
            raise CommandError(f"{name} does not exist, but the image {image.name} is made from it")
        for path in sorted(_walk(start)):
            yield str(path.relative_to(root)), path
    if image.ice:
        wheel = wheel_file()
        if not wheel.is_file():
            raise CommandError(
                f"there is no {wheel}: run `ci/tools/install`, which builds it once (about 7 "
                "minutes), then try again"
            )
        yield f"images/ice/{wheel.name}", wheel
    if image.program:
        program = bin_folder() / image.program
        if not program.is_file():
            raise CommandError(f"there is no {program}: run `ci/tools/install`, then try again")
        yield f"programs/{image.program}", program


@cache
def image_fingerprint(image: Image) -> str:
    """The hash of all that decides what an image contains, its bases included.

    Kept for the life of the process: one run names an image one way, whatever is edited meanwhile.
    """
    return _hash_files(image, files(image))


def _hash_files(image: Image, content: Iterable[tuple[str, Path]]) -> str:
    if not image.folder:
        return base_fingerprint()
    parts = [
        f"{argument}={base}:{image_fingerprint(BY_NAME[base])}"
        for argument, base in sorted(image.uses.items())
    ]
    parts += [f"{argument}={value}" for argument, value in sorted(image.arguments.items())]
    for name, path in content:
        # Documentation beside a Dockerfile changes no image.
        if path.suffix == ".md":
            continue
        executable = bool(path.stat().st_mode & stat.S_IXUSR)
        parts.append(f"{name} {executable} {file_digest(path)}")
    return fingerprint([], parts)


def write_context(image: Image, folder: Path) -> None:
    """Copy an image's files into an empty folder, with modes that do not depend on the umask.

    What was copied must still be what the image's name says: a file may have been saved in between.
    """
    copied: list[tuple[str, Path]] = []
    for name, path in files(image):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        # A builder's cache compares times as well: the same content must look the same.
        os.utime(target, (0, 0))
        copied.append((name, target))
    if _hash_files(image, copied) != image_fingerprint(image):
        raise CommandError(
            f"a file of the image {image.name} changed while it was being read: run the command "
            "again"
        )
    for parent, _, _ in os.walk(folder):
        Path(parent).chmod(0o755)
        os.utime(parent, (0, 0))


def _walk(start: Path) -> Iterator[Path]:
    if start.is_file():
        yield start
        return
    for folder, folders, names in os.walk(start):
        folders[:] = [each for each in folders if each not in _LEFT_OUT]
        yield from (Path(folder) / name for name in names if not name.endswith(".pyc"))
