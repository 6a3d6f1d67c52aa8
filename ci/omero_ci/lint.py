"""`ci/lint`: every static check, one line each, with the output of those that fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    "tests/support",
    "plugins",
    "examples",
)


@dataclass(frozen=True)
class Result:
    """What one check came to."""

    name: str
    passed: bool
    seconds: float


def main(arguments: list[str]) -> int:
    """Run every check, or those whose name contains one of the arguments."""
    results = run_checks(arguments)
    failed = sum(not result.passed for result in results)
    say(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed or not results else 0


def run_checks(wanted: Sequence[str] = ()) -> list[Result]:
    """Run the checks one after the other and print a line for each."""
    chosen = [
        (name, check)
        for name, check in CHECKS.items()
        if not wanted or any(word in name for word in wanted)
    ]
    return [_run_check(name, check) for name, check in chosen]


def _run_check(name: str, check: Callable[[], str]) -> Result:
    began = time.monotonic()
    try:
        problem = check()
    except (CommandError, OSError) as error:
        problem = str(error)
    seconds = time.monotonic() - began
    say(f"{name:<28} {'FAILED' if problem else 'ok':<7} {duration(seconds):>10}")
    if problem:
        say("    " + problem.strip().replace("\n", "\n    "))
    return Result(name, not problem, seconds)


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


def ruff_check() -> str:
    """Style and mistakes."""
    return _output_if_failed("ruff", "check", "--quiet", ".", *_python_scripts())


def ruff_format() -> str:
    """Layout of the code."""
    return _output_if_failed("ruff", "format", "--check", ".", *_python_scripts())


def mypy() -> str:
    """Types."""
    folders = [folder for folder in TYPED if any((ROOT / folder).rglob("*.py"))]
    # In the user's cache, where also a fresh clone finds what has not changed. Each worktree has
    # its own: in a shared one, mypy has taken a file of another worktree for this one's.
    worktree = "-".join(ROOT.parts[1:])
    return _output_if_failed("mypy", "--cache-dir", cache_folder() / "mypy" / worktree, *folders)


def import_linter() -> str:
    """The architecture: who may import whom (pyproject.toml)."""
    return _output_if_failed("lint-imports", "--no-logo")


def shellcheck() -> str:
    """Shell scripts, found by their first line."""
    scripts = _scripts(("sh", "bash", "dash"))
    return _output_if_failed("shellcheck", *scripts) if scripts else "no shell script was found"


def helm_lint() -> str:
    """Both charts with every values file."""
    command = ["helm", "lint", "--strict", "--quiet", "--kube-version", kubernetes_version()]
    problems = [
        _output_if_failed(*command, chart, *values)
        for chart in CHARTS
        for values in values_files(chart)
    ]
    return "\n".join(filter(None, problems))


def kubeconform() -> str:
    """Every rendered manifest against the API server's own schemas."""
    return schemas.check_rendered_charts()


CHECKS: dict[str, Callable[[], str]] = {
    "ruff check": ruff_check,
    "ruff format": ruff_format,
    "mypy (strict)": mypy,
    "import-linter": import_linter,
    "shellcheck": shellcheck,
    "helm lint": helm_lint,
    "kubeconform": kubeconform,
}
