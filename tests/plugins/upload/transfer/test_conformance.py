"""tus 1.0.0 by the same tests: tusd, which is the reference, ours, and ours behind nginx.

Where tusd differs from the specification, the tests accept both: it answers a wrong type of a chunk
with 400 instead of 415, a wrong version without Tus-Version, and HEAD whatever the version is. What
ours does there is in `test_tus.py`.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator

import pytest
from tusclient.client import TusClient

import tus_servers
from people import People
from plugin_site import until
from tus_servers import TusServer
from whole_site import WholeSite

DATA = random.Random(15).randbytes(3_000_000)


@pytest.fixture(scope="module", params=["tusd", "ours", "front"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TusServer]:
    """Each of the three, one after the other."""
    if request.param == "tusd":
        with tus_servers.tusd(tmp_path_factory.mktemp("tusd")) as running:
            yield running
        return
    whole: WholeSite = request.getfixturevalue("whole")
    people: People = request.getfixturevalue("people")
    person = people.person()
    if request.param == "ours":
        with tus_servers.ours(whole, person, whole.site.url) as running:
            yield running
    else:
        with tus_servers.ours_behind_front(whole, person) as running:
            yield running


def test_a_new_file_is_empty(server: TusServer) -> None:
    address = server.new(10)
    head = server.client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == ("0", "10")
    assert head.headers["Cache-Control"] == "no-store"
    assert head.headers["Tus-Resumable"] == "1.0.0"


def test_chunks_of_any_size_make_the_file(server: TusServer) -> None:
    address, offset = server.new(len(DATA)), 0
    sizes = [1, 0, 65_536, 65_537, 1_000_000, 2**20, len(DATA)]
    for size in sizes:
        chunk = DATA[offset : offset + size]
        answer = server.patch(address, offset, chunk)
        assert (answer.status_code, answer.content) == (204, b""), answer.text
        offset += len(chunk)
        assert answer.headers["Upload-Offset"] == str(offset)
        assert server.offset(address) == offset
    assert server.stored(address) == DATA


@pytest.mark.parametrize("size", [4, 2_000_000])
def test_a_chunk_that_begins_elsewhere_is_refused(server: TusServer, size: int) -> None:
    address = server.new(len(DATA))
    assert server.patch(address, 0, DATA[:5]).status_code == 204
    for offset in (0, 4, 6, 100):
        assert server.patch(address, offset, DATA[:size]).status_code == 409
    assert server.stored(address) == DATA[:5]
    assert server.patch(address, 5, DATA[5:]).status_code == 204
    assert server.stored(address) == DATA


def test_more_than_was_declared_is_refused(server: TusServer) -> None:
    address = server.new(10)
    assert server.patch(address, 0, DATA[:1_000_000]).status_code == 413
    assert server.patch(address, 0, DATA[:11]).status_code == 413
    assert server.patch(address, 0, DATA[:10]).status_code == 204
    assert server.stored(address) == DATA[:10]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/octet-stream"}, {400, 415}),
        ({"Content-Type": "multipart/form-data; boundary=x"}, {400, 415}),
        ({"Upload-Offset": "-1"}, {400}),
        ({"Upload-Offset": "one"}, {400}),
        ({"Upload-Offset": ""}, {400}),
        ({"Tus-Resumable": "0.9.9"}, {412}),
        ({"Tus-Resumable": ""}, {412}),
    ],
)
def test_a_chunk_with_wrong_headers_is_refused(
    server: TusServer, headers: dict[str, str], status: set[int]
) -> None:
    address = server.new(10)
    answer = server.patch(address, 0, b"0123", **headers)
    assert answer.status_code in status
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert server.offset(address) == 0


def test_an_end_says_its_version(server: TusServer) -> None:
    address = server.new(10)
    answer = server.client.delete(address, headers={"Tus-Resumable": "2.0.0"})
    assert answer.status_code == 412
    assert server.offset(address) == 0


def test_an_address_that_nobody_made(server: TusServer) -> None:
    address = server.new(10)
    for wrong in (address.rstrip("/")[:-1] + "77/", address.rstrip("/") + "9999/"):
        assert server.client.head(wrong).status_code == 404
        assert server.patch(wrong, 0, b"x").status_code == 404


def test_what_is_ended_is_gone(server: TusServer) -> None:
    address = server.new(10)
    assert server.patch(address, 0, b"0123").status_code == 204
    assert server.client.delete(address).status_code == 204
    assert server.client.head(address).status_code in (404, 410)
    assert server.patch(address, 4, b"0123").status_code in (404, 410)
    assert not server.made[address].exists()


def test_the_method_may_be_in_a_header(server: TusServer) -> None:
    address = server.new(10)
    headers = {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0"}
    headers["Content-Type"] = "application/offset+octet-stream"
    answer = server.client.post(address, content=b"0123", headers=headers)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "4")


def test_what_the_server_can_do(server: TusServer) -> None:
    answer = server.client.options(server.new(10))
    assert answer.status_code in (200, 204)
    assert "1.0.0" in answer.headers["Tus-Version"].split(",")
    assert {"creation", "termination"} <= set(answer.headers["Tus-Extension"].split(","))


def test_an_empty_file_is_complete(server: TusServer) -> None:
    address = server.new(0)
    head = server.client.head(address)
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == ("0", "0")
    assert server.stored(address) == b""


def test_what_arrived_before_the_line_was_cut_stays(server: TusServer) -> None:
    address = server.new(len(DATA))
    server.begin(address, 0, len(DATA), DATA[:1_500_000]).close()
    # A server that is behind another one may learn it a moment later.
    until(lambda: server.offset(address) > 0)
    offset = server.offset(address)
    assert 0 < offset <= 1_500_000
    assert server.stored(address) == DATA[:offset]
    assert server.patch(address, offset, DATA[offset:]).status_code == 204
    assert server.stored(address) == DATA


@pytest.mark.parametrize("asked", ["HEAD", "PATCH"])
def test_a_later_request_takes_the_file_over(server: TusServer, asked: str) -> None:
    address = server.new(len(DATA))
    with server.begin(address, 0, len(DATA), DATA[:1_500_000]):
        # The line stands still and is not cut.
        until(lambda: server.has_some(address))
        if asked == "HEAD":
            offset = server.offset(address)
        else:
            answer = server.patch(address, 1_500_000, DATA[1_500_000:1_600_000])
            assert answer.status_code in (204, 409)
            offset = server.offset(address)
        assert offset > 0
        assert server.patch(address, offset, DATA[offset:]).status_code == 204
    assert server.stored(address) == DATA


def test_an_unmodified_client_sends_its_file(server: TusServer) -> None:
    jar = server.client.cookies.jar
    headers = {
        "Cookie": "; ".join(f"{each.name}={each.value}" for each in jar),
        "X-CSRFToken": server.client.headers.get("X-CSRFToken", ""),
    }
    address = server.new(len(DATA))
    url = str(server.client.base_url.join(address))
    uploader = TusClient(url, headers=headers).uploader(
        file_stream=io.BytesIO(DATA), url=url, chunk_size=700_000, upload_checksum=True
    )
    uploader.upload(stop_at=1_400_000)
    assert server.offset(address) == 1_400_000
    again = TusClient(url, headers=headers).uploader(
        file_stream=io.BytesIO(DATA), url=url, chunk_size=1_000_000, upload_checksum=True
    )
    assert again.offset == 1_400_000
    again.upload()
    assert server.stored(address) == DATA
