"""`ci/test`: the test rings one after the other, a table at the end, a true exit code."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from local_cluster.checks import check_no_other_node
from omero_ci import environment, lint
from omero_ci.console import duration, say, since_start
from omero_ci.paths import ROOT, VENV_BIN, path_with_tools
from tools.common.errors import Refusal
from tools.common.paths import cache_folder

# In this order: what is quick and needs nothing comes first.
RINGS = ("lint", "unit", "contract", "charts", "plugins", "operator", "e2e")
# These need no built program, so they run on any machine within seconds.
NEEDS_NO_TOOLS = frozenset({"unit"})
# The clusters that the rings' fixtures start, by ring; a second one has something behind the name.
CLUSTERS = {"operator": "operator-tests", "e2e": "e2e"}
# The operator ring waits a lot, so four workers share it, and its API server. The plugins ring's
# files each start their own servers; three of them at a time fill two cores.
OPTIONS = {
    "plugins": ["--numprocesses=3", "--dist=loadfile"],
    "operator": ["--numprocesses=4", "--dist=load", "--maxschedchunk=1"],
}

# Each ring's results and times, test by test, as JUnit's XML.
REPORTS = ROOT / ".artifacts" / "reports"

# What an interrupted pytest gets to stop the servers and clusters of its fixtures.
SECONDS_TO_TIDY_UP = 120


class _Terminated(KeyboardInterrupt):
    """SIGTERM: unlike Ctrl-C on a terminal, only this process got it."""


@dataclass(frozen=True)
class Outcome:
    """What one ring came to."""

    ring: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    note: str = ""

    @property
    def good(self) -> bool:
        """A ring without a single passed test proves nothing, so it is not good."""
        return self.failed == 0 and self.passed > 0 and not self.note


def main(arguments: list[str]) -> int:
    """Run the named rings, or all of them; a ring that fails does not hide the others."""
    names, options = _split(arguments)
    chosen = names or list(RINGS)
    if unknown := [name for name in chosen if name not in RINGS]:
        raise Refusal(f"no such ring: {', '.join(unknown)}. The rings: {', '.join(RINGS)}")
    if "e2e" in chosen:
        # Now, and not after the quarter of an hour that the rings before it take.
        check_no_other_node(CLUSTERS["e2e"])
    if not set(chosen) <= NEEDS_NO_TOOLS:
        _run_or_refuse([str(ROOT / "ci" / "tools" / "install")], "the tools could not be installed")
    environment.main([])
    signal.signal(signal.SIGTERM, _terminate)
    # A shell's background job starts with Ctrl-C ignored, and pytest would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    outcomes = [_run(ring, options) for ring in chosen]
    _print_summary(outcomes)
    return 0 if all(outcome.good for outcome in outcomes) else 1


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Ring names, then `--`, then options that pytest gets as they are."""
    if "--" not in arguments:
        return arguments, []
    cut = arguments.index("--")
    return arguments[:cut], arguments[cut + 1 :]


def _terminate(*_: object) -> None:
    raise _Terminated


def _run(ring: str, options: list[str]) -> Outcome:
    say(f"\n===== {ring} " + "=" * (70 - len(ring)))
    began = time.monotonic()
    if ring == "lint":
        results = lint.run_checks()
        failed = sum(not result.passed for result in results)
        return Outcome(ring, len(results) - failed, failed, 0, time.monotonic() - began)
    with _clusters_taken_down(ring):
        return _run_pytest(ring, options, began)


def _run_pytest(ring: str, options: list[str], began: float) -> Outcome:
    folder = ROOT / "tests" / ring
    if not folder.is_dir():
        return Outcome(ring, 0, 0, 0, 0.0, f"there is no folder tests/{ring}")
    report = REPORTS / f"{ring}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    command = [str(VENV_BIN / "python"), "-m", "pytest", str(folder), f"--junitxml={report}"]
    # What a killed process leaves lying goes with this folder.
    temporary = Path(tempfile.mkdtemp(prefix=f"omero-{ring}-"))
    # PostgreSQL's account has its data in there.
    temporary.chmod(0o755)
    code = _run_to_its_end([*command, *OPTIONS.get(ring, []), *options], temporary)
    seconds = time.monotonic() - began
    if not report.is_file():
        outcome = Outcome(ring, 0, 0, 0, seconds, f"pytest ended with {code} early")
    else:
        outcome = _read_report(ring, report, code, seconds)
    if outcome.good:
        shutil.rmtree(temporary, ignore_errors=True)
    else:
        say(f"what the tests wrote is kept in {temporary}")
    return outcome


def _run_to_its_end(command: list[str], temporary: Path) -> int:
    """Run pytest; when interrupted, let it take down what its fixtures started before we go."""
    process = subprocess.Popen(command, cwd=ROOT, env=_environment(temporary))
    try:
        return process.wait()
    except KeyboardInterrupt as interrupt:
        if isinstance(interrupt, _Terminated):
            process.send_signal(signal.SIGINT)
        try:
            process.wait(SECONDS_TO_TIDY_UP)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.kill()
        raise


def _read_report(ring: str, report: Path, code: int, seconds: float) -> Outcome:
    # Written by our own pytest a moment ago, so a plain parser will do.
    suite = ElementTree.parse(report).getroot().find("testsuite")  # noqa: S314
    if suite is None:
        return Outcome(ring, 0, 0, 0, seconds, "pytest's report holds no suite")
    total, failures, errors, skipped = (
        int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    note = ""
    if total == 0:
        note = "the ring has no test"
    elif code and not failed:
        note = f"pytest ended with {code}"
    return Outcome(ring, max(total - failed - skipped, 0), failed, skipped, seconds, note)


def _environment(temporary: Path) -> dict[str, str]:
    """The tests' environment: our programs first, and no cluster of the person who runs them."""
    variables = os.environ | {"PATH": path_with_tools(), "TMPDIR": str(temporary)}
    variables.pop("KUBECONFIG", None)
    return variables


@contextmanager
def _clusters_taken_down(ring: str) -> Iterator[None]:
    """Whatever happens, also Ctrl-C: the clusters that the ring started do not stay."""
    before = _clusters(ring)
    try:
        yield
    finally:
        for name in sorted(_clusters(ring) - before):
            say(f"[{since_start()}] taking down the cluster {name}")
            with suppress(subprocess.TimeoutExpired):
                command = [str(ROOT / "ci" / "cluster"), "down", "--name", name]
                subprocess.run(command, cwd=ROOT, timeout=180)


def _clusters(ring: str) -> set[str]:
    """The clusters of a ring that there are now."""
    prefix = CLUSTERS.get(ring)
    folder = cache_folder() / "cluster"
    if prefix is None or not folder.is_dir():
        return set()
    return {
        one.name
        for one in folder.iterdir()
        if one.name == prefix or one.name.startswith(f"{prefix}-")
    }


def _run_or_refuse(command: list[str], problem: str) -> None:
    if subprocess.run(command, cwd=ROOT).returncode:
        raise Refusal(f"{problem}: `{' '.join(command)}` says above what is missing")


def _print_summary(outcomes: list[Outcome]) -> None:
    say("\n" + "=" * 77)
    say(f"{'ring':<10} {'passed':>7} {'failed':>7} {'skipped':>8} {'time':>14}")
    for outcome in outcomes:
        counts = f"{outcome.passed:>7} {outcome.failed:>7} {outcome.skipped:>8}"
        mark = "" if outcome.good else f"   <- {outcome.note or 'failed'}"
        say(f"{outcome.ring:<10} {counts} {duration(outcome.seconds):>14}{mark}")
    total = sum(outcome.seconds for outcome in outcomes)
    say(f"{'all':<10} {'':>24} {duration(total):>14}\n")
    # A ring that broke without a counted failure counts as one: the last line must not look green.
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed or (not outcome.good) for outcome in outcomes)
    say(f"{passed} passed, {failed} failed")
