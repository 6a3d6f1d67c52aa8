"""Pages and messages use the words of CONTRIBUTING.md, which also lists phrases not to use."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from omero_ci.paths import ROOT

GLOSSARY: Final = ROOT / "CONTRIBUTING.md"
# Users and operators read these: pages, and what is installed, applied or printed.
READ: Final = ["*.md", "*.html", "*.txt", "values.yaml", "*/values.yaml", "*.schema.json", "*.tpl"]
# Programs whose errors, logs, conditions, `--help` and descriptions of fields somebody reads.
PROGRAMS: Final = ["benchmarks", "ci", "common", "images", "operator", "plugins", "standin/src"]


def _listed(*patterns: str) -> list[Path]:
    """Files of the tree that fit one of git's patterns."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in ended.stdout.split() if (ROOT / name).is_file()]


PAGES: Final = _listed(*READ)
# A file that needs a phrase in its usual meaning, by its path from the root.
ALLOWED: Final[dict[str, set[str]]] = {
    # Clients may read OMERO.server's own words.
    "standin/src/omero_standin/services/copied_pixels.py": {"bounds"},
    "standin/src/omero_standin/services/iroi.py": {"bounds"},
}


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


def messages(source: str) -> list[str]:
    """The strings of a Python module that are not docstrings."""
    nodes = list(ast.walk(ast.parse(source)))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def texts(file: Path) -> list[str]:
    """What a file may show: the messages of a Python module, each line of any other file."""
    content = file.read_text()
    shown = messages(content) if file.suffix == ".py" else content.splitlines()
    return [text.strip() for text in shown]


def unplain(file: Path, shown: list[str]) -> list[str]:
    """The phrases not to use in the texts of a file, each with the file's path."""
    name = str(file.relative_to(ROOT))
    phrases = {phrase for text in shown for phrase in found(text, NOT_TO_USE)}
    return [f"{name}: {phrase}" for phrase in sorted(phrases - ALLOWED.get(name, set()))]


NOT_TO_USE: Final = phrases_not_to_use(GLOSSARY.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_uses_the_words_of_the_project(page: Path) -> None:
    text = page.read_text()
    if page == GLOSSARY:
        text = text.split("\n## Words\n", 1)[0]
    assert unplain(page, [text]) == [], "CONTRIBUTING.md, 'Words', has the word to use"


@pytest.mark.parametrize("folder", PROGRAMS)
def test_messages_use_the_words_of_the_project(folder: str) -> None:
    files = _listed(f"{folder}/*.py", f"{folder}/*.js", f"{folder}/*.toml")
    assert files
    wrong = [each for file in files for each in unplain(file, texts(file))]
    assert wrong == [], "CONTRIBUTING.md, 'Words', has the word to use"


def test_messages_are_read_and_docstrings_are_not() -> None:
    source = '"""All is well."""\nraise ValueError(f"{name} is well, or " "is away")\n'
    assert messages(source) == [" is well, or is away"]


def test_the_list_is_read() -> None:
    assert "is well" in NOT_TO_USE
    assert len(NOT_TO_USE) > 20


def test_a_phrase_is_found_across_lines_and_not_in_code() -> None:
    assert found("says that it IS\n  well, always", ["is well"]) == ["is well"]
    assert found("```\nis well\n```\n\n    is well\n", ["is well"]) == []
    assert found("this wellness", ["is well"]) == []
