"""docs/standin.md is what a run of the tests would write now."""

from __future__ import annotations

from omero_ci.paths import ROOT
from outside_clients import tried


def test_page_is_what_passing_tests_write() -> None:
    written = (ROOT / "docs" / "standin.md").read_text()
    assert written == tried.page(), "stale, or something failed: run `ci/test plugins`"


def test_files_of_earlier_checks_exist() -> None:
    assert [row.file for row in tried.ALL if row.file and not (ROOT / row.file).is_file()] == []
