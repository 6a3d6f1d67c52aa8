"""`make image-digests` against a registry of this machine that wants a token, as public ones do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from http_double import answering
from omero_ci import image_digests as pins
from omero_ci import registry
from tools.common.errors import CommandError

OF_OTHERS = ("server", "postgres", "redis")
OLD, NEW = (f"sha256:{letter * 64}" for letter in "ab")
TOKEN = "anonymous-and-read-only"


class Registry(ThreadingHTTPServer):
    """Tags and what they name.

    Attributes:
        digests: `path:tag` to digest.
        scopes: What tokens were asked for.
        broken: Status that every manifest is answered with.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.host = f"127.0.0.1:{self.server_port}"
        self.digests: dict[str, str] = {}
        self.scopes: list[str] = []
        self.broken = 0
        self.challenge = f'Bearer realm="http://{self.host}/token",service="here"'


class _Handler(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        assert asked["service"] == ["here"]
        self.server.scopes += asked["scope"]
        self._answer(200, json.dumps({"token": TOKEN}).encode())

    def do_HEAD(self) -> None:
        path, tag = self.path.removeprefix("/v2/").split("/manifests/")
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            scope = f',scope="repository:{path}:pull"'
            self._answer(401, header=("WWW-Authenticate", self.server.challenge + scope))
        elif self.server.broken:
            self._answer(self.server.broken)
        elif f"{path}:{tag}" not in self.server.digests:
            self._answer(404)
        elif "application/vnd.oci.image.index.v1+json" not in self.headers["Accept"]:
            # Without it registries answer with the image of one platform, which has another digest.
            self._answer(200, header=("Docker-Content-Digest", f"sha256:{'c' * 64}"))
        else:
            digest = self.server.digests[f"{path}:{tag}"]
            self._answer(200, header=("Docker-Content-Digest", digest))

    def _answer(self, status: int, body: bytes = b"", header: tuple[str, str] = ("", "")) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if header[0]:
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def here() -> Iterator[Registry]:
    server = Registry()
    with answering(server):
        yield server


@pytest.fixture
def chart(here: Registry, tmp_path: Path) -> Path:
    images = {
        name: {"repository": f"{here.host}/library/{name}", "tag": f"1.2-{name}"}
        for name in OF_OTHERS
    }
    here.digests = {f"library/{name}:1.2-{name}": NEW for name in OF_OTHERS}
    ours = {"repository": f"{here.host}/library/web", "tag": ""}
    values = {"registry": "", "web": ours, **images}
    (tmp_path / "values.yaml").write_text(json.dumps({"global": {"images": values}}))
    (tmp_path / "files").mkdir()
    known = f"{here.host}/library/redis:1.2-redis: {OLD}"
    (tmp_path / "files" / "image-digests.yaml").write_text(f"# A comment.\n{known}\n")
    lines = [f'    "{here.host}/library/{name}:1.2-{name}",' for name in ("server", "postgres")]
    lines.append(f'    "{here.host}/library/redis:1.2-redis@{OLD}",')
    (tmp_path / "settings.py").write_text("\n".join(lines))
    return tmp_path


def test_every_tag_is_pinned_to_what_it_names_now(here: Registry, chart: Path) -> None:
    found = pins.renew(chart, chart / "settings.py")
    assert [(pin.before, pin.digest) for pin in found] == [("", NEW), ("", NEW), (OLD, NEW)]
    lines = (chart / "files" / "image-digests.yaml").read_text().splitlines()
    expected = [f"{here.host}/library/{name}:1.2-{name}: {NEW}" for name in OF_OTHERS]
    assert lines == ["# A comment.", *expected]
    settings = (chart / "settings.py").read_text()
    assert OLD not in settings
    assert settings.count(f"@{NEW}") == 3
    assert here.scopes == [f"repository:library/{name}:pull" for name in OF_OTHERS]


def test_a_second_run_changes_nothing(chart: Path) -> None:
    pins.renew(chart, chart / "settings.py")
    files = [chart / "files" / "image-digests.yaml", chart / "settings.py"]
    before = [file.read_text() for file in files]
    assert not any(pin.changed for pin in pins.renew(chart, chart / "settings.py"))
    assert [file.read_text() for file in files] == before


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("no such tag", r"library/redis:1\.2-redis: the registry has no such tag"),
        ("broken", "answers with status 503"),
        ("no digest", "answer has no digest"),
        ("login", r"requires a login \(Basic"),
        ("away", "the registry does not answer"),
        ("settings", r"settings\.py: no default image"),
    ],
)
def test_nothing_is_written_unless_all_is_known(
    here: Registry, chart: Path, trouble: str, words: str
) -> None:
    if trouble == "no such tag":
        del here.digests["library/redis:1.2-redis"]
    elif trouble == "broken":
        here.broken = 503
    elif trouble == "no digest":
        here.digests["library/redis:1.2-redis"] = ""
    elif trouble == "login":
        here.challenge = 'Basic realm="here"'
    elif trouble == "away":
        here.shutdown()
        here.server_close()
    else:
        (chart / "settings.py").write_text("")
    files = [chart / "files" / "image-digests.yaml", chart / "settings.py"]
    before = [file.read_text() for file in files]
    with pytest.raises(CommandError, match=words):
        pins.renew(chart, chart / "settings.py")
    assert [file.read_text() for file in files] == before


def test_docker_hub_answers_under_another_name() -> None:
    with pytest.MonkeyPatch.context() as patch:
        asked: list[str] = []

        def head(self: Any, url: str, **_: Any) -> Any:
            asked.append(url)
            raise registry.httpx.ConnectError("no network here")

        patch.setattr(registry.httpx.Client, "head", head)
        with pytest.raises(CommandError, match="does not answer: no network here"):
            registry.digest_of("docker.io/library/postgres:16.15-trixie")
    assert asked == ["https://registry-1.docker.io/v2/library/postgres/manifests/16.15-trixie"]
