"""`memo-files` opens an image of each fileset, in shares, by the job-service account."""

from __future__ import annotations

from collections import Counter
from typing import Any

import omero
import pytest
from omero.rtypes import unwrap
from omero_web_container import memo_files

from whole_site import WholeSite


@pytest.fixture
def share(whole: WholeSite, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Does one share of three, and says which pixels were opened."""
    for name, value in whole.variables.items():
        if name.startswith(("OMERO_", "JOB_SERVICE_")):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("MEMO_SHARES", "3")
    monkeypatch.setattr(memo_files, "_PAGE", 2)
    opened: list[int] = []
    real = memo_files._opened

    def noted(client: Any, fileset: int, pixels: int) -> bool:
        opened.append(fileset)
        return real(client, fileset, pixels)

    monkeypatch.setattr(memo_files, "_opened", noted)

    def run(number: int) -> tuple[dict[str, int], list[int]]:
        opened.clear()
        monkeypatch.setenv("JOB_COMPLETION_INDEX", str(number))
        return memo_files.memo_files(), list(opened)

    return run


def _filesets(whole: WholeSite) -> list[int]:
    client = omero.client("127.0.0.1", whole.site.standin.port)
    client.createSession("root", whole.site.standin.password)
    try:
        rows = client.sf.getQueryService().projection(
            "select distinct f.id from Pixels p join p.image i join i.fileset f",
            None,
            {"omero.group": "-1"},
        )
        return sorted(row[0] for row in unwrap(rows))
    finally:
        client.closeSession()


def test_each_fileset_of_all_groups_is_opened_in_one_share(whole: WholeSite, share: Any) -> None:
    before = _filesets(whole)
    done = [share(number) for number in range(3)]
    opened = Counter(fileset for _, each in done for fileset in each)
    assert len(before) > 4, "more than a page"
    assert set(opened.values()) == {1}
    assert set(before) <= set(opened)
    for number, (result, each) in enumerate(done):
        assert {fileset % 3 for fileset in each} <= {number}
        assert result == {"opened": len(each), "unreadable": 0}


def test_fileset_that_omero_cannot_read_is_counted_and_the_next_one_opened(
    share: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = memo_files._filesets

    def without_the_first(client: Any) -> Any:
        rows = [row for row in real(client) if row[0] % 3 == 0]
        yield rows[0][0], 987654321
        yield from rows[1:]

    monkeypatch.setattr(memo_files, "_filesets", without_the_first)
    result, each = share(0)
    assert result == {"opened": len(each) - 1, "unreadable": 1}


def test_server_that_does_not_answer_fails_so_that_the_share_is_done_again(
    share: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMERO_PORT", "1")
    monkeypatch.setenv("BOOTSTRAP_WAIT_SECONDS", "0")
    with pytest.raises(memo_files.bootstrap.Failed, match=r"127\.0\.0\.1:1"):
        share(0)
