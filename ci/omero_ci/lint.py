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
    "tests/support",
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


def _files() -> list[Path]:
    """Every file of the repository, also those not committed yet."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = output_of(command, folder=ROOT).split("\0")
    return [path for name in listed if name and (path := ROOT / name).is_file()]


def _scripts(interpreters: tuple[str, ...]) -> list[Path]:
    """Files without a suffix that say so themselves, and shell files by their suffix."""
    return [path for path in _files() if _interpreter(path) in interpreters]


def _interpreter(path: Path) -> str:
    with path.open("rb") as stream:
        first = stream.readline(200)
    if not first.startswith(b"#!"):
        return ""
    words = first[2:].decode("utf-8", errors="replace").split()
    return Path(words[-1] if words[0].endswith("/env") else words[0]).name


def _python_scripts() -> list[Path]:
    return [path for path in _scripts(("python3", "python")) if not path.suffix]


def mypy() -> str:
    """Types."""
    # In the user's cache, where also a fresh clone finds what has not changed. Each worktree has
    # its own: in a shared one, mypy has taken a file of another worktree for this one's.
    worktree = "-".join(ROOT.parts[1:])
    return _output_if_failed("mypy", "--cache-dir", cache_folder() / "mypy" / worktree, *TYPED)


def helm_lint() -> str:
    """Both charts with every values file."""
    command = ["helm", "lint", "--strict", "--quiet", "--kube-version", kubernetes_version()]
    problems = [
        _output_if_failed(*command, chart, *values)
        for chart in CHARTS
        for values in values_files(chart)
    ]
    return "\n".join(filter(None, problems))


CHECKS: dict[str, Callable[[], str]] = {
    "ruff check": lambda: _output_if_failed("ruff", "check", "--quiet", ".", *_python_scripts()),
    "ruff format": lambda: _output_if_failed("ruff", "format", "--check", ".", *_python_scripts()),
    "mypy (strict)": mypy,
    # Who may import whom: pyproject.toml.
    "import-linter": lambda: _output_if_failed("lint-imports", "--no-logo"),
    "shellcheck": lambda: _output_if_failed("shellcheck", *_scripts(("sh", "bash", "dash"))),
    "helm lint": helm_lint,
    # Every rendered manifest against the API server's own schemas.
    "kubeconform": schemas.check_rendered_charts,
}
