"""One ring of tests: its checks or its pytest, its clusters, and what it came to."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from omero_ci import lint
from omero_ci.console import duration, say, since_start
from omero_ci.paths import ROOT, VENV_BIN, path_with_tools
from omero_ci.supervisor import Group
from tools.common.locks import claimed
from tools.common.paths import cache_folder

# The clusters that the rings' fixtures start, by ring; a second one has something behind the name.
CLUSTERS = {"operator": "operator-tests", "e2e": "e2e"}
# Four workers of the plugins ring, with the servers that their tests start, fill two cores. Those
# of the operator ring wait three quarters of their time, so there is room for another ring. Which
# tests of the plugins and stand-in rings stay together is in tests/support/side_by_side.py.
SERVERS = ["--numprocesses=4", "--dist=loadscope", "--no-loadscope-reorder"]
OPTIONS = {
    "plugins": SERVERS,
    "standin": SERVERS,
    "operator": ["--numprocesses=4", "--dist=load", "--maxschedchunk=1"],
}
# The tests marked nightly, and those of Hypothesis with fresh examples.
NIGHTLY = ["--nightly", "--hypothesis-profile=nightly"]
# A network that is nothing but loopback: nothing outside answers, and a browser, which gives up its
# requests when its machine's network changes, sees no pods come and go. And processes that all end
# with the ring, also the servers whose test could not stop them any more.
WITHOUT_NETWORK = ("plugins", "standin")
OF_ITS_OWN = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
OF_ITS_OWN += ["sh", "-c", 'ip link set lo up && "$@"', "sh"]
# A ring that takes longer, also on a first run, hangs. At night every write is a moment to kill at.
SECONDS = 60 * 60
SECONDS_AT_NIGHT = 6 * 60 * 60
# Seconds that a ring may take, with its tools and images built, beside another ring, on two cores
# (OMERO_PLATFORM_SLOWER=2 says that a machine is twice as slow). One that is over is told so, and
# fails when it is over by half.
BUDGETS = {
    "lint": 150,
    "unit": 300,
    "contract": 90,
    "charts": 90,
    "operator": 1200,
    "e2e": 1500,
    "plugins": 1500,
    "standin": 420,
}
TOO_LONG = 1.5
# Characters of a failed test's reason in the summary; the whole of it stands above.
LONGEST_REASON = 300

# Each ring's results and times, test by test, as JUnit's XML.
REPORTS = ROOT / ".artifacts" / "reports"


@dataclass(frozen=True)
class Outcome:
    """What one ring came to; `problems` holds a line for each test that failed."""

    ring: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    broke: str = ""
    problems: tuple[str, ...] = ()
    budget: float | None = None

    @property
    def good(self) -> bool:
        """A ring without a single passed test proves nothing, so it is not good."""
        return self.failed == 0 and self.passed > 0 and not self.broke and not self.too_long

    @property
    def too_long(self) -> bool:
        """Whether the ring took so much longer than its budget that it fails."""
        return self.budget is not None and self.seconds > self.budget * TOO_LONG

    @property
    def note(self) -> str:
        """What a person has to know of it besides the figures."""
        if self.budget is None or self.seconds <= self.budget or self.broke:
            return self.broke or ("failed" if not self.good else "")
        over = f"over its budget of {duration(self.budget)}"
        if self.too_long:
            over += f", by more than half: see its slowest tests in {REPORTS.name}/{self.ring}.xml"
        return f"failed, {over}" if self.failed else over


@dataclass(frozen=True)
class Run:
    """How the rings of a run are run.

    Attributes:
        group: of the processes that an interrupt ends.
        options: what pytest gets besides.
        tests: ring → paths of the tests to run; a ring that is not named runs whole.
        nightly: whether the tests marked `nightly` run, and no others.
        beside_others: whether other rings print at the same time; each line then says whose it is.
    """

    group: Group
    options: list[str]
    tests: Mapping[str, list[str]] = field(default_factory=dict)
    nightly: bool = False
    beside_others: bool = False

    def budget(self, ring: str) -> float | None:
        """How many seconds a ring may take; none where not all of its tests run."""
        whole = self.tests.get(ring, [folder_of(ring)]) == [folder_of(ring)]
        if not whole or self.options or self.nightly:
            return None
        return BUDGETS[ring] * float(os.environ.get("OMERO_PLATFORM_SLOWER", "1"))


def claim(ring: str) -> TextIO:
    """Keep a ring's cluster for this run: it has the same name in every clone.

    Returns:
        What holds it, until it is closed or the process ends.

    Raises:
        CommandError: Another run has it.
    """
    cluster = CLUSTERS[ring]
    holder = f"ci/test {ring} in {ROOT} (process {os.getpid()})"
    return claimed(cache_folder() / f"{cluster}.lock", f"the cluster {cluster}", holder)


def folder_of(ring: str) -> str:
    """Where a ring's tests are: below `tests/`, or beside the distribution that they test."""
    return "standin/tests" if ring == "standin" else f"tests/{ring}"


def has_nightly_tests(ring: str) -> bool:
    """Whether a ring has tests for `make test-nightly`."""
    texts = (path.read_text("utf-8") for path in (ROOT / folder_of(ring)).rglob("test_*.py"))
    return any("pytest.mark.nightly" in text or "from hypothesis import" in text for text in texts)


def run(ring: str, how: Run) -> Outcome:
    """Run a ring to its end and delete the clusters that it started."""
    say(f"\n===== {ring} " + "=" * (70 - len(ring)))
    began = time.monotonic()
    with _clusters_deleted(ring):
        outcome = _run_lint(began) if ring == "lint" else _run_pytest(ring, how, began)
    return replace(outcome, budget=how.budget(ring))


def _run_lint(began: float) -> Outcome:
    results = lint.run_checks()
    failed = tuple(name for name, passed in results.items() if not passed)
    seconds = time.monotonic() - began
    return Outcome("lint", len(results) - len(failed), len(failed), 0, seconds, problems=failed)


def _run_pytest(ring: str, how: Run, began: float) -> Outcome:
    folder = ROOT / folder_of(ring)
    if not folder.is_dir():
        return Outcome(ring, 0, 0, 0, 0.0, f"there is no folder {folder_of(ring)}")
    report = REPORTS / f"{ring}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    tests = [str(ROOT / test) for test in how.tests.get(ring, [folder_of(ring)])]
    command = [str(VENV_BIN / "python"), "-m", "pytest", *tests, f"--junitxml={report}"]
    command += [*OPTIONS.get(ring, []), *(NIGHTLY if how.nightly else []), *how.options]
    if ring in WITHOUT_NETWORK and os.geteuid() == 0:
        command = [*OF_ITS_OWN, *command]
    # What a killed process leaves lying goes with this folder.
    temporary = Path(tempfile.mkdtemp(prefix=f"omero-{ring}-"))
    # PostgreSQL's account has its data in there.
    temporary.chmod(0o755)
    prefix = f"{ring:<8} | " if how.beside_others else ""
    limit = SECONDS_AT_NIGHT if how.nightly else SECONDS
    code = how.group.run(
        command, folder=ROOT, environment=_environment(temporary), seconds=limit, prefix=prefix
    )
    seconds = time.monotonic() - began
    if not report.is_file():
        outcome = Outcome(ring, 0, 0, 0, seconds, f"pytest ended with {code} early")
    else:
        outcome = _read_report(ring, report, code, seconds)
    if outcome.good:
        shutil.rmtree(temporary, ignore_errors=True)
    else:
        say(f"the tests' files are in {temporary}")
    return outcome


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
    passed = max(total - failed - skipped, 0)
    return Outcome(ring, passed, failed, skipped, seconds, note, _problems(suite))


def _problems(suite: ElementTree.Element) -> tuple[str, ...]:
    """Which tests failed, as pytest takes their names, each with the first line of why."""
    found = []
    for test in suite.iter("testcase"):
        module, _, group = test.get("classname", "").partition(".Test")
        path = module.replace(".", "/") + ".py"
        name = "::".join([path, *([f"Test{group}"] if group else []), test.get("name", "")])
        for reason in (*test.iter("failure"), *test.iter("error")):
            why = (reason.get("message") or "it does not say why").splitlines()[0]
            found.append(f"{name}: {why[:LONGEST_REASON]}")
    return tuple(found)


def _environment(temporary: Path) -> dict[str, str]:
    """The tests' environment: our programs first, and no cluster of the person who runs them."""
    variables = os.environ | {"PATH": path_with_tools(), "TMPDIR": str(temporary)}
    # OMERO's library locks a folder that it names by its process id, and two rings with processes
    # of their own have the same ids.
    variables["OMERO_TMPDIR"] = str(temporary / "omero")
    variables.pop("KUBECONFIG", None)
    # Each of some hundred servers would compile our sources for itself.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables


@contextmanager
def _clusters_deleted(ring: str) -> Iterator[None]:
    """Whatever happens, also Ctrl-C: the clusters that the ring started do not stay."""
    before = _clusters(ring)
    try:
        yield
    finally:
        for name in sorted(_clusters(ring) - before):
            say(f"[{since_start()}] deleting the cluster {name}")
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
