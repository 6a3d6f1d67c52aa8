"""The command line of ``ci/tools/install``."""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor

from omero_ci.console import say, step
from tools.common.errors import CommandError
from tools.common.locks import only_one
from tools.common.paths import bin_folder, cache_folder, logs_folder

from . import builds, debian
from .go_build import remove_build_caches

_DESCRIPTION = """\
Install what the checks and the local cluster need: Debian packages, and programs built once
from pinned sources into a cache folder. A second run finds them and does nothing.

The cache folder is $OMERO_PLATFORM_CACHE, else $XDG_CACHE_HOME/omero-platform, else
~/.cache/omero-platform. The first run takes about 18 minutes on two cores, and 14 GB of disk
meanwhile; 1 GB stays."""


def main(arguments: list[str]) -> int:
    """Install what is missing."""
    parser = argparse.ArgumentParser(
        prog="ci/tools/install",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--nightly", action="store_true", help="also build what only the nightly tests need"
    )
    nightly = parser.parse_args(arguments).nightly
    with only_one(cache_folder() / "install.lock", "ci/tools/install"):
        # Everything else needs the compilers and headers that come from Debian.
        if packages := debian.missing_packages():
            with step(f"Debian packages {', '.join(packages)}"):
                debian.install(packages)
        _build_missing(nightly)
    say(f"all programs are built: {bin_folder()}")
    return 0


def _build_missing(nightly: bool) -> None:
    # Ice's compiler uses one core for all of its minutes. The Go builds share what that leaves of
    # the processors, one after the other.
    lanes = [[builds.ice(), builds.grammar()], builds.go_programs(nightly=nightly)]
    with ThreadPoolExecutor(len(lanes)) as pool:
        failed = [name for lane in pool.map(_run, lanes) for name in lane]
    if failed:
        raise CommandError(f"failed: {', '.join(failed)}; see above. Logs: {logs_folder()}")
    # Also what a run that was killed has left.
    remove_build_caches()


def _run(lane: list[builds.Build]) -> list[str]:
    """Build what is missing, one after the other; return the names of what failed."""
    failed = []
    for build in lane:
        if build.is_there():
            continue
        try:
            with step(f"{build.name} {build.version}"):
                build.run()
        except (CommandError, OSError) as error:
            say(f"{build.name}: {error}")
            failed.append(build.name)
    return failed
