"""`ci/test --since`: which tests follow from which files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from omero_ci import ring, rings, since
from omero_ci.paths import ROOT
from omero_ci.rings import RINGS
from omero_ci.since import SMOKE, TABLE
from tools.common.errors import CommandError

QUICK = {"lint": ["tests/lint"], "contract": ["tests/contract"]}
ALL = {name: [ring.folder_of(name)] for name in RINGS}
SMOKE_ONLY = {"e2e": [SMOKE]}
OMP = "plugins/omeroweb_omp_plugin/src/omeroweb_omp_plugin/urls.py"
WHOLE_OPERATOR = {"operator": ["tests/operator"], "e2e": ["tests/e2e"]}


def chosen(*changed: str) -> dict[str, list[str]]:
    return {name: choice.tests for name, choice in since.choose(changed, RINGS).items()}


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        (OMP, {"unit": ["tests/unit/plugins/omp"],
               "plugins": ["tests/plugins/omp", "tests/plugins/web"], **SMOKE_ONLY}),
        ("standin/src/omero_standin/call.py", {"standin": ["standin/tests"]}),
        ("standin/README.md", {"standin": ["standin/tests"]}),
        ("requirements/clients.txt", {"standin": ["standin/tests"]}),
        ("common/src/omero_plugin_common/apps.py",
         {"unit": ["tests/unit/common", "tests/unit/plugins"], "plugins": ["tests/plugins"],
          **SMOKE_ONLY}),
        ("benchmarks/benchmarks/samples.py", {}),
        ("ci/omero_ci/dev.py", {"unit": ["tests/unit/ci"], **WHOLE_OPERATOR}),
        ("operator/src/omero_operator/__main__.py",
         {"unit": ["tests/unit/operator"], "charts": ["tests/charts"], **WHOLE_OPERATOR}),
        ("values.yaml", {"charts": ["tests/charts"], **WHOLE_OPERATOR}),
        ("charts/omero-operator/templates/_rules.tpl",
         {"charts": ["tests/charts"], **WHOLE_OPERATOR}),
        ("images/omero-web/src/omero_web_container/probe.py",
         {"unit": ["tests/unit/images", "tests/unit/web"], "plugins": ["tests/plugins"],
          **SMOKE_ONLY}),
        ("images/local/omero-standin/Dockerfile", SMOKE_ONLY),
        ("examples/omeroweb_example/Dockerfile",
         {"plugins": ["tests/plugins/pages"], "e2e": ["tests/e2e/test_1_apps.py"]}),
        # Documents, wherever they are.
        ("README.md", {}), ("docs/pages.md", {}), ("docs/images/first-page.png", {}),
        ("common/README.md", {}),
        # A test runs itself; what others share, those around it.
        ("tests/plugins/web/test_start.py", {"plugins": ["tests/plugins/web/test_start.py"]}),
        ("tests/unit/ci/test_no_longer_there.py", {}),
        ("tests/plugins/web/conftest.py", {"plugins": ["tests/plugins/web"]}),
        ("tests/plugins/conftest.py", {"plugins": ["tests/plugins"]}),
        ("tests/charts/golden/minimal.yaml", {"charts": ["tests/charts"]}),
        ("standin/tests/clients/lab.yaml", {"standin": ["standin/tests/clients"]}),
        ("standin/tests/test_cli.py", {"standin": ["standin/tests/test_cli.py"]}),
        ("tests/support/operator_ring/kube.py",
         {"unit": ["tests/unit/operator"], "operator": ["tests/operator"]}),
        ("tests/support/direct_calls.py", {"standin": ["standin/tests"]}),
    ],
)  # fmt: skip
def test_a_file_runs_what_can_fail_because_of_it(
    changed: str, wanted: dict[str, list[str]]
) -> None:
    assert chosen(changed) == QUICK | wanted


@pytest.mark.parametrize(
    "changed",
    [
        "pyproject.toml",
        "conftest.py",
        "requirements/host.txt",
        "tests/support/local_services.py",
        "ci/local_site/commands.py",
        # Nobody has said yet what these are.
        "a-new-folder/x.py",
        "tests/README",
    ],
)
def test_what_concerns_all_and_what_is_unknown_run_everything(changed: str) -> None:
    assert chosen("README.md", changed, OMP) == ALL


def test_a_plugin_without_tests_of_its_own_runs_those_of_all() -> None:
    found = chosen("plugins/omeroweb_not_yet/src/x.py")
    assert found["unit"] == ["tests/unit/plugins"]
    assert found["plugins"] == ["tests/plugins"]


def test_nothing_changed_runs_nothing() -> None:
    assert chosen() == {}


def test_no_test_is_named_twice() -> None:
    """Pytest would run it twice."""
    found = chosen("tests/plugins/web/test_start.py", OMP, "tests/plugins/omp/jobs/test_resume.py")
    assert found["plugins"] == ["tests/plugins/omp", "tests/plugins/web"]


def test_the_table_names_tests_that_are_there() -> None:
    named = {test for row in TABLE for test in row.tests if "{" not in test}
    paths = {test.partition("::")[0] for test in named - {since.EVERYTHING}}
    assert {path for path in paths if not (ROOT / path).exists()} == set()
    file, _, name = SMOKE.partition("::")
    assert f"def {name}(" in (ROOT / file).read_text()


def test_every_row_is_of_use() -> None:
    """Each decides about a file that is there; a row below a wider one would never be asked."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    used = {since.row_of(path)[0] for path in files.splitlines()}
    assert {row.words for row in TABLE} - used == set()


def test_what_is_printed_says_why(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = ["standin/src/a.py", "standin/src/b.py", "README.md"]
    monkeypatch.setattr(since, "changed_since", lambda _revision: changed)
    assert rings.main(["--since", "main", "--list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "3 files differ from where this branch left main",
        "  lint      all of it",
        "            because of every change (standin/src/a.py and 2 more)",
        "  contract  all of it",
        "            because of every change (standin/src/a.py and 2 more)",
        "  standin   all of it",
        "            because of the stand-in (standin/src/a.py and 1 more)",
    ]


def test_changed_files_are_those_of_the_branch_and_of_the_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what others have done on the other branch meanwhile."""

    def git(*words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    def commit(name: str, text: str = "") -> None:
        (tmp_path / name).write_text(text)
        git("add", "-A")
        git("commit", "-m", name)

    monkeypatch.setattr(since, "ROOT", tmp_path)
    git("init", "-b", "main")
    commit("old name", "some text\n" * 9)
    git("checkout", "-b", "mine")
    commit("mine")
    git("mv", "old name", "new name")
    git("commit", "-m", "renamed")
    git("checkout", "main")
    commit("others")
    git("checkout", "mine")
    (tmp_path / "mine").write_text("more")
    (tmp_path / "with ü").write_text("not committed")
    assert since.changed_since("main") == ["mine", "new name", "old name", "with ü"]


def test_an_unknown_revision_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="git knows no commit nonsense"):
        rings.main(["--since", "nonsense"])
    with pytest.raises(CommandError, match="either rings or --since"):
        rings.main(["unit", "--since", "HEAD"])


def test_help_has_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        rings.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "the stand-in: standin/tests" in said
    assert all(name in said for name in RINGS)
