"""How a download goes on that was cut, changed or never was what it should be.

The server is a double: it does what no healthy site does.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from http_double import answering
from imaris_client import connector

CONTENT = connector.HDF5 + bytes(range(256)) * 8192


class Site:
    """One file, and how it is sent.

    Attributes:
        base: its address.
        content: of the file.
        tag: its ETag.
        cuts: how many bytes each of the next answers sends before the connection ends.
        statuses: what the next requests are answered with instead.
        ranges: whether it honours the header Range.
        asked: the headers Range and If-Range of each request.
    """

    def __init__(self) -> None:
        self.content, self.tag, self.ranges = CONTENT, '"1"', True
        self.base = ""
        self.cuts: list[int] = []
        self.statuses: list[int] = []
        self.asked: list[tuple[str | None, str | None]] = []


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            wanted, condition = self.headers.get("Range"), self.headers.get("If-Range")
            made.asked.append((wanted, condition))
            if made.statuses:
                self.send_response(made.statuses.pop(0))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            start, whole = 0, len(made.content)
            if wanted and made.ranges and condition == made.tag:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                self.send_response(206 if start < whole else 416)
                part = f"{start}-{whole - 1}" if start < whole else "*"
                self.send_header("Content-Range", f"bytes {part}/{whole}")
            else:
                self.send_response(200)
            body = made.content[start:]
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", made.tag)
            self.end_headers()
            self.wfile.write(body[: made.cuts.pop(0)] if made.cuts else body)

    with answering(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as made.base:
        yield made


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector, "PAUSES", (0,) * 5)


def fetch(site: Site, target: Path, stop: threading.Event | None = None, told: Any = None) -> None:
    connection = connector.Connection(site.base)
    told = [] if told is None else told
    connector.download(
        connection, 1, 7, target, lambda *each: told.append(each), stop or threading.Event()
    )


def test_a_whole_file(site: Site, tmp_path: Path) -> None:
    told: list[tuple[int, int, int]] = []
    fetch(site, tmp_path / "a.ims", told=told)
    assert (tmp_path / "a.ims").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["a.ims"]
    assert told[-1] == (len(CONTENT), len(CONTENT), 0)


def test_a_cut_download_asks_for_the_rest(site: Site, tmp_path: Path) -> None:
    site.cuts = [1000, 500_000]
    fetch(site, tmp_path / "a.ims")
    assert (tmp_path / "a.ims").read_bytes() == CONTENT
    assert site.asked == [
        (None, None),
        ("bytes=1000-", '"1"'),
        ("bytes=501000-", '"1"'),
    ]


def test_it_gives_up_when_nothing_arrives_and_the_next_call_goes_on(
    site: Site, tmp_path: Path
) -> None:
    site.cuts = [700_000, 0, 0, 0, 0, 0, 0]
    with pytest.raises(connector.Failure, match="What has arrived is kept"):
        fetch(site, tmp_path / "a.ims")
    assert (tmp_path / "a.ims.part").stat().st_size == 700_000
    assert not (tmp_path / "a.ims").exists()
    site.cuts, site.asked = [], []
    fetch(site, tmp_path / "a.ims")
    assert site.asked == [("bytes=700000-", '"1"')]
    assert (tmp_path / "a.ims").read_bytes() == CONTENT


def test_another_file_under_the_same_address_is_sent_from_its_beginning(
    site: Site, tmp_path: Path
) -> None:
    site.cuts = [900_000, 0, 0, 0, 0, 0]
    with pytest.raises(connector.Failure):
        fetch(site, tmp_path / "a.ims")
    site.cuts, site.content, site.tag = [], connector.HDF5 + b"another image", '"2"'
    fetch(site, tmp_path / "a.ims")
    assert (tmp_path / "a.ims").read_bytes() == site.content


def test_a_server_that_ignores_ranges_sends_all_of_it(site: Site, tmp_path: Path) -> None:
    site.cuts, site.ranges = [1000], False
    fetch(site, tmp_path / "a.ims")
    assert (tmp_path / "a.ims").read_bytes() == CONTENT


def test_what_was_complete_before_the_end_of_the_program_needs_no_byte(
    site: Site, tmp_path: Path
) -> None:
    (tmp_path / "a.ims.part").write_bytes(CONTENT)
    (tmp_path / "a.ims.part.etag").write_text('"1"')
    told: list[Any] = []
    fetch(site, tmp_path / "a.ims", told=told)
    assert (tmp_path / "a.ims").read_bytes() == CONTENT
    assert told == []


def test_more_than_the_file_has_is_thrown_away(site: Site, tmp_path: Path) -> None:
    (tmp_path / "a.ims.part").write_bytes(CONTENT + b"rubbish")
    (tmp_path / "a.ims.part.etag").write_text('"1"')
    fetch(site, tmp_path / "a.ims")
    assert (tmp_path / "a.ims").read_bytes() == CONTENT


def test_a_site_that_is_unavailable_for_a_moment(site: Site, tmp_path: Path) -> None:
    site.statuses = [503, 502]
    fetch(site, tmp_path / "a.ims")
    assert (tmp_path / "a.ims").read_bytes() == CONTENT


@pytest.mark.parametrize("status", [404, 409, 410, 500])
def test_a_refusal_is_not_asked_again(site: Site, tmp_path: Path, status: int) -> None:
    site.statuses = [status] * 5
    with pytest.raises(connector.Failure) as caught:
        fetch(site, tmp_path / "a.ims")
    assert caught.value.status == status
    assert len(site.asked) == 1


@pytest.mark.parametrize("content", [b"", b"\x89HDF", b"<html>Log in</html>"])
def test_what_is_no_imaris_file_is_deleted(site: Site, tmp_path: Path, content: bytes) -> None:
    site.content = content
    with pytest.raises(connector.Failure, match="no Imaris file"):
        fetch(site, tmp_path / "a.ims")
    assert list(tmp_path.iterdir()) == []


def test_cancel_leaves_what_has_arrived_and_no_file(site: Site, tmp_path: Path) -> None:
    stop = threading.Event()
    connection = connector.Connection(site.base)
    with pytest.raises(connector.Stopped):
        connector.download(connection, 1, 7, tmp_path / "a.ims", lambda *_: stop.set(), stop)
    assert (tmp_path / "a.ims.part").stat().st_size == connector.PIECE
    assert not (tmp_path / "a.ims").exists()


def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    assert "is full" in connector._full_disk(full, tmp_path)
    assert "Permission denied" in connector._full_disk(
        PermissionError(13, "Permission denied"), tmp_path
    )
    assert connector._full_disk(connector.Failure("other"), tmp_path) == ""


def test_the_session_goes_to_no_other_site(site: Site) -> None:
    """A site that redirects elsewhere, such as to a login of the institute."""

    class Elsewhere(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", site.base + "stolen")
            self.end_headers()

    with (
        answering(ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)) as url,
        pytest.raises(connector.Failure, match="where it does not go"),
    ):
        connector.Connection(url).get("api/v0/token/")
    assert site.asked == []
