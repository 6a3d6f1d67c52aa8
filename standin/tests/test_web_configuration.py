"""OMERO.web's configuration comes from the platform's drop-ins, loaded by the `omero` command."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from omero_web_container.config_files import CannotStart, prepare

import local_services
from tools.common.errors import CommandError


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
    config = drop_in(
        tmp_path,
        'config set -- omero.web.top_logo "it\'s ours"\n'
        "config set -- omero.web.login.show_client_downloads true\n",
    )
    held = prepare(tmp_path, config)
    assert held["omero.web.top_logo"] == "it's ours"
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


@pytest.mark.parametrize(
    "line",
    [
        "config set -- omero.web.debug true",
        "config set omero.web.debug true",
        'config append -- omero.web.admins \'["Ada", "ada@example.org"]\'',
        'config set -- omero.web.server_list \'[["elsewhere", 4064, "omero"]]\'',
        "config set -- omero.web.server_list",
        "config set -- omero.web.csrf_trusted_origins '[\"https://*\"]'",
        "config set -- omero.web.apps '[\"mine\"]'",
        "config load {folder}/more",
    ],
)
def test_what_cannot_be_honoured_ends_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """Whatever the command is; the value, which may be a secret, is not told."""
    monkeypatch.setenv("WEB_APPS", "figure")
    (tmp_path / "more").write_text("omero.web.secret_key=s3cret-value\n")
    config = drop_in(tmp_path, line.format(folder=tmp_path))
    with pytest.raises(CannotStart, match=r"cannot set omero\.web\.\w+: \w") as told:
        prepare(tmp_path, config)
    assert "s3cret-value" not in str(told.value)


def test_a_misspelt_property_ends_the_start(tmp_path: Path) -> None:
    with (
        pytest.raises(CommandError, match=r"did you mean omero\.web\.page_size"),
        local_services.site(tmp_path, drop_in="config set -- omero.web.pagesize 50\n"),
    ):
        pass


def test_a_running_site_obeys_it(tmp_path: Path) -> None:
    """Among others CORS, which the stock OMERO.web needs an application and a middleware for."""
    lines = """
config set -- omero.web.session_cookie_name omero
config set -- omero.web.cors_origin_whitelist '["https://notebooks.example.org"]'
config set -- omero.web.django_additional_settings '[["DATA_UPLOAD_MAX_NUMBER_FIELDS", 20]]'
"""
    with local_services.site(tmp_path, drop_in=lines) as site:

        def ask(path: str, origin: str) -> httpx.Response:
            return httpx.get(f"{site.url}{path}", headers={"Origin": origin}, trust_env=False)

        allowed = ask("/api/", "https://notebooks.example.org").headers
        assert allowed["access-control-allow-origin"] == "https://notebooks.example.org"
        other = ask("/api/", "https://evil.example.org").headers
        assert "access-control-allow-origin" not in other
        many = "&".join(f"x={number}" for number in range(21))
        assert ask(f"/api/v0/m/images/?{many}", "").status_code == 400


def test_a_site_with_a_broken_file_says_so(tmp_path: Path) -> None:
    with (
        pytest.raises(CommandError, match=r"omero\.web\.apps"),
        local_services.site(tmp_path, drop_in="config append -- omero.web.apps not-json\n"),
    ):
        pass
