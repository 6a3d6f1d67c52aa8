"""`ci/test --since REV`: from the files that changed to the tests that can fail because of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from omero_ci.paths import ROOT
from omero_ci.ring import folder_of
from tools.common.commands import output_of
from tools.common.errors import CommandError

# Rings that run whatever changed; both take less than a minute.
ALWAYS: Final = ("lint", "contract")
# One login in a browser, on a site that the operator has made.
SMOKE: Final = "tests/e2e/test_1_site.py::test_a_browser_logs_in_through_the_ingress"
EVERYTHING: Final = "everything"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        paths: a regular expression for the beginning of a path in the repository.
        words: what these files are, for the person who runs it.
        tests: what runs: paths of tests (groups of the expression may be named in them), or
            `EVERYTHING`; nothing but what always runs when it is empty.
    """

    paths: str
    words: str
    tests: tuple[str, ...] = ()


# The first row that fits decides; a file that fits none of them runs everything.
TABLE: Final = (
    Row(r"pyproject\.toml$|conftest\.py$", "settings of all tests", (EVERYTHING,)),
    Row(r"tests/support/(operator_ring/|kstatus|cron_schedules)", "helpers of the operator's tests",
        ("tests/unit/operator", "tests/operator")),
    Row(r"tests/support/bare_api_server", "the API server of the contract tests",
        ("tests/contract",)),
    Row(r"tests/support/alert_cases", "cases of the alerts", ("tests/charts/monitoring",)),
    Row(r"tests/support/(monitoring_lab|scraping)", "helpers of the metrics' tests",
        ("tests/plugins/web/test_metrics.py", "tests/plugins/web/test_dashboards_report.py")),
    Row(r"tests/support/(outside_clients/|direct_calls|hql_corpus|standin_here|form_browser)",
        "helpers of the stand-in's tests", ("standin/tests",)),
    Row(r"tests/support/site_ring/", "helpers of the e2e tests",
        ("tests/plugins/web", "tests/e2e")),
    Row(r"tests/support/", "helpers of many tests", (EVERYTHING,)),
    Row(r"(?P<file>(?:tests/\w+|standin/tests)/(?:.+/)?test_\w+\.py)$", "tests", ("{file}",)),
    Row(r"(?P<folder>(?:tests/\w+|standin/tests)(?:/.+)?)/[^/]+$", "what tests of a folder share",
        ("{folder}",)),
    Row(r"standin/outside_suites/", "the outside suites",
        ("tests/unit/ci/test_outside_suites.py",)),
    Row(r"standin/", "the stand-in", ("standin/tests",)),
    Row(r"images/local/omero-standin/", "the stand-in's image", (SMOKE,)),
    Row(r"(.*/)?[^/]+\.md$|docs/|LICENSE$", "documents"),
    Row(r"plugins/(?:omeroweb_)?(?P<plugin>\w+?)(?:_plugin|_connector)?/", "one plugin",
        ("tests/unit/plugins/{plugin}", "tests/plugins/{plugin}", "tests/plugins/web", SMOKE)),
    Row(r"ims/", "the writer of Imaris files", ("tests/unit/ims", "tests/plugins/ims")),
    Row(r"kubectl-omero/", "the plugin of kubectl",
        ("tests/unit/kubectl_omero", "tests/operator/test_kubectl_omero.py")),
    Row(r"common/", "what all plugins share",
        ("tests/unit/common", "tests/unit/plugins", "tests/plugins", SMOKE)),
    Row(r"examples/", "the example plugin", ("tests/plugins/pages", "tests/e2e/test_1_apps.py")),
    Row(r"images/omero-web/", "the image omero-web",
        ("tests/unit/images", "tests/unit/web", "tests/plugins", SMOKE)),
    Row(r"images/omero-server/", "the image omero-server",
        ("tests/unit/images", "tests/plugins/imaris", "tests/e2e/test_1_exports.py")),
    Row(r"images/postgres-maintenance/", "the image postgres-maintenance",
        ("tests/unit/images", "tests/plugins/images", "tests/e2e/test_2_care.py")),
    Row(r"images/", "images", ("tests/unit/images", "tests/e2e")),
    Row(r"operator/", "the operator",
        ("tests/unit/operator", "tests/charts", "tests/operator", "tests/e2e")),
    Row(r"charts/omero-monitoring/(rules|dashboards)/|ci/dashboard_build/|ci/dashboards$",
        "dashboards and alerts",
        ("tests/charts/monitoring", "tests/plugins/web/test_dashboards_report.py")),
    Row(r"(charts|templates)/|Chart\.|values\.|\.helmignore$", "the charts",
        ("tests/charts", "tests/operator", "tests/e2e")),
    Row(r"manifests/", "manifests",
        ("tests/unit/operator", "tests/charts", "tests/operator", "tests/e2e")),
    Row(r"benchmarks/", "benchmarks"),
    Row(r"ci/local_site/", "what a local site's servers are started with", (EVERYTHING,)),
    Row(r"ci/", "the commands", ("tests/unit/ci", "tests/operator", "tests/e2e")),
    Row(r"requirements/(clients|standin|outside-suites)\.", "packages of the stand-in's clients",
        ("standin/tests",)),
    Row(r"Makefile$|\.editorconfig$|\.gitignore$|\.pre-commit-config\.yaml$",
        "settings of the tree"),
)  # fmt: skip


@dataclass
class Choice:
    """What runs of one ring, and why.

    Attributes:
        tests: paths of tests; the ring's own folder where it runs whole.
        reasons: a word about the files → those that changed.
    """

    tests: list[str] = field(default_factory=list)
    reasons: dict[str, list[str]] = field(default_factory=dict)

    def what(self, ring: str) -> str:
        """The paths of the tests, or that it is the whole ring."""
        return "all of it" if self.tests == [folder_of(ring)] else " ".join(self.tests)

    def why(self) -> str:
        """`the operator (operator/src/x.py and 2 more)`, for each reason."""
        return "; ".join(f"{words} ({_few(files)})" for words, files in self.reasons.items())


def table() -> str:
    """The table as a person reads it in `ci/test --help`."""
    lines = ["What --since runs, by the first row that fits a changed file:", ""]
    for row in TABLE:
        tests = ", ".join(row.tests) or "nothing else"
        lines.append(f"  {row.words}: {tests}")
    lines += [f"  any other file: {EVERYTHING}", f"  whatever changed: {', '.join(ALWAYS)}"]
    return "\n".join(lines)


def changed_since(revision: str) -> list[str]:
    """The files that differ from where the branch left a revision; also those not committed yet.

    Args:
        revision: any name of a commit that git knows.

    Raises:
        CommandError: git does not know it.
    """
    try:
        base = _git("merge-base", revision, "HEAD")
    except CommandError as error:
        raise CommandError(f"git knows no commit {revision}: {error}") from error
    listed = _git("diff", "--name-only", "--no-renames", "-z", base.strip())
    fresh = _git("ls-files", "--others", "--exclude-standard", "-z")
    return sorted({*listed.split("\0"), *fresh.split("\0")} - {""})


def choose(changed: Iterable[str], rings: Iterable[str]) -> dict[str, Choice]:
    """What runs for these files: ring → choice, in the order of the rings."""
    folders = {ring: folder_of(ring) for ring in rings}
    found = {ring: Choice() for ring in folders}
    for path in changed:
        words, wanted = row_of(path)
        for ring in ALWAYS:
            found[ring].tests.append(folders[ring])
            found[ring].reasons.setdefault("every change", []).append(path)
        for test in _present(wanted, list(folders.values())):
            (ring,) = (each for each in folders if _below(test, folders[each]))
            found[ring].tests.append(test)
            found[ring].reasons.setdefault(words, []).append(path)
    for choice in found.values():
        choice.tests = _outermost(choice.tests)
    return {ring: choice for ring, choice in found.items() if choice.tests}


def row_of(path: str) -> tuple[str, tuple[str, ...]]:
    """What a file is and which tests it needs, from the table."""
    for row in TABLE:
        if match := re.match(row.paths, path):
            named = match.groupdict()
            return row.words, tuple(test.format(**named) for test in row.tests)
    return "in no row of the table", (EVERYTHING,)


def _present(wanted: Iterable[str], folders: list[str]) -> Iterator[str]:
    """The tests that are there; for a plugin without tests of its own the folder above them."""
    for test in wanted:
        if test == EVERYTHING:
            yield from folders
            continue
        path = PurePosixPath(test.partition("::")[0])
        if path.suffix == ".py":
            # One that was deleted needs no run.
            if (ROOT / path).is_file():
                yield test
            continue
        while str(path) not in folders and not any((ROOT / path).rglob("test_*.py")):
            path = path.parent
        yield str(path)


def _below(test: str, place: str) -> bool:
    """Whether a test is a folder, file or function itself, or below it."""
    return test == place or test.startswith((f"{place}/", f"{place}::"))


def _outermost(tests: Iterable[str]) -> list[str]:
    """Without those that are below another: pytest would run them twice."""
    kept: list[str] = []
    for test in sorted(set(tests)):
        if not any(_below(test, each) for each in kept):
            kept.append(test)
    return kept


def _few(files: list[str]) -> str:
    more = len(files) - 1
    return files[0] if not more else f"{files[0]} and {more} more"


def _git(*arguments: str) -> str:
    return output_of(["git", *arguments], folder=ROOT)
