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
from omeroweb_admin_tools.doctor import ingress
from people import Person
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
    whole: WholeSite, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(ingress, "NOTICED_SECONDS", 3)
    monkeypatch.setenv(probe_upload.PASSWORD, person.password)
    with collecting_proxy(tmp_path, whole.site.web.port) as url:
        assert probe_upload.main([url, "--user", person.name, "--seconds", "0.5"]) == 1
    said = capsys.readouterr().out
    assert "FAIL  4.0 MiB in 0.5 s were sent, and the site has none of it" in said
    assert "proxy_request_buffering" in said


def test_a_wrong_password_is_said(
    whole: WholeSite, person: Person, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv(probe_upload.PASSWORD, "wrong")
    assert probe_upload.main([whole.site.url, "--user", person.name]) == 1
    assert f"did not accept the login of {person.name}" in capsys.readouterr().out


def test_a_site_that_is_unavailable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(probe_upload.PASSWORD, "secret")
    assert probe_upload.main([f"http://127.0.0.1:{free_port()}", "--user", "somebody"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("FAIL  ")
    assert "from inside" not in said
