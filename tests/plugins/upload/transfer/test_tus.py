"""Bytes by tus on the running site: what is stored, what is refused, and what stays."""

from __future__ import annotations

import base64
import hashlib
import uuid
from contextlib import closing
from pathlib import Path

import httpx
import pytest

import local_services
import tus_servers
from people import People
from scraping import key, scrape
from transfer_clients import Sender, log_in
from upload_jobs import PREFIX, states
from whole_site import WholeSite

A, B = "folder/a.tif", "folder/ä 'b\".tif"
DATA = bytes(range(256)) * 40


def sum_of(data: bytes, algorithm: str = "sha1") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


def metadata(path: str) -> str:
    return f"relativePath {base64.b64encode(path.encode()).decode()}"


def test_an_upload_from_its_first_byte_to_the_check(sender: Sender) -> None:
    job = sender.declare({A: 10, B: 3})
    made = sender.client.post(
        job.address, headers={"Upload-Length": "3", "Upload-Metadata": metadata(B)}
    )
    assert made.status_code == 201, made.text
    assert made.headers["Location"] == job.file(B)
    assert made.headers["Upload-Expires"].endswith("GMT")
    assert sender.patch(made.headers["Location"], 0, b"xyz").status_code == 204
    first = sender.patch(job.file(A), 0, b"0123")
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "4")
    assert "Upload-Expires" in first.headers
    head = sender.head(job.file(A))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Upload-Offset"] == "4"
    assert head.headers["Upload-Length"] == "10"
    assert head.headers["Upload-Metadata"] == metadata(A)
    assert head.headers["Cache-Control"] == "no-store"
    assert states(sender.whole.base, job.id) == (
        "uploading", {A: ("pending", 4), B: ("uploaded", 3)},
    )  # fmt: skip
    last = sender.patch(job.file(A), 4, b"456789")
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, "10")
    assert "Upload-Expires" not in last.headers
    state, files = states(sender.whole.base, job.id)
    assert state != "uploading"
    assert files == {A: ("uploaded", 10), B: ("uploaded", 3)}
    assert sender.staged(job.id, A).read_bytes() == b"0123456789"
    assert sender.staged(job.id, B).read_bytes() == b"xyz"
    # Asked again, as after an answer that was lost.
    assert sender.head(job.file(A)).headers["Upload-Offset"] == "10"
    assert sender.patch(job.file(A), 10, b"").status_code == 204
    assert sender.patch(job.file(A), 10, b"more").status_code == 413
    for response in (made, first, head, last):
        assert response.headers["Tus-Resumable"] == "1.0.0"


def test_anybody_may_ask_what_the_site_can_do(whole: WholeSite) -> None:
    for address in (f"{PREFIX}/upload/{uuid.uuid4()}/", f"{PREFIX}/upload/{uuid.uuid4()}/0/"):
        answer = httpx.options(f"{whole.site.url}{address}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert answer.headers["Tus-Extension"] == "creation,termination,checksum,expiration"
        assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256,md5"
        assert int(answer.headers["Tus-Max-Size"]) > 0


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_chunk_with_a_wrong_checksum_leaves_nothing(sender: Sender, algorithm: str) -> None:
    job = sender.declare({A: 2 * len(DATA)})
    right = {"Upload-Checksum": sum_of(DATA, algorithm)}
    assert sender.patch(job.file(A), 0, DATA, **right).status_code == 204
    wrong = sender.patch(job.file(A), len(DATA), DATA[::-1], **right)
    assert (wrong.status_code, wrong.reason_phrase) == (460, "Checksum Mismatch")
    assert wrong.json()["code"] == "checksum_mismatch"
    assert sender.staged(job.id, A).read_bytes() == DATA
    assert sender.head(job.file(A)).headers["Upload-Offset"] == str(len(DATA))
    assert sender.patch(job.file(A), len(DATA), DATA, **right).status_code == 204
    assert sender.staged(job.id, A).read_bytes() == DATA * 2


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Tus-Resumable": ""}, 412, "tus_version"),
        ({"Tus-Resumable": "0.2.2"}, 412, "tus_version"),
        ({"Content-Type": "application/octet-stream"}, 415, "unsupported_media_type"),
        ({"Upload-Offset": "-1"}, 400, "bad_header"),
        ({"Upload-Offset": ""}, 400, "bad_header"),
        ({"Upload-Offset": "5"}, 409, "wrong_offset"),
        ({"Upload-Checksum": "crc32 AAAA"}, 400, "bad_header"),
        ({"X-CSRFToken": "wrong"}, 403, "csrf"),
        ({"Cookie": "sessionid=none"}, 401, "not_logged_in"),
    ],
)
def test_a_refused_chunk_changes_nothing(
    sender: Sender, headers: dict[str, str], status: int, code: str
) -> None:
    job = sender.declare({A: 10})
    answer = sender.patch(job.file(A), 0, b"0123", **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert not sender.staged(job.id, A).exists() or not sender.staged(job.id, A).stat().st_size
    assert states(sender.whole.base, job.id)[1] == {A: ("pending", 0)}


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
def test_another_version_of_tus_is_refused_with_ours(sender: Sender, method: str) -> None:
    job = sender.declare({A: 10})
    answer = sender.client.request(method, job.file(A), headers={"Tus-Resumable": "2.0.0"})
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert states(sender.whole.base, job.id)[1] == {A: ("pending", 0)}


def test_more_than_was_declared_is_refused(sender: Sender) -> None:
    job = sender.declare({A: 10})
    assert sender.patch(job.file(A), 0, b"0123456").status_code == 204
    answer = sender.patch(job.file(A), 7, DATA)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert sender.staged(job.id, A).read_bytes() == b"0123456"


@pytest.mark.parametrize(
    ("size", "path", "status", "code"),
    [
        ("10", "elsewhere.tif", 404, "undeclared"),
        ("11", A, 400, "bad_header"),
        ("", A, 400, "bad_header"),
        ("10", "../a.tif", 400, "bad_path"),
        ("10", "/etc/passwd", 400, "bad_path"),
        ("10", "C:/a.tif", 400, "bad_path"),
        ("10", "a\0b", 400, "bad_path"),
        ("10", "x" * 256, 400, "bad_path"),
    ],
)
def test_only_declared_files_are_created(
    sender: Sender, size: str, path: str, status: int, code: str
) -> None:
    job = sender.declare({A: 10})
    headers = {"Upload-Length": size, "Upload-Metadata": metadata(path)}
    answer = sender.client.post(job.address, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert states(sender.whole.base, job.id)[1] == {A: ("pending", 0)}


def test_another_users_upload_is_none(sender: Sender, people: People) -> None:
    job = sender.declare({A: 10})
    assert sender.patch(job.file(A), 0, b"0123").status_code == 204
    stranger = people.person(sender.person.group)
    with closing(log_in(sender.whole.site.url, stranger)) as client:
        other = Sender(sender.whole, sender.person, client, sender.staging)
        create = {"Upload-Length": "10", "Upload-Metadata": metadata(A)}
        answers = [
            other.head(job.file(A)),
            other.patch(job.file(A), 4, b"4567"),
            client.delete(job.file(A)),
            client.post(job.address, headers=create),
            client.post(job.address, files={"files": ("a", b"x")}, headers={"Tus-Resumable": ""}),
        ]
    assert [each.status_code for each in answers[:4]] == [404] * 4
    assert sender.staged(job.id, A).read_bytes() == b"0123"
    assert sender.head(job.file(A)).headers["Upload-Offset"] == "4"


@pytest.mark.parametrize("number", ["1", "2147483648", "9" * 40])
def test_a_number_that_no_file_has(sender: Sender, number: str) -> None:
    job = sender.declare({A: 10})
    assert sender.head(f"{job.address}{number}/").status_code == 404
    assert sender.head(f"{PREFIX}/upload/{uuid.uuid4()}/0/").status_code == 404


def test_a_file_that_was_taken_out_is_gone(sender: Sender) -> None:
    job = sender.declare({A: 10, B: 3})
    assert sender.patch(job.file(A), 0, b"0123").status_code == 204
    assert sender.patch(job.file(B), 0, b"xyz").status_code == 204
    assert sender.client.delete(job.file(A)).status_code == 204
    assert not sender.staged(job.id, A).exists()
    assert sender.head(job.file(A)).status_code == 410
    assert sender.patch(job.file(A), 0, b"0123").status_code == 410
    # What is left is complete.
    state, files = states(sender.whole.base, job.id)
    assert state != "uploading"
    assert files == {A: ("removed", 0), B: ("uploaded", 3)}


def test_the_method_may_be_in_a_header(sender: Sender) -> None:
    job = sender.declare({A: 10})
    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    headers["X-HTTP-Method-Override"] = "PATCH"
    answer = sender.client.post(job.file(A), content=b"0123", headers=headers)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "4")


def test_a_body_without_a_length_is_refused(sender: Sender) -> None:
    job = sender.declare({A: 10})
    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    answer = sender.client.patch(job.file(A), content=iter([b"01", b"23"]), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


def test_empty_files_are_complete(sender: Sender) -> None:
    files = dict.fromkeys((f"f{number}.txt" for number in range(10_000)), 0)
    job = sender.declare({**files, A: 3})
    assert sender.head(job.file("f17.txt")).headers["Upload-Offset"] == "0"
    assert sender.patch(job.file(A), 0, b"abc").status_code == 204
    state, stored = states(sender.whole.base, job.id)
    assert state != "uploading"
    assert set(stored.values()) == {("uploaded", 0), ("uploaded", 3)}
    assert sum(1 for each in sender.staged(job.id, "").rglob("*") if each.is_file()) == 10_001


def test_a_link_in_the_staging_folder_leads_nowhere(sender: Sender, tmp_path: Path) -> None:
    job = sender.declare({A: 4, B: 4})
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = sender.staged(job.id, "folder")
    folder.symlink_to(outside)
    answer = sender.patch(job.file(A), 0, b"0123")
    assert (answer.status_code, answer.json()["code"]) == (409, "staging")
    folder.unlink()
    folder.mkdir()
    (outside / "target").write_text("before")
    sender.staged(job.id, A).symlink_to(outside / "target")
    assert sender.patch(job.file(A), 0, b"0123").status_code == 409
    assert sender.head(job.file(A)).status_code == 409
    assert [each.name for each in outside.iterdir()] == ["target"]
    assert (outside / "target").read_text() == "before"
    assert states(sender.whole.base, job.id)[1] == {A: ("pending", 0), B: ("pending", 0)}


def test_a_staged_file_that_somebody_made_longer_is_sent_again(sender: Sender) -> None:
    job = sender.declare({A: 10})
    assert sender.patch(job.file(A), 0, b"0123").status_code == 204
    with sender.staged(job.id, A).open("ab") as file:
        file.write(b"x" * 100)
    assert sender.head(job.file(A)).headers["Upload-Offset"] == "0"
    assert sender.patch(job.file(A), 0, b"0123456789").status_code == 204
    assert sender.staged(job.id, A).read_bytes() == b"0123456789"


def test_stored_bytes_are_counted_and_those_that_are_cut_off_are_not(
    whole: WholeSite, people: People, tmp_path: Path
) -> None:
    """The metric `omero_upload_bytes_total`, as Prometheus reads it."""
    counting = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics")}
    with (
        local_services.front_of(whole.site, tmp_path, **counting) as web,
        tus_servers.ours(whole, people.person(), web.url) as server,
    ):

        def counted() -> float:
            samples = scrape(int(web.environment["OMERO_WEB_HEALTH_PORT"]))
            return samples.get(key("omero_upload_bytes_total"), 0)

        address = server.new(10)
        assert server.patch(address, 0, b"0123").status_code == 204
        assert counted() == 4
        wrong = {"Upload-Checksum": sum_of(b"other")}
        assert server.patch(address, 4, b"4567", **wrong).status_code == 460
        assert counted() == 4
        assert server.patch(address, 4, b"456789").status_code == 204
        assert counted() == 10
