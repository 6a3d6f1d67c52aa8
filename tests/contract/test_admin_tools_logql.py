"""What the admin tools ask Loki, read by Loki's own grammar."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from log_questions import NASTY, QUESTIONS, SITE, everywhere
from omero_ci.paths import environment_with_tools
from omeroweb_admin_tools.planning.logs import logql
from omeroweb_admin_tools.planning.logs.model import SECOND, Range, Site
from omeroweb_admin_tools.planning.logs.sources import SOURCES
from tools.installer.logql import RECIPE, folder

# Characters that a text may have; Hypothesis leaves out halves of surrogate pairs.
TEXT: Final = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
# These are in each question already, beside the value.
KNOWN: Final = ("error", "a.log")
PLAIN: Final = logql.query(SITE, everywhere("x"))


def trees(queries: Sequence[str]) -> list[str | None]:
    """What each query is made of; nothing where the grammar does not accept it."""
    ended = subprocess.run(
        ["node", str(RECIPE / "check.mjs"), str(folder()), "trees"],
        input=json.dumps(queries),
        env=environment_with_tools(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: list[str | None] = json.loads(ended.stdout)
    return found


def test_every_kind_of_question_is_accepted() -> None:
    span = Range(0, 600 * SECOND)
    queries = [logql.query(SITE, ask) for ask, _, _ in QUESTIONS.values()]
    queries += [logql.files_question(SITE, each, span).form["query"] for each in SOURCES.values()]
    queries.append(logql.errors_question(SITE, span).form["query"])
    refused = [query for query, tree in zip(queries, trees(queries), strict=True) if tree is None]
    assert refused == []


def test_a_value_that_left_its_literal_would_be_seen() -> None:
    """As it would be with values that are written as they come."""
    left = PLAIN.replace('pod="x"', 'pod="x", job=~".+"')
    plain, other, broken = trees([PLAIN, left, PLAIN.replace('pod="x"', 'pod="x""')])
    assert plain is not None
    assert other not in (None, plain)
    assert broken is None


def hostile() -> list[str]:
    """Many values: the grammar is a program of Node, which is started once for all of them."""
    found = [*NASTY]

    @settings(max_examples=200, deadline=None, database=None)
    @given(TEXT)
    def collect(text: str) -> None:
        found.append(text)

    collect()
    return [text for text in found if text not in KNOWN]


def test_a_value_is_a_literal_and_nothing_else() -> None:
    """In texts, levels, names of files, pods and containers, and in the names of the site."""
    values = hostile()
    assert len(values) > 100
    queries = [logql.query(SITE, everywhere(text)) for text in values]
    queries += [logql.query(Site(text, text), everywhere("x")) for text in values]
    plain, *found = trees([PLAIN, *queries])
    assert plain is not None
    assert [query for query, tree in zip(queries, found, strict=True) if tree != plain] == []
