"""OMERO.web's configuration comes from the platform's drop-ins, loaded by the `omero` command."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from omero_web_container.config_files import CannotStart, prepare

import local_services
from local_services import CannotStart as NotStarted


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the operator sets."""
    monkeypatch.setenv("OMERO_HOST", "site-server")
    monkeypatch.setenv("OMERODIR", str(tmp_path))
    monkeypatch.setenv("OMERO_USERDIR", str(tmp_path / "user"))


def drop_in(folder: Path, text: str) -> Path:
    config = folder / "config"
    config.mkdir(exist_ok=True)
    (config / "90-platform.omero").write_text(text)
    return config


def test_a_drop_in_wins_over_the_images_defaults(tmp_path: Path) -> None:
    origins = '["https://omero.example.org"]'
    config = drop_in(
        tmp_path,
        f"config set -- omero.web.csrf_trusted_origins '{origins}'\n"
        "config set -- omero.web.login.show_client_downloads true\n",
    )
    held = prepare(tmp_path, config)
    assert held["omero.web.csrf_trusted_origins"] == origins
    assert held["omero.web.login.show_client_downloads"] == "true"
    assert json.loads(held["omero.web.server_list"]) == [["site-server", 4064, "omero"]]


def test_a_restart_appends_once(tmp_path: Path) -> None:
    config = drop_in(tmp_path, "config append -- omero.web.apps '\"my_app\"'\n")
    first = prepare(tmp_path, config)
    assert prepare(tmp_path, config) == first
    assert json.loads(first["omero.web.apps"]) == ["my_app"]


def test_a_line_that_cannot_be_carried_out_stops_the_start(tmp_path: Path) -> None:
    config = drop_in(tmp_path, "config append -- omero.web.apps not-json\n")
    with pytest.raises(CannotStart, match=r"omero\.web\.apps"):
        prepare(tmp_path, config)


def test_a_running_site_obeys_it(tmp_path: Path) -> None:
    """Behind HTTPS, the cookies are for HTTPS only."""
    lines = "config set -- omero.web.csrf_cookie_secure true\n"
    with local_services.site(tmp_path, drop_in=lines) as site:
        answer = httpx.get(f"{site.url}/webclient/login/", trust_env=False)
    assert "secure" in answer.headers["Set-Cookie"].lower()


def test_a_site_with_a_broken_file_says_so(tmp_path: Path) -> None:
    with (
        pytest.raises(NotStarted, match=r"omero\.web\.apps"),
        local_services.site(tmp_path, drop_in="config append -- omero.web.apps not-json\n"),
    ):
        pass
