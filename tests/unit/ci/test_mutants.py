"""`ci/mutants`: which places are changed, which are drawn, and what is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutation import __main__ as command
from mutation import chart_source, pytest_child, python_source, report
from mutation.families import FAMILIES
from mutation.report import Result
from mutation.runner import Runner
from mutation.tree import Tree
from omero_ci.paths import ROOT
from tools.common.errors import CommandError

MODULE = '''"""What it does."""

from __future__ import annotations

from typing import Literal, cast

Mode = Literal["add"]
__all__ = ["port"]


def port(number: int = 80) -> dict[str, int]:
    """A port."""
    if number > 1:
        return {"port": number}
    return {
        "a": cast("int", 5),
    }
'''


def test_expressions_conditions_and_fields_are_changed_and_types_are_not() -> None:
    found = [one.diff for one in python_source.mutants("desired", "a.py", MODULE)]
    for diff in (
        "- if number > 1:\n+ if number >= 1:",
        "- if number > 1:\n+ if False:",
        '- return {"port": number}\n+ return {}',
        '- return {"port": number}\n+ return {"PORT": number}',
        "- def port(number: int = 80) -> dict[str, int]:\n"
        "+ def port(number: int = 81) -> dict[str, int]:",
    ):
        assert diff in found
    assert not [
        diff for diff in found if "Literal" in diff or "__all__" in diff or "What it does" in diff
    ]
    assert not [diff for diff in found if 'cast("XX' in diff or "cast(None" in diff]


def test_a_change_knows_the_lines_of_its_statement() -> None:
    mutants = list(python_source.mutants("desired", "a.py", MODULE))
    (key,) = [one for one in mutants if '"XXaXX"' in one.diff]
    assert (key.line, key.lines) == (16, (15, 17))
    (condition,) = [one for one in mutants if "if True" in one.diff]
    assert (condition.line, condition.lines) == (13, (13, 13))
    (default,) = [one for one in mutants if "81" in one.diff]
    assert default.lines == (11, 11)


TEMPLATE = """{{- /* a comment
with: true */ -}}
# replicas: 3
{{- if and .Values.a (eq .Values.b "x") }}
replicas: 2 # two
name: omero
{{- with .Values.labels }}
labels: {{- toYaml . | nindent 4 }}
{{- end }}
enabled: true
{{- end }}
"""


def test_lines_of_a_template_are_removed_and_its_conditions_turned() -> None:
    found = {one.diff for one in chart_source.mutants("charts", "a.yaml", TEMPLATE)}
    condition = '{{- if and .Values.a (eq .Values.b "x") }}'
    assert found == {
        f'- {condition}\n+ {{{{- if not (and .Values.a (eq .Values.b "x")) }}}}',
        f"- {condition}\n+ {condition.replace('and', 'or')}",
        f"- {condition}\n+ {condition.replace('eq', 'ne')}",
        "- replicas: 2 # two",
        "- replicas: 2 # two\n+ replicas: 3 # two",
        "- name: omero",
        "- name: omero\n+ name: omeroXX",
        "- {{- with .Values.labels }}\n+ {{- with list }}",
        "- labels: {{- toYaml . | nindent 4 }}",
        "- enabled: true",
        "- enabled: true\n+ enabled: false",
    }


def test_every_family_has_files_and_tests() -> None:
    for name, family in FAMILIES.items():
        assert family.paths(), name
        for test in family.tests:
            assert (ROOT / test).exists(), test


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    def drawn(*arguments: str) -> list[tuple[str, str]]:
        (chosen,) = command._chosen(command._read(["templates/_validate.tpl", *arguments])).values()
        assert chosen[0] == everything
        return [one.key for one in chosen[1]]

    ((everything, whole),) = command._chosen(
        command._read(["templates/_validate.tpl", "--all"])
    ).values()
    assert len(whole) == everything > 3
    assert drawn("--sample", "3", "--seed", "1") == drawn("--sample", "3", "--seed", "1")
    assert len(drawn("--sample", "3", "--seed", "1")) == 3
    assert drawn("--sample", "3", "--seed", "1") != drawn("--sample", "3", "--seed", "2")


def test_only_the_survivors_of_the_last_run_are_tried(tmp_path: Path) -> None:
    asked = ["--survivors", "--results", str(tmp_path)]
    with pytest.raises(CommandError, match="no mutant to try"):
        command._chosen(command._read(asked))
    (made,) = command._chosen(command._read(["templates/_validate.tpl", "--all"])).values()
    result = Result("charts", made[0], tried=20, survivors=[(made[1][2], "all tests passed")])
    written = report.write(tmp_path, "All.", [result])
    text = written.read_text()
    assert f"| charts | {made[0]} | 20 | 1 | 5.0 | 0.0 |" in text
    assert f"`templates/_validate.tpl:{made[1][2].line}` (charts): all tests passed" in text
    assert f"```diff\n{made[1][2].diff}\n```" in text
    chosen = command._chosen(command._read(asked))
    assert chosen == {"charts": (made[0], [made[1][2]])}


def test_an_entry_whose_change_is_no_longer_made_is_refused() -> None:
    made = list(python_source.mutants("desired", "a.py", MODULE))
    command._check({made[0].key, ("elsewhere.py", "- a\n+ b")}, made)
    with pytest.raises(
        CommandError, match=r"a\.py no longer has this mutant; delete the entry:\n- gone"
    ):
        command._check({("a.py", "- gone")}, made)


def test_a_file_of_no_family_is_refused() -> None:
    with pytest.raises(CommandError, match=r"neither a family nor a file of a family: .*/Makefile"):
        command._chosen(command._read(["Makefile"]))


def test_the_repository_itself_is_never_changed(tmp_path: Path) -> None:
    before = (ROOT / "values.yaml").read_text()
    tree = Tree(tmp_path)
    assert (tmp_path / "values.yaml").read_text() == before
    tree.write("values.yaml", "a: 1\n")
    first = (tmp_path / "values.yaml").stat().st_mtime
    tree.write("values.yaml", "a: 2\n")
    # Python would take the compiled file of the text before for that of this one.
    assert (tmp_path / "values.yaml").stat().st_mtime != first
    assert (ROOT / "values.yaml").read_text() == before


def test_a_run_of_tests_that_broke_is_not_taken_for_a_test_that_noticed(tmp_path: Path) -> None:
    """It would make every change look noticed."""

    runner = Runner(Tree(tmp_path / "tree"), tmp_path)

    def run(code: int) -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pytest_child, "run", lambda *_: code)
            return runner._run(["a.py"], [], 1, (pytest_child.PASSED, *pytest_child.FAILED))

    assert [run(code) for code in (0, 1, 2, 4)] == [0, 1, 2, 4]
    for code in (3, 5, 70, -11):
        with pytest.raises(CommandError, match=f"pytest ended with {code} on a.py; see .*last-run"):
            run(code)
