"""The command line of ``ci/tools/install``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tools.common.errors import CommandError
from tools.common.locks import only_one
from tools.common.paths import bin_folder, cache_folder, logs_folder
from tools.common.report import Stopwatch, line

from .go_build import remove_build_caches
from .jobs import Job, all_jobs

_DESCRIPTION = """\
Install what the checks and the local cluster need: Debian packages, and programs built once
from pinned sources into a cache folder. A second run finds them and does nothing."""

_EPILOG = """\
The cache folder is $OMERO_PLATFORM_CACHE, else $XDG_CACHE_HOME/omero-platform, else
~/.cache/omero-platform. The first run takes about 18 minutes on two cores, and 14 GB of disk
meanwhile; 1 GB stays."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    jobs = all_jobs()
    known = [job.name for job in jobs]
    for name in options.only:
        if name not in known:
            parser.error(f"there is no tool {name!r}; there are: {', '.join(known)}")
    chosen = [job for job in jobs if not options.only or job.name in options.only]
    try:
        if options.list:
            return _list(chosen)
        with only_one(cache_folder() / "install.lock", "ci/tools/install"):
            return _install(chosen)
    except CommandError as error:
        print(f"ci/tools/install: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ci/tools/install: stopped; finished parts are kept", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the arguments."""
    parser = argparse.ArgumentParser(
        prog="ci/tools/install",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--list", action="store_true", help="print what is installed and do nothing"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="NAME",
        help="only these tools (see --list)",
    )
    return parser


def _list(jobs: Iterable[Job]) -> int:
    """Say of each tool whether it is there."""
    for job in jobs:
        line(job.name, job.version, "there" if job.is_done() else "missing")
    return 0


def _install(jobs: list[Job]) -> int:
    """Do what is not done yet; return 0 when all of it stands in the end."""
    whole = Stopwatch()
    missing = [job for job in jobs if not job.is_done()]
    for job in jobs:
        if job not in missing:
            line(job.name, job.version, "already there")
    if missing:
        print(f"to do: {', '.join(job.name for job in missing)}; logs: {logs_folder()}", flush=True)
    failed: list[Job] = []
    # Everything else needs the compilers and headers that come from Debian.
    for job in missing:
        if job.alone and not _attempt(job):
            return _summary([job], whole)
    # The Go builds share what a build beside them leaves of the processors, one after the other.
    builds = [job for job in missing if not job.alone]
    sides = [[job for job in builds if job.beside is beside] for beside in (True, False)]
    with ThreadPoolExecutor(max_workers=len(sides)) as pool:
        for done in pool.map(lambda side: [job for job in side if not _attempt(job)], sides):
            failed += done
    if not failed:
        # Also what a run that was killed has left.
        remove_build_caches()
    return _summary(failed, whole)


def _attempt(job: Job) -> bool:
    """Do one job, say how it went, and tell whether it succeeded."""
    watch = Stopwatch()
    try:
        job.do()
    except (CommandError, OSError) as error:
        line(job.name, job.version, f"FAILED after {watch}: {error}")
        return False
    line(job.name, job.version, f"{job.verb} in {watch}")
    return True


def _summary(failed: list[Job], whole: Stopwatch) -> int:
    """Print the last line and return the exit status."""
    if failed:
        names = ", ".join(job.name for job in failed)
        print(f"failed: {names}, after {whole} in all; logs: {logs_folder()}", file=sys.stderr)
        return 1
    line("all", "", f"installed after {whole}; programs: {bin_folder()}")
    return 0
