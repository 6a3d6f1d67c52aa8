"""nginx before gunicorn, as in a pod: slow clients, long addresses, large bodies, static files."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

import http_clients
import local_services
from local_site.answers import listens
from plugin_site import until
from scraping import key, scrape

SLOW: Final = 60
THREADS: Final = 16
VIEWS: Final = """
import time
from pathlib import Path
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

FOLDER = Path(__file__).parents[2]

@csrf_exempt
def read(request, name=""):
    log = FOLDER / (name or "read")
    total = 0
    while piece := request.read(65536):
        total += len(piece)
        log.write_text(str(total))
    return HttpResponse(str(total))

def wait(request):
    with (FOLDER / "waiting").open("a") as log:
        log.write("x")
    until = time.monotonic() + 30
    while not (FOLDER / "go").exists() and time.monotonic() < until:
        time.sleep(0.05)
    return HttpResponse("waited")

def large(request):
    return HttpResponse(b"x" * 10_000_000)

urlpatterns = [
    path("read/", read),
    path("upload/<str:name>/", read),
    path("wait/", wait),
    path("large/", large),
]
"""


@dataclass(frozen=True)
class Front:
    """A running pod, and the folder in which the views of its added plugin leave word."""

    site: local_services.Site
    folder: Path

    @property
    def url(self) -> str:
        """Where the front listens."""
        return self.site.url

    def connect(self) -> socket.socket:
        """A connection of somebody who writes requests by hand."""
        return socket.create_connection(("127.0.0.1", self.site.web.port), timeout=60)

    def refused(self, request_id: str) -> dict[str, Any]:
        """The line of the front's log about a request."""
        assert self.site.front
        log = self.site.front.log
        until(lambda: f'"requestId":"{request_id}"' in log.read_text())
        # Errors of nginx itself are other lines.
        lines = [line for line in log.read_text().splitlines() if line.startswith("{")]
        (found,) = [line for line in map(json.loads, lines) if line["requestId"] == request_id]
        return dict(found)


def _plugin(folder: Path) -> dict[str, str]:
    """An added plugin with the views above and a static file; the variables that add it."""
    package = folder / "extra" / "bodies" / "hello"
    (package / "static" / "hello").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "urls.py").write_text(VIEWS)
    (package / "static" / "hello" / "page.js").write_text("export const one = 1;\n")
    return {
        "WEB_EXTRA_PLUGINS": json.dumps([{"name": "bodies", "app": "hello"}]),
        "WEB_EXTRA_PLUGINS_FOLDER": str(folder / "extra"),
        "FRONT_MAX_REQUEST_BYTES": str(2**20),
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
    }


@pytest.fixture(scope="module")
def front(site: local_services.Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A pod with everything that the image has."""
    folder = tmp_path_factory.mktemp("front")
    with local_services.front_of(site, folder, **_plugin(folder)) as running:
        yield Front(running, folder / "extra")


@pytest.fixture
def client(front: Front) -> Iterator[httpx.Client]:
    """Somebody whose requests are whole."""
    trusts = local_services.NO_AUTHORITIES
    with httpx.Client(base_url=front.url, timeout=60, verify=trusts) as made:
        yield made


def _is_open(connection: socket.socket) -> bool:
    """Whether the other side has neither answered nor closed it."""
    connection.setblocking(False)
    try:
        connection.recv(1)
    except BlockingIOError:
        return True
    return False


def test_slow_clients_keep_nobody_out(front: Front, new_visitor: Callable[[str], Any]) -> None:
    """Bodies and headers that trickle, and answers that nobody reads, take no thread."""
    body = b"POST /webclient/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
    header = b"GET /webclient/login/ HTTP/1.1\r\nHost: x\r\nX-Long: "
    with contextlib.ExitStack() as stack:
        slow = []
        for start in [body] * SLOW + [header] * SLOW:
            slow.append(stack.enter_context(front.connect()))
            slow[-1].sendall(start)
        for _ in range(2 * THREADS):
            unread = stack.enter_context(front.connect())
            unread.sendall(b"GET /hello/large/ HTTP/1.1\r\nHost: x\r\n\r\n")
        visitor = new_visitor(front.url)
        for path in ("/healthz", "/healthz/live", "/webclient/login/", "/api/"):
            for connection in slow:
                connection.sendall(b"8 bytes.")
            assert visitor.get(path, timeout=60).status_code == 200, path
        assert visitor.log_in(front.site.standin.password).url.path == "/webclient/"
        assert all(map(_is_open, slow)), "they were sent away, and the rest proves nothing"


def test_health_and_files_do_not_wait_for_busy_threads(front: Front, client: httpx.Client) -> None:
    (front.folder / "waiting").write_text("")
    callers = [
        threading.Thread(
            target=httpx.get, args=(f"{front.url}/hello/wait/",), kwargs={"timeout": 60}
        )
        for _ in range(THREADS)
    ]
    for caller in callers:
        caller.start()
    try:
        until(lambda: len((front.folder / "waiting").read_text()) == THREADS)
        for path in ("/healthz", "/healthz?deep", "/healthz/live", "/healthz/front"):
            assert client.get(path, timeout=60).status_code == 200, path
        answer = client.get("/static/webgateway/css/reset.css", timeout=60)
        assert answer.status_code == 200
        with pytest.raises(httpx.ReadTimeout):
            client.get("/api/", timeout=1)
    finally:
        (front.folder / "go").touch()
        for caller in callers:
            caller.join()
    assert client.get("/api/").status_code == 200


def test_what_gunicorn_counts_is_beside_nginx_alone(front: Front, client: httpx.Client) -> None:
    """One port of the pod has it; through the front, and so the Ingress, nobody gets it."""
    port = int(front.site.environment["OMERO_WEB_HEALTH_PORT"])
    before = scrape(port)
    for path in ("/api/", "/api/", "/no-such-page/", "/hello/large/"):
        client.get(path)
    client.request("PATCH", "/webclient/login/")
    after = scrape(port)

    def more(name: str, **labels: str) -> float:
        sample = key(name, **labels)
        return after.get(sample, 0) - before.get(sample, 0)

    count = partial(more, "omero_web_requests_total")
    assert count(method="GET", code="200", app="api") == 2
    assert count(method="GET", code="200", app="hello") == 1
    assert count(method="GET", code="404", app="none") == 1
    assert more("omero_web_request_seconds_count", app="api") == 2
    assert after[key("omero_web_requests_running")] == 0
    assert not [labels for _, labels in after if "no-such-page" in str(labels)]
    for path in ("/metrics", "/healthz/metrics", "/healthz/live/metrics"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("length", [4_239, 8_000, 16_000])
def test_a_long_address(client: httpx.Client, length: int) -> None:
    """Three hundred chosen images have 4 239 bytes, a thousand 14 kB."""
    address = "/webclient/?show=".ljust(length, "1")
    answer = client.get(address)
    # To the login page, with the whole address in the header.
    assert answer.status_code == 302
    assert len(answer.headers["location"]) > length
    # What the page loads names it, in a header.
    sent = client.get("/api/", headers={"Referer": f"{client.base_url}{address}"})
    assert sent.status_code == 200


def test_a_far_longer_one_is_refused_in_words(front: Front, client: httpx.Client) -> None:
    with front.connect() as connection:
        connection.sendall(b"GET /?" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = connection.makefile("rb").read().decode()
    assert answer.startswith("HTTP/1.1 414 ")
    assert "Choose fewer objects at once" in answer
    (style,) = re.findall(r'href="([^"]+\.css)"', answer)
    assert client.get(style).status_code == 200
    answered = client.get("/api/", headers={"Cookie": "x" * 70_000})
    assert answered.status_code == 431
    assert "Delete the cookies" in answered.text


@pytest.mark.parametrize(
    ("line", "header", "status", "words"),
    [
        ("TRACE /webclient/", "", 405, "This is not possible here"),
        ("PROPFIND /webclient/", "", 405, "This is not possible here"),
        (f"{'A' * 40} /webclient/", "", 405, "This is not possible here"),
        ("get /webclient/", "", 400, "This request cannot be read"),
        ("GET /webclient/\xfc", "", 400, "This request cannot be read"),
        ("GET /webclient/%00", "", 400, "This request cannot be read"),
        ("GET /static/../../etc/passwd", "", 400, "This request cannot be read"),
        ("POST /api/", "Transfer-Encoding: gzip, chunked\r\n", 501, "coding that this site"),
        ("POST /api/", "Transfer-Encoding : chunked\r\n", 400, "This request cannot be read"),
    ],
)
def test_what_is_no_request_is_refused_in_words(
    front: Front, line: str, header: str, status: int, words: str
) -> None:
    """By nginx, whose words and headers these are; gunicorn does not see it."""
    with front.connect() as connection:
        start = f"{line} HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n{header}"
        connection.sendall(f"{start}Connection: close\r\n\r\n".encode("latin-1"))
        answer = connection.makefile("rb").read().decode()
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert words in answer
    assert "X-Request-ID: " in answer and "X-Content-Type-Options: nosniff" in answer


def test_a_body_with_a_request_in_it_is_one_request(front: Front) -> None:
    inside = b"GET /webclient/login/ HTTP/1.1\r\nHost: x\r\n\r\n"
    chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(inside), inside)
    head = b"POST /api/ HTTP/1.1\r\nHost: x\r\n"
    last = b"GET /api/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for body in (
        b"Content-Length: %d\r\n\r\n%b" % (len(inside), inside),
        b"Transfer-Encoding: chunked\r\n\r\n%b" % chunk,
    ):
        with front.connect() as connection:
            connection.sendall(head + body + last)
            answers = connection.makefile("rb").read()
        statuses = re.findall(rb"HTTP/1\.1 (\d+) ", answers)
        assert statuses == [b"403", b"200"]


def test_too_much_is_refused_in_words(front: Front, client: httpx.Client) -> None:
    much, path = b"x" * (2**20 + 1), "/webclient/login/?secret"
    answer = client.post(
        path, content=much, headers={"X-Request-ID": "much-1", "User-Agent": 'a"b'}
    )
    assert answer.status_code == 413
    assert "are limited to 1 MB" in answer.text and "spec.web.front.maxRequestSize" in answer.text
    assert answer.headers["x-request-id"] == "much-1"
    line = front.refused("much-1")
    assert (line["method"], line["path"], line["status"]) == ("POST", "/webclient/login/", 413)
    assert (line["logger"], line["client"], line["agent"]) == ("access", "127.0.0.1", 'a"b')
    assert line["ms"] >= 0
    assert answer.json()["code"] == "too_large"
    assert "secret" not in front.site.front.log.read_text(), "a query may hold a session's id"
    just = client.post("/hello/read/", content=much[1:])
    assert (just.status_code, just.text) == (200, str(2**20))


def test_nginx_answers_people_with_pages_and_scripts_with_json(client: httpx.Client) -> None:
    """By the same rule as OMERO.web, for the same clients."""

    def form(sent: dict[str, str], path: str, content: bytes = b"") -> str:
        method = "POST" if content else "GET"
        # Sent as it is: `client.get` would add headers of its own.
        answer = client.send(
            httpx.Request(method, f"{client.base_url}{path}", headers=sent, content=content)
        )
        assert answer.status_code == (413 if content else 404)
        return answer.headers["content-type"].split(";")[0]

    missing, much = "/static/no/such.css", b"x" * (2**20 + 1)
    people = {name: form(sent, missing) for name, sent in http_clients.PAGES.items()}
    assert people == dict.fromkeys(http_clients.PAGES, "text/html")
    scripts = {name: form(sent, missing) for name, sent in http_clients.SCRIPTS.items()}
    assert scripts == dict.fromkeys(http_clients.SCRIPTS, "application/json")
    browser = {"Accept": http_clients.CHROME}
    paths = ("/webclient/", "/figure/api/", "/api/v0/", "/webclient/api/")
    assert [form(browser, path, much) for path in paths] == [
        "text/html", "text/html", "application/json", "application/json",
    ]  # fmt: skip


def test_uploads_of_plugins_pass_as_they_come(front: Front, client: httpx.Client) -> None:
    half, whole = 2**20, 2**21
    head = f"HTTP/1.1\r\nHost: x\r\nContent-Length: {whole}\r\n\r\n".encode()
    with front.connect() as connection:
        connection.sendall(b"POST /hello/upload/first/ " + head + b"x" * half)
        until(lambda: (front.folder / "first").exists())
        until(lambda: int((front.folder / "first").read_text() or 0) == half)
        connection.sendall(b"x" * half)
        answer = connection.makefile("rb").readline()
        assert answer.startswith(b"HTTP/1.1 200 ")
    assert (front.folder / "first").read_text() == str(whole)


def test_few_uploads_at_once_pass_as_they_come(front: Front, client: httpx.Client) -> None:
    """The threads that they take are kept from everybody else."""
    with contextlib.ExitStack() as stack:
        for number in range(4):
            connection = stack.enter_context(front.connect())
            head = f"POST /hello/upload/many-{number}/ HTTP/1.1\r\nHost: x\r\n"
            connection.sendall(f"{head}Content-Length: 100000\r\n\r\n{'x' * 70000}".encode())
            until((front.folder / f"many-{number}").exists)
        answer = client.post("/hello/upload/fifth/", content=b"x")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
        assert "Try again in a moment" in answer.text
        assert client.get("/api/").status_code == 200
    until(lambda: client.post("/hello/upload/sixth/", content=b"x").status_code == 200)


def test_the_client_is_whom_the_nearest_proxy_saw(
    front: Front, client: httpx.Client, log_lines: Any
) -> None:
    """Neither what came before it in the header, nor the front itself."""
    headers = {"X-Forwarded-For": "1.2.3.4, 203.0.113.9", "X-Request-ID": "seen-1"}
    assert client.get("/api/", headers=headers).headers["x-request-id"] == "seen-1"

    def line() -> dict[str, Any] | None:
        lines = (each for each in log_lines(front.site) if each.get("requestId") == "seen-1")
        return next(lines, None)

    until(line)
    found = line()
    assert found and found["client"] == "203.0.113.9"
    assert "seen-1" not in front.site.front.log.read_text(), "one line for each request"
    client.get("/static/nowhere.css", headers=headers | {"X-Request-ID": "seen-2"})
    missing = front.refused("seen-2")
    assert (missing["client"], missing["status"]) == ("203.0.113.9", 404)


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"b', "<script>"])
def test_a_strange_id_is_replaced(client: httpx.Client, given: str) -> None:
    for path in ("/api/", "/static/nowhere.css", "/healthz"):
        answer = client.get(path, headers={"X-Request-ID": given})
        assert len(answer.headers["x-request-id"]) == 32, path


def test_static_files_are_as_gunicorn_would_send_them(
    site: local_services.Site, client: httpx.Client, static_root: Path
) -> None:
    names = json.loads((static_root / "staticfiles.json").read_text())["paths"]
    wanted = {Path(name).suffix: name for name in sorted(names)}
    assert {".js", ".css", ".png", ".svg", ".html"} <= wanted.keys()
    kept = ("cache-control", "content-type", "content-encoding", "access-control-allow-origin")
    trusts = local_services.NO_AUTHORITIES
    with httpx.Client(base_url=site.url, timeout=60, verify=trusts) as whitenoise:
        for plain in wanted.values():
            for name in (plain, names[plain]):
                mine, other = (each.get(f"/static/{name}") for each in (client, whitenoise))
                assert mine.status_code == other.status_code == 200, name
                assert mine.content == other.content, name
                assert {key: _plain(mine, key) for key in kept} == {
                    key: _plain(other, key) for key in kept
                }, name
                assert mine.headers["x-content-type-options"] == "nosniff"
                again = client.get(
                    f"/static/{name}", headers={"If-None-Match": mine.headers["etag"]}
                )
                assert again.status_code == 304


def _plain(answer: httpx.Response, name: str) -> str:
    return answer.headers.get(name, "").replace('"', "")


def test_files_of_added_plugins_and_none_but_files(client: httpx.Client) -> None:
    assert client.get("/static/hello/page.js").text == "export const one = 1;\n"
    for path in ("/static/hello/", "/static/hello", "/static/nowhere.js", "/static/%2e%2e/etc",
                 "/static/../../etc/passwd", "/-/413.html"):  # fmt: skip
        assert client.get(path).status_code == 404, path
    assert "no static file" in client.get("/static/nowhere.js").text
    assert client.post("/static/hello/page.js").status_code == 405


def test_below_a_path_on_both_families_and_its_end(
    site: local_services.Site, tmp_path: Path, new_visitor: Callable[[str], Any]
) -> None:
    variables = _plugin(tmp_path) | {
        "PUBLIC_URL": "/omero/",
        "OMERO_WEB_LISTEN_HOST": "",
        "WEB_APPS": "",
    }
    with local_services.front_of(site, tmp_path, **variables) as running:
        pod = Front(running, tmp_path / "extra")
        assert running.front
        visitor = new_visitor(f"{pod.url}/omero")
        page = visitor.log_in(site.standin.password)
        assert page.url.path == "/omero/webclient/"
        addresses = ["/healthz", "/omero/healthz", "/omero/api/", "/api/", "/healthz/front",
                     "/static/hello/page.js", "/omero/static/hello/page.js"]  # fmt: skip
        for path in addresses:
            assert visitor.get(f"{pod.url}{path}").status_code == 200, path
        with socket.create_connection(("::1", running.web.port), timeout=60):
            pass

        # As a pod ends: nginx takes no more, and what is under way is answered.
        answers: list[int] = []
        caller = threading.Thread(
            target=lambda: answers.append(
                httpx.get(f"{pod.url}/hello/wait/", timeout=60).status_code
            )
        )
        caller.start()
        until((pod.folder / "waiting").exists)
        running.front.process.send_signal(signal.SIGTERM)
        until(lambda: not listens(running.web.port))
        (pod.folder / "go").touch()
        caller.join()
        assert answers == [200]
        assert running.front.process.wait(20) == 0


def test_while_gunicorn_is_away(
    site: local_services.Site, tmp_path: Path, new_visitor: Callable[[str], Any]
) -> None:
    with local_services.front_of(site, tmp_path, WEB_APPS="") as running:
        running.web.process.terminate()
        # A worker that has not started yet hears nothing: gunicorn gives it its whole patience.
        running.web.process.wait(60)
        visitor = new_visitor(running.url)
        page = visitor.get("/webclient/?bsession=secret")
        assert (page.status_code, page.headers["retry-after"]) == (503, "5")
        assert "One moment" in page.text
        assert running.front
        assert "secret" not in running.front.log.read_text()
        # The health server ends with it, and nginx goes on.
        until(lambda: visitor.get("/healthz/live").status_code == 503)
        assert visitor.get("/healthz/front").status_code == 200
        assert visitor.get("/static/webgateway/css/reset.css").status_code == 200
