"""`ci/outside-suites`: where sources come from, what a result counts, when a goal is reached."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from http_double import answering
from outside_suites import __main__ as runner
from outside_suites import report, results, server, sources
from outside_suites.results import Result
from outside_suites.sources import NotToBeHad, Unreachable, checked_out
from outside_suites.suites import SUITES, Suite

JUNIT = """<testsuites><testsuite>
<testcase classname="a.TestA" name="one"/>
<testcase classname="a.TestA" name="two"><failure message="short">def test_two():
>   conn.save()
E   omero.ValidationException: exception ::omero::ValidationException
E   {
E       serverStackTrace = x
E       message = no name
E   }</failure></testcase>
<testcase classname="a.TestA" name="three"/>
<testcase classname="a.TestA" name="three"><error>E   AssertionError: left</error></testcase>
<testcase classname="a.TestA" name="four"><skipped message="not here"/></testcase>
</testsuite></testsuites>"""


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def mirrors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of mirrors with one repository; GitHub is not asked."""
    mirror = tmp_path / "mirrors" / "owner+client"
    (mirror / "tests").mkdir(parents=True)
    git(mirror, "init", "--quiet")
    (mirror / "tests" / "test_it.py").write_text("old\n")
    (mirror / "client.py").write_text("source\n")
    git(mirror, "add", ".")
    git(mirror, "commit", "--quiet", "-m", "old")
    (mirror / "tests" / "test_it.py").write_text("new\n")
    git(mirror, "commit", "--quiet", "-a", "-m", "new")
    bare = tmp_path / "mirrors" / "owner+client.git"
    git(tmp_path, "clone", "--quiet", "--bare", str(mirror), str(bare))
    mirror.rename(tmp_path / "work")
    bare.rename(mirror)
    git(mirror, "config", "uploadpack.allowAnySHA1InWant", "true")
    monkeypatch.setenv(sources.MIRRORS, str(tmp_path / "mirrors"))
    monkeypatch.setattr(sources, "GITHUB", f"file://{tmp_path}/no-github")
    return mirror


def test_the_pinned_commit_and_only_its_tests(mirrors: Path, tmp_path: Path) -> None:
    old = git(mirrors, "rev-parse", "HEAD~1")
    suite = Suite("client", "owner/client", old, "tests", 100)
    folder = checked_out(suite, tmp_path / "cache")
    assert (folder / "tests" / "test_it.py").read_text() == "old\n"
    # The client itself is the one that is installed.
    assert not (folder / "client.py").exists()
    mirrors.rename(tmp_path / "gone")
    assert checked_out(suite, tmp_path / "cache") == folder


def test_what_cannot_be_had_says_where_it_was_looked_for(mirrors: Path, tmp_path: Path) -> None:
    suite = Suite("client", "owner/client", "0" * 40, "tests", 100)
    with pytest.raises(NotToBeHad) as raised:
        checked_out(suite, tmp_path / "cache")
    assert str(mirrors) in str(raised.value)
    assert "no-github/owner/client" in str(raised.value)
    assert not list((tmp_path / "cache").iterdir())


@pytest.fixture
def empty_github(mirrors: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A GitHub that answers and has no repository."""

    class Nothing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        do_HEAD = do_GET  # noqa: N815 - the standard library's name

        def log_message(self, *_: object) -> None:
            """Quietly."""

    with answering(ThreadingHTTPServer(("127.0.0.1", 0), Nothing)) as url:
        monkeypatch.setattr(sources, "GITHUB", url.rstrip("/"))
        yield


OTHER = Suite("other", "owner/other", "1" * 40, "tests", 100)


def test_a_repository_that_was_never_reached_is_unavailable(mirrors: Path, tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no mirror has its repository, and GitHub does not"):
        checked_out(OTHER, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_mirror_that_lacks_the_commit_is_a_failure(mirrors: Path, tmp_path: Path) -> None:
    """It was reached: somebody can fetch the commit into it, or has to correct the number."""
    with pytest.raises(NotToBeHad) as raised:
        checked_out(Suite("client", "owner/client", "0" * 40, "tests", 100), tmp_path / "cache")
    assert not isinstance(raised.value, Unreachable)


def test_a_repository_that_github_does_not_have_is_a_failure(
    empty_github: None, tmp_path: Path
) -> None:
    with pytest.raises(NotToBeHad) as raised:
        checked_out(OTHER, tmp_path / "cache")
    assert not isinstance(raised.value, Unreachable)
    assert "owner/other" in str(raised.value)


def test_what_could_be_had_before_is_a_failure(mirrors: Path, tmp_path: Path) -> None:
    old, new = git(mirrors, "rev-parse", "HEAD~1"), git(mirrors, "rev-parse", "HEAD")
    checked_out(Suite("client", "owner/client", old, "tests", 100), tmp_path / "cache")
    mirrors.rename(tmp_path / "gone")
    for _ in range(2):
        with pytest.raises(NotToBeHad) as raised:
            checked_out(Suite("client", "owner/client", new, "tests", 100), tmp_path / "cache")
        assert not isinstance(raised.value, Unreachable)


def test_other_paths_of_a_revision_that_was_had_are_a_failure(
    mirrors: Path, tmp_path: Path
) -> None:
    """What was fetched stays until another is there: without it, nobody knows the next time."""
    new = git(mirrors, "rev-parse", "HEAD")
    checked_out(Suite("client", "owner/client", new, "tests", 100), tmp_path / "cache")
    mirrors.rename(tmp_path / "gone")
    more = Suite("client", "owner/client", new, "tests", 100, needs=("tests", "client.py"))
    for _ in range(2):
        with pytest.raises(NotToBeHad) as raised:
            checked_out(more, tmp_path / "cache")
        assert not isinstance(raised.value, Unreachable)


GOOD, BAD = Result(SUITES[0], passed=100), Result(SUITES[1], passed=1, failed=99)
AWAY = Result(OTHER, problem="GitHub does not answer", unavailable=True)
LOST = Result(OTHER, problem="its sources cannot be had: no such commit")


@pytest.mark.parametrize(
    ("found", "asked_for", "success"),
    [
        ([GOOD, AWAY], False, True),
        ([GOOD, BAD, AWAY], False, False),
        ([GOOD, LOST], False, False),
        # Nothing was shown.
        ([AWAY], False, False),
        # Somebody wanted to see this one.
        ([GOOD, AWAY], True, False),
        ([GOOD], True, True),
    ],
    ids=["unavailable", "goal missed", "not to be had", "all unavailable", "named", "named, good"],
)
def test_unavailable_suites_fail_only_where_they_were_named(
    found: list[Result], asked_for: bool, success: bool
) -> None:
    assert runner.succeeded(found, asked_for=asked_for) is success


def test_the_table_says_which_suites_are_unavailable() -> None:
    lines = report.table([GOOD, AWAY]).splitlines()
    assert lines[2].startswith("other ")
    assert lines[2].endswith("unavailable on this machine: GitHub does not answer")
    verdict = report.verdict([GOOD, BAD, AWAY])
    assert verdict == "1 of 2 suites reached their goals; unavailable on this machine: other"
    assert report.verdict([GOOD]) == "1 of 1 suites reached their goals"


def test_each_test_counts_once_with_its_worst_outcome(tmp_path: Path) -> None:
    file = tmp_path / "results.xml"
    file.write_text(JUNIT)
    found = results.read(SUITES[0], file)
    assert (found.passed, found.failed, found.errors, found.skipped) == (1, 1, 1, 1)
    assert found.total == 3
    reasons = {name: why for name, (why, _) in found.failures.items()}
    assert reasons == {
        "a.TestA::two": "ValidationException: no name",
        "a.TestA::three": "AssertionError: left",
    }


def test_of_exceptions_that_led_to_each_other_the_last_is_the_reason() -> None:
    trace = """a.py:1: in parse
E     File "<string>", line 0
E   SyntaxError: no element found

The above exception was the direct cause of the following exception:
b.py:2: in read
E   ValueError: Could not parse ''
E     and more of it"""
    assert results.reason(trace) == "ValueError: Could not parse ''"


@pytest.mark.parametrize("text", [None, "<testsuites><testsuite>"])
def test_no_result_is_no_success(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "results.xml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ValueError, match="pytest wrote no result"):
        results.read(SUITES[0], file)


@pytest.mark.parametrize(
    ("passed", "failed", "problem", "reached"),
    [
        (85, 15, "", True),
        (84, 16, "", False),
        (0, 0, "", False),
        (100, 0, "it was stopped after 1200 s", False),
    ],
)
def test_when_a_goal_is_reached(passed: int, failed: int, problem: str, reached: bool) -> None:
    suite = Suite("client", "owner/client", "0" * 40, "tests", 85)
    result = Result(suite, passed=passed, failed=failed, problem=problem)
    assert result.reached is reached
    line = report.table([result]).splitlines()[1]
    assert ("yes" in line) is reached
    if not passed:
        assert "0 %" in line
    if problem:
        assert problem in line


def test_the_report_groups_failures_by_their_reason() -> None:
    failures = dict.fromkeys("ab", ("no such call", "trace")) | {"c": ("other", "trace")}
    text = report.reasons([Result(SUITES[0], passed=1, failed=3, failures=failures)])
    assert text.index("- 2 of: no such call") < text.index("- 1 of: other")


def test_names_are_told_apart_and_commits_are_whole() -> None:
    names = [suite.name for suite in SUITES]
    assert len(set(names)) == len(names)
    for suite in SUITES:
        assert len(suite.revision) == 40 or suite.revision.startswith("v")
        assert any(suite.tests.startswith(path) for path in suite.paths)


def test_a_suite_in_two_parts_runs_each_test_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = []

    def run(command: list[str], **_: object) -> None:
        ran.append(command[command.index("pytest") + 1 :])
        (tmp_path / "results.xml").write_text(JUNIT)
        (tmp_path / "sources").rmdir()

    monkeypatch.setattr(runner.subprocess, "run", run)
    (tmp_path / "fetched").mkdir()
    parts = [suite for suite in SUITES if suite.repository == "ome/omero-cli-transfer"]
    for suite in parts:
        assert runner._pytest(suite, tmp_path / "fetched", tmp_path, {}, "").total == 3
    marks = [command[command.index("-m") + 1] for command in ran]
    assert marks == ["not limit_plate", "limit_plate"]
    # Only the first server lets plates be downloaded.
    assert [dict(suite.settings) for suite in parts] == [
        {"omero.policy.binary_access": "+read,+write,+image,+plate"}, {},
    ]  # fmt: skip


def test_showinf_runs_the_java_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests' PATH begins with a program `java` that is the stand-in's import client."""
    for name in ("real", "client"):
        java = tmp_path / name / "java"
        java.parent.mkdir()
        java.write_text(f'#!/bin/sh\necho {name}; printf "%s\\n" "$@"\n')
        java.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'real'}:/bin")
    monkeypatch.setattr(server.bio_formats, "jar", lambda: tmp_path / "bio formats.jar")
    server.write_showinf(tmp_path / "showinf")
    monkeypatch.setenv("PATH", f"{tmp_path / 'client'}:/bin")
    ran = subprocess.run(
        [tmp_path / "showinf", "a b.tif", "-nopix"], capture_output=True, text=True, check=True
    )
    said = ran.stdout.splitlines()
    assert said[0] == "real"
    assert str(tmp_path / "bio formats.jar") in said
    assert said[-3:] == ["loci.formats.tools.ImageInfo", "a b.tif", "-nopix"]
