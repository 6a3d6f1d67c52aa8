"""`ci/probe-upload` before the image's nginx, and before one that collects whole bodies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

import local_services
from free_ports import free_port
from local_site.answers import listens
from local_site.programs import program
from omero_ci import probe_upload
from people import Person
from tools.common.errors import CommandError
from whole_site import WholeSite


@contextmanager
def collecting_proxy(folder: Path, port: int, **settings: str) -> Iterator[str]:
    """An nginx with its usual settings: it passes a request on when its body is whole."""
    own = free_port()
    more = "".join(f"{name} {value};" for name, value in settings.items())
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}} http {{ access_log off;"
        f"client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;"
        f"client_max_body_size 0; {more} server {{ listen 127.0.0.1:{own};"
        f"location / {{ proxy_set_header Host $http_host;"
        f"proxy_pass http://127.0.0.1:{port}; }} }} }}"
    )
    command = [program("nginx"), "-e", "stderr", "-p", str(folder), "-c", "nginx.conf"]
    log = folder / "log"
    start = partial(local_services.launch, command, log)
    with local_services.running(start, log, lambda: listens(own)):
        yield f"http://127.0.0.1:{own}"


def test_through_the_images_nginx_half_a_file_arrives(
    whole: WholeSite, person: Person, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv(probe_upload.PASSWORD, person.password)
    with local_services.front_of(whole.site, tmp_path) as site:
        assert probe_upload.main([site.url, "--user", person.name, "--seconds", "0.5"]) == 0
    assert "the site has" in capsys.readouterr().out
    with whole.base.transaction() as cursor:
        cursor.execute("select state from upload_jobs where user_id = %s", (person.id,))
        assert [row["state"] for row in cursor.fetchall()] == ["cancelled"]


def test_a_proxy_that_collects_bodies_is_named(
    whole: WholeSite, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_upload, "_NOTICED_SECONDS", 3)
    with collecting_proxy(tmp_path, whole.site.web.port) as url:
        arrived = probe_upload.half_send(url, person.name, person.password, seconds=0.5)
    assert (arrived.sent, arrived.stored, arrived.cut_off) == (probe_upload.SIZE // 2, 0, False)
    assert not arrived.good
    assert "proxy_request_buffering" in probe_upload._verdict(arrived)


def test_a_wrong_password_is_said(whole: WholeSite, person: Person) -> None:
    with pytest.raises(CommandError, match="refused the login"):
        probe_upload.half_send(whole.site.url, person.name, "wrong")
