"""docs/standin.md is the table of what is tried."""

from __future__ import annotations

from omero_ci.paths import ROOT
from outside_clients import tried


def test_page_is_the_table() -> None:
    written = (ROOT / "docs" / "standin.md").read_text()
    assert written == tried.page()


def test_files_of_earlier_checks_exist() -> None:
    assert [row.file for row in tried.ALL if row.file and not (ROOT / row.file).is_file()] == []
