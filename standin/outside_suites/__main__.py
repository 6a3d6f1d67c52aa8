"""`ci/outside-suites [NAME ...]`: runs the test suites of other OMERO clients against the stand-in.

Runs in the suites' own environment (see `omero_ci/outside_environment.py`).
"""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from omero_standin.as_process import CannotStart
from outside_suites import report, results
from outside_suites.results import Result
from outside_suites.server import running
from outside_suites.sources import MIRRORS, NotToBeHad, Unreachable, checked_out
from outside_suites.suites import SUITES, Suite
from tools.common.locks import only_one
from tools.common.paths import cache_folder, write_whole

# One test, of which some import a dozen files, on a busy machine; a suite has a limit of its own.
_TEST_SECONDS: Final = 600


def main() -> int:
    """Run what the arguments name; 0 when every goal that can be judged here was reached."""
    options = _arguments()
    # What was started has to end with it, also when a limit of time ends this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped before its end"))
    chosen = [suite for suite in SUITES if not options.names or suite.name in options.names]
    cache = cache_folder() / "outside-suites"
    found = []
    with only_one(cache / "lock", "the outside suites"):
        for suite in chosen:
            began = time.monotonic()
            found.append(_run(suite, cache, options.keyword))
            # After each: what is stopped by hand has told what it knew.
            write_whole(cache / "report.md", report.reasons(found))
            print(f"{suite.name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    print(report.table(found))
    print(report.verdict(found))
    print(f"The reason of each failure: {cache / 'report.md'}")
    return 0 if succeeded(found, asked_for=bool(options.names)) else 1


def succeeded(found: list[Result], *, asked_for: bool) -> bool:
    """Whether all went well.

    Args:
        found: the result of each suite.
        asked_for: whether the suites were named: then each of them has to run. Otherwise those
            whose sources this machine cannot reach are left out, unless that is all of them.
    """
    judged = found if asked_for else [each for each in found if not each.unavailable]
    return bool(judged) and all(each.reached for each in judged)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ci/outside-suites",
        description="Run the unmodified test suites of other OMERO clients against the stand-in. "
        "Their sources are fetched into the cache. Exit code 1 if a goal was missed or a "
        "suite could not run. A suite whose repository this machine has never reached is listed as "
        "unavailable and fails only if it was named.",
        epilog=f"{MIRRORS} names a folder of git repositories called owner+name, which are "
        "searched before GitHub.",
    )
    names = [suite.name for suite in SUITES]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(names)}")
    parser.add_argument("-k", dest="keyword", default="", help="only these tests, as in pytest")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(names))
    if unknown:
        parser.error(f"there is no suite {', '.join(unknown)}; there are {', '.join(names)}")
    return options


def _run(suite: Suite, cache: Path, keyword: str) -> Result:
    try:
        sources = checked_out(suite, cache / "sources")
    except Unreachable as error:
        return Result(suite, problem=str(error), unavailable=True)
    except NotToBeHad as error:
        return Result(suite, problem=f"its sources cannot be had: {error}")
    folder = Path(tempfile.mkdtemp(prefix="outside-suite-"))
    logs = cache / "logs" / suite.name
    try:
        with running(suite, folder) as variables:
            return _pytest(suite, sources, folder, variables, keyword)
    except (CannotStart, OSError) as error:
        return Result(suite, problem=str(error))
    finally:
        shutil.rmtree(logs, ignore_errors=True)
        logs.mkdir(parents=True)
        for log in (folder / "pytest.log", folder / "web.log", folder / "standin" / "standin.log"):
            if log.is_file():
                shutil.copy(log, logs)
        shutil.rmtree(folder, ignore_errors=True)


def _pytest(
    suite: Suite, sources: Path, folder: Path, variables: dict[str, str], keyword: str
) -> Result:
    """Run the tests of one suite."""
    junit = folder / "results.xml"
    # The suites write beside their tests; the cache stays as it was fetched.
    copy = folder / "sources"
    shutil.copytree(sources, copy)
    command = [sys.executable, "-m", "pytest", suite.tests, "-p", "no:cacheprovider", "-ra"]
    command += [f"--timeout={_TEST_SECONDS}", f"--junitxml={junit}"]
    # The stand-in's own fixtures and settings are not the suites'.
    command += ["-o", "addopts=", "-o", "junit_logging=no", "--tb=short"]
    command += ["-m", suite.marks] if suite.marks else []
    command += ["-k", keyword] if keyword else []
    problem = ""
    with (folder / "pytest.log").open("wb") as log:
        try:
            subprocess.run(
                command, cwd=copy, env=variables, stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, timeout=suite.seconds, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            problem = f"it was stopped after {suite.seconds} s"
    try:
        result = results.read(suite, junit)
    except ValueError as error:
        said = (folder / "pytest.log").read_text("utf-8", "replace")[-500:]
        return Result(suite, problem=problem or f"{error}; the end of its output: {said}")
    result.problem = problem
    return result


if __name__ == "__main__":
    sys.exit(main())
