"""The pods that receive and send files: nginx before one process; one application of it."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

import local_services
from plugin_site import until

STREAMS: Final = 6
# An added plugin that notes how much of a body has come, and the process that it came to.
VIEWS: Final = """
import os
import time
from pathlib import Path
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

FOLDER = Path(__file__).parents[2]

@csrf_exempt
def read(request, name):
    log = FOLDER / name
    total = 0
    try:
        while piece := request.read(65536):
            total += len(piece)
            log.write_text(str(total))
    finally:
        (FOLDER / f"{name}.end").write_text(str(total))
    return HttpResponse(str(total))

def pieces(wait):
    yield b"x" * 65536
    for _ in range(400):
        if (FOLDER / wait).exists():
            break
        time.sleep(0.05)
    yield b"end"

def send(request, name):
    return StreamingHttpResponse(pieces("sent"))

def process(request):
    return HttpResponse(str(os.getpid()))

urlpatterns = [
    path("upload/<str:name>/", read),
    path("exports/<str:name>/file/", send),
    path("process/", process),
]
"""


@pytest.fixture(scope="module")
def pod(
    site: local_services.Site, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[local_services.Site, Path]]:
    """The pod, and the folder with what its plugin notes."""
    folder = tmp_path_factory.mktemp("uploads")
    for name in ("bodies", "other"):
        package = folder / "extra" / name / f"hello_{name}"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "urls.py").write_text(VIEWS)
    rows = [{"name": name, "app": f"hello_{name}"} for name in ("bodies", "other")]
    variables = {
        "WEB_EXTRA_PLUGINS": json.dumps(rows),
        "WEB_EXTRA_PLUGINS_FOLDER": str(folder / "extra"),
        "OMERO_WEB_UPLOAD_DIR": str(folder / "staging"),
        "FRONT_ONLY": "/hello_bodies",
        "FRONT_STREAMS": str(STREAMS),
        "FRONT_MAX_REQUEST_BYTES": str(2**20),
    }
    ready = "/hello_bodies/process/"
    with local_services.front_of(site, folder, "uploads", ready, **variables) as running:
        yield running, folder / "extra"


def half_sent(pod: local_services.Site, name: str, sent: int, whole: int) -> socket.socket:
    """A connection on which a part of a body has come."""
    connection = socket.create_connection(("127.0.0.1", pod.web.port), timeout=60)
    head = f"PATCH /hello_bodies/upload/{name}/ HTTP/1.1\r\nHost: x\r\nContent-Length: {whole}"
    connection.sendall(f"{head}\r\n\r\n".encode() + b"x" * sent)
    return connection


def test_half_a_body_reaches_the_application_before_the_line_breaks(
    pod: tuple[local_services.Site, Path],
) -> None:
    running, notes = pod
    sent, whole = 3 * 2**20, 2**23
    connection = half_sent(running, "cut", sent, whole)
    until(lambda: (notes / "cut").exists())
    until(lambda: int((notes / "cut").read_text() or 0) == sent)
    connection.close()
    until(lambda: (notes / "cut.end").exists())
    assert (notes / "cut.end").read_text() == str(sent)


def test_bodies_take_no_thread_from_those_who_ask_for_progress(
    pod: tuple[local_services.Site, Path],
) -> None:
    running, notes = pod
    with contextlib.ExitStack() as stack:
        for number in range(STREAMS):
            stack.enter_context(half_sent(running, f"slow-{number}", 70_000, 100_000))
            until((notes / f"slow-{number}").exists)
        refused = httpx.patch(f"{running.url}/hello_bodies/upload/more/", content=b"x", timeout=60)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        pids = {httpx.get(f"{running.url}/hello_bodies/process/").text for _ in range(8)}
        assert len(pids) == 1, "what one request leaves in memory, another may need"


def test_nor_do_files_that_are_sent(pod: tuple[local_services.Site, Path]) -> None:
    running, notes = pod
    address = f"{running.url}/hello_bodies/exports/{{}}/file/"
    with contextlib.ExitStack() as stack, httpx.Client(timeout=60) as client:
        sending = [
            stack.enter_context(client.stream("GET", address.format(number)))
            for number in range(STREAMS)
        ]
        assert {answer.status_code for answer in sending} == {200}
        refused = client.get(address.format("more"))
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        docker = f"{running.url}/hello_bodies/imaris-export/?"
        for query in ("image=1", "image=1&async=0", "image=1&wait=true", "job=1&download=1", ""):
            assert client.get(docker + query).status_code == 429, query
        # What is answered at once; the example has no such page.
        for query in ("job=1", "image=1&async=1", "image=1&wait=false", "capabilities=1"):
            assert client.get(docker + query).status_code == 404, query
        assert client.get(f"{running.url}/hello_bodies/process/").status_code == 200
        (notes / "sent").touch()
        assert all(answer.read().endswith(b"end") for answer in sending)
    assert httpx.get(address.format("more"), timeout=60).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/webclient/",
        "/api/",
        "/hello_other/process/",
        "/hello_other/upload/x/",
        "/hello_bodiesx/process/",
        "/webclient/../hello_other/process/",
    ],
)
def test_the_rest_of_the_web_is_elsewhere(path: str, pod: tuple[local_services.Site, Path]) -> None:
    running, _ = pod
    with socket.create_connection(("127.0.0.1", running.web.port), timeout=60) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert connection.makefile("rb").readline().startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("path", ["/healthz", "/healthz/live", "/healthz/front"])
def test_probes_are_answered(path: str, pod: tuple[local_services.Site, Path]) -> None:
    assert httpx.get(f"{pod[0].url}{path}", timeout=60).status_code == 200
