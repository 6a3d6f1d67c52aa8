"""`ci/lint`: every static check, one line each, with the output of those that fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from omero_ci import schemas
from omero_ci.charts import CHARTS, kubernetes_version, values_files
from omero_ci.console import duration, say
from omero_ci.paths import ROOT, environment_with_tools
from tools.common.commands import output_of, run
from tools.common.errors import CommandError
from tools.common.paths import cache_folder

# Typed, each folder a root of its own packages.
TYPED = (
    "operator/src",
    "common/src",
    "ci",
    "benchmarks",
    "standin/src",
    "standin/outside_suites",
    "standin/tests",
    "ims/src",
    "kubectl-omero/src",
    "tests/support",
    "tests/plugins/pages",
    "images/omero-web/src",
    "images/omero-server/start",
    "plugins",
    "examples",
)


def main(arguments: list[str]) -> int:
    """Run every check, or those whose name contains one of the arguments."""
    results = run_checks(arguments)
    passed = sum(results.values())
    say(f"{passed} passed, {len(results) - passed} failed")
    return 0 if results and all(results.values()) else 1


def run_checks(wanted: Sequence[str] = ()) -> dict[str, bool]:
    """Run the checks one after the other and print a line for each; which of them passed."""
    return {
        name: _passes(name, check)
        for name, check in CHECKS.items()
        if not wanted or any(word in name for word in wanted)
    }


def _passes(name: str, check: Callable[[], str]) -> bool:
    began = time.monotonic()
    try:
        problem = check()
    except (CommandError, OSError) as error:
        problem = str(error)
    seconds = duration(time.monotonic() - began)
    say(f"{name:<28} {'FAILED' if problem else 'ok':<7} {seconds:>10}")
    if problem:
        say("    " + problem.strip().replace("\n", "\n    "))
    return not problem


def _output_if_failed(*command: str | Path) -> str:
    """Run a command; what it printed when it failed, else nothing."""
    ended = run(command, environment=environment_with_tools(), folder=ROOT)
    said = ended.stdout + ended.stderr
    return (said or f"{command[0]} ended with {ended.returncode}") if ended.returncode else ""


def _scripts(interpreter: str) -> list[str]:
    """Files without Python's suffix whose first line names an interpreter; also fresh ones.

    Args:
        interpreter: an extended regular expression of its name.
    """
    search = ["git", "grep", "--untracked", "-lzE", f"^#!.*[/ ]({interpreter})$"]
    found = output_of([*search, "--", ":!*.py", ":!*.md"], folder=ROOT)
    return found.rstrip("\0").split("\0")


def _ruff(*words: str) -> str:
    return _output_if_failed("ruff", *words, ".", *_scripts("python3?"))


def mypy() -> str:
    """Types."""
    # In the user's cache, where also a fresh clone finds what has not changed. Each worktree has
    # its own: in a shared one, mypy has taken a file of another worktree for this one's.
    worktree = "-".join(ROOT.parts[1:])
    return _output_if_failed("mypy", "--cache-dir", cache_folder() / "mypy" / worktree, *TYPED)


def helm_lint() -> str:
    """Every chart with every values file."""
    command = ["helm", "lint", "--strict", "--quiet", "--kube-version", kubernetes_version()]
    problems = [
        _output_if_failed(*command, chart, *values)
        for chart in CHARTS
        for values in values_files(chart)
    ]
    return "\n".join(filter(None, problems))


CHECKS: dict[str, Callable[[], str]] = {
    "ruff check": lambda: _ruff("check", "--quiet"),
    "ruff format": lambda: _ruff("format", "--check"),
    "mypy (strict)": mypy,
    # Who may import whom: pyproject.toml.
    "import-linter": lambda: _output_if_failed("lint-imports", "--no-logo"),
    "shellcheck": lambda: _output_if_failed("shellcheck", *_scripts("(ba|da)?sh")),
    "helm lint": helm_lint,
    # The dashboards in the chart are those that their source describes.
    "dashboards": lambda: _output_if_failed(ROOT / "ci" / "dashboards", "--check"),
    # Every rendered manifest against the API server's own schemas.
    "kubeconform": schemas.check_rendered_charts,
}
