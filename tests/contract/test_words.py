"""Pages use the words of CONTRIBUTING.md, whose table also lists phrases not to use."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from omero_ci.paths import ROOT

GLOSSARY: Final = ROOT / "CONTRIBUTING.md"
# Users and operators read these: pages, and what is installed, applied or printed.
READ: Final = ["*.md", "*.html", "*.txt", "values.yaml", "*/values.yaml", "*.schema.json", "*.tpl"]
LISTED: Final = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *READ],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.split()
PAGES: Final = [ROOT / name for name in LISTED if (ROOT / name).is_file()]
# A page that needs a phrase in its usual meaning, by its path from the root.
ALLOWED: Final[dict[str, set[str]]] = {}


def phrases_not_to_use(glossary: str) -> list[str]:
    """The quoted phrases in the last column of the table under the heading `Words`."""
    section = glossary.split("\n## Words\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    return [phrase for row in rows for phrase in re.findall(r'"([^"]+)"', row.split("|")[3])]


def found(text: str, phrases: list[str]) -> list[str]:
    """The phrases in a text, in any case and across line breaks; code blocks do not count."""
    words = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    words = re.sub(r"^ {4}.*$", "", words, flags=re.MULTILINE)
    plain = " ".join(words.lower().split())
    return [each for each in phrases if re.search(rf"\b{re.escape(each)}\b", plain)]


def messages(source: str) -> Iterator[str]:
    """The texts in a module that may be shown: all of them but docstrings."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str):
            yield node.value


NOT_TO_USE: Final = phrases_not_to_use(GLOSSARY.read_text())
# Conditions, events, errors, logs, `--help` and the descriptions of fields.
MODULES: Final = sorted((ROOT / "operator/src/omero_operator").rglob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_uses_the_words_of_the_project(page: Path) -> None:
    text = page.read_text()
    if page == GLOSSARY:
        text = text.split("\n## Words\n", 1)[0]
    allowed = ALLOWED.get(str(page.relative_to(ROOT)), set())
    assert set(found(text, NOT_TO_USE)) <= allowed, "CONTRIBUTING.md, 'Words', has the word to use"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_message_of_the_operator_uses_the_words_of_the_project(module: Path) -> None:
    told = {phrase for text in messages(module.read_text()) for phrase in found(text, NOT_TO_USE)}
    assert told == set(), "CONTRIBUTING.md, 'Words', has the word to use"


def test_messages_are_read_and_docstrings_are_not() -> None:
    source = '"""Is well."""\nlog(f"{name} is " "away", 1)\n'
    assert [text for text in messages(source) if "is" in text.lower()] == [" is away"]


def test_the_list_is_read() -> None:
    assert "is well" in NOT_TO_USE
    assert len(NOT_TO_USE) > 20


def test_a_phrase_is_found_across_lines_and_not_in_code() -> None:
    assert found("says that it IS\n  well, always", ["is well"]) == ["is well"]
    assert found("```\nis well\n```\n\n    is well\n", ["is well"]) == []
    assert found("this wellness", ["is well"]) == []
