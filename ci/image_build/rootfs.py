"""The base of all local images: a minimal Debian 12 root file system, made once by mmdebstrap."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from omero_ci.console import step
from tools.common.commands import run_logged
from tools.common.errors import CommandError
from tools.common.fingerprint import file_digest, fingerprint
from tools.common.paths import cache_folder

SUITE: Final = "bookworm"
_PACKAGES: Final = ("ca-certificates", "tzdata")
_OPTIONS: Final = (
    "--variant=minbase",
    '--aptopt=APT::Install-Recommends "false"',
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/info/*",
    f"--include={','.join(_PACKAGES)}",
)
# Where a Debian machine says which mirrors it uses; none is named in this repository.
_APT_SOURCES: Final = (
    Path("/etc/apt/sources.list"),
    Path("/etc/apt/sources.list.d/debian.sources"),
)


def archive() -> Path:
    """Where the root file system is kept."""
    return cache_folder() / "images" / f"debian-{SUITE}-{_recipe()}.tar"


def base_fingerprint() -> str:
    """Changes with the recipe, and each time the root file system is made anew.

    Raises:
        CommandError: There is none yet, so nobody can say what images made from it are called.
    """
    made = archive().with_suffix(".id")
    if not made.is_file():
        raise CommandError("no image has been built yet: run `ci/images build` first")
    return file_digest(made)


def make(*, fresh: bool) -> Path:
    """The root file system, made when there is none yet or when a fresh one is wanted."""
    target = archive()
    if target.is_file() and target.with_suffix(".id").is_file() and not fresh:
        return target
    if not shutil.which("mmdebstrap"):
        raise CommandError(
            "mmdebstrap is not installed: run `ci/tools/install`, or `apt-get install mmdebstrap`"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f"making-{target.name}")
    log = target.with_suffix(".log")
    log.unlink(missing_ok=True)
    with step(f"Debian {SUITE} root file system (mmdebstrap)"):
        sources = [
            str(path)
            for path in _APT_SOURCES
            if path.is_file() and SUITE in path.read_text(encoding="utf-8")
        ]
        try:
            run_logged(["mmdebstrap", *_OPTIONS, SUITE, beside, *sources], log)
        except CommandError as error:
            raise CommandError(
                f"{error}\nCheck the network and this machine's apt mirrors"
            ) from error
    digest = file_digest(beside)
    beside.replace(target)
    target.with_suffix(".id").write_text(digest, encoding="utf-8")
    return target


def _recipe() -> str:
    return fingerprint([], (SUITE, *_OPTIONS))[:12]
