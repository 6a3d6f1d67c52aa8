"""Files in a form, as scripts for the Docker edition send them."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx

from plugin_site import until
from transfer_clients import Sender
from upload_jobs import Declared, states

A, B, C = "folder/a.tif", "folder/ä 'b\".tif", "c.txt"
FORM = {"Tus-Resumable": ""}


def send(
    sender: Sender, job: Declared, files: dict[str, bytes], paths: list[str] | None = None
) -> httpx.Response:
    """The form; the paths of the files unless others are given."""
    headers = {name: value for name, value in sender.client.headers.items() if name[:3] != "tus"}
    parts = [("files", (path.rpartition("/")[2], data)) for path, data in files.items()]
    return httpx.post(
        f"{sender.whole.site.url}{job.address}",
        files=parts,
        data={"relative_paths": list(files) if paths is None else paths},
        headers=headers,
        cookies=sender.client.cookies,
        timeout=60,
    )


def _junk(sender: Sender, job: Declared) -> list[Path]:
    folder = sender.staged(job.id, "").parent / "incoming"
    return list(folder.iterdir()) if folder.exists() else []


def test_files_of_a_form_are_stored_at_their_paths(sender: Sender) -> None:
    job = sender.declare({A: 4, B: 300_000, C: 2})
    first = send(sender, job, {A: b"0123", B: b"x" * 300_000})
    assert first.json() == {
        "ok": True, "saved": [A, B], "errors": [], "error": "", "uploaded_bytes": 300_004,
        "total_bytes": 300_006, "ready": False,
    }  # fmt: skip
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-store")
    assert sender.staged(job.id, A).read_bytes() == b"0123"
    assert sender.staged(job.id, B).read_bytes() == b"x" * 300_000
    # Without paths, names are paths.
    last = send(sender, job, {C: b"ok"}, paths=[])
    assert (last.json()["saved"], last.json()["ready"]) == ([C], True)
    assert _junk(sender, job) == []
    # Sent again, as after an answer that was lost.
    again = send(sender, job, {A: b"0123"})
    assert (again.status_code, again.json()["saved"]) == (200, [A])


def test_each_wrong_file_is_named_and_the_others_are_stored(sender: Sender) -> None:
    job = sender.declare({A: 4, B: 3, C: 2})
    files = {A: b"0123", B: b"more"[:4], "other.tif": b"x"}
    answer = send(sender, job, files, [A, B, "../other.tif"])
    assert answer.status_code == 400
    body = answer.json()
    assert (body["ok"], body["saved"], body["code"]) == (False, [A], "files_rejected")
    assert [each.rpartition(": ")[0] for each in body["errors"]] == [B, "../other.tif"]
    assert "it has 4 bytes, and was declared with 3" in body["errors"][0]
    assert body["error"] == body["errors"][0]
    assert states(sender.whole.base, job.id)[1] == {
        A: ("uploaded", 4), B: ("pending", 0), C: ("pending", 0),
    }  # fmt: skip
    assert not sender.staged(job.id, B).exists()
    assert _junk(sender, job) == []


def test_forms_that_cannot_be_right(sender: Sender) -> None:
    job = sender.declare({A: 4, C: 2})
    numbers = send(sender, job, {A: b"0123", C: b"ok"}, [A])
    assert (numbers.status_code, numbers.json()["code"]) == (400, "bad_request")
    much = send(sender, job, {A: b"0" * 100_000})
    assert (much.status_code, much.json()["code"]) == (413, "too_large")
    many = send(sender, job, {f"f{number}": b"" for number in range(101)})
    assert (many.status_code, "100 files" in many.json()["error"]) == (400, True)
    no_form = sender.client.post(job.address, json={}, headers=FORM)
    assert no_form.status_code in (412, 415)
    assert states(sender.whole.base, job.id)[1] == {A: ("pending", 0), C: ("pending", 0)}
    assert _junk(sender, job) == []


def test_a_form_that_is_cut_leaves_nothing(sender: Sender) -> None:
    job = sender.declare({A: 2_000_000})
    url = httpx.URL(sender.whole.site.url)
    cookies = "; ".join(f"{each.name}={each.value}" for each in sender.client.cookies.jar)
    head = (
        f"POST {job.address} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nCookie: {cookies}\r\n"
        f"X-CSRFToken: {sender.client.headers['X-CSRFToken']}\r\n"
        "Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: 2000200\r\n\r\n"
        '--XX\r\nContent-Disposition: form-data; name="files"; filename="a.tif"\r\n\r\n'
    )
    with socket.create_connection((url.host, url.port or 80)) as line:
        line.sendall(head.encode() + b"x" * 1_000_000)
        until(lambda: _junk(sender, job) and _junk(sender, job)[0].stat().st_size > 100_000)
    until(lambda: _junk(sender, job) == [])
    assert states(sender.whole.base, job.id)[1] == {A: ("pending", 0)}
    assert not sender.staged(job.id, A).exists()


def test_without_a_login_nothing_of_a_form_is_read(sender: Sender) -> None:
    job = sender.declare({A: 4})
    url = httpx.URL(sender.whole.site.url)
    head = (
        f"POST {job.address} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\n"
        "Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: 2000200\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port or 80), timeout=30) as line:
        line.sendall(head.encode())
        # The answer is there although nothing of the body was sent.
        assert line.recv(4096).startswith(b"HTTP/1.1 401 ")
