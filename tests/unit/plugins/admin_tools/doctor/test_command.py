"""`python -m omeroweb_admin_tools.doctor`."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from free_ports import free_port
from odd_servers import answers, serving, silent
from omeroweb_admin_tools.doctor import catalogue, settings
from omeroweb_admin_tools.doctor.__main__ import main

SETTINGS = (
    "OMERO_HOST",
    "OMERO_PORT",
    "OMP_DATA_HOST",
    "REDIS_HOST",
    "JOB_SERVICE_USER",
    "PUBLIC_URL",
    *settings.VOLUMES.values(),
)


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*SETTINGS, *(each for each in os.environ if each.startswith("ADMIN_TOOLS_"))]:
        monkeypatch.delenv(name, raising=False)


def test_what_is_not_configured_is_not_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].endswith(f"{len(catalogue.checks())} skipped")
    assert any("OMERO_HOST is not set" in line for line in lines)


def test_names_and_what_is_proven(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert len(set(names)) == len(names) == 29
    assert main(["--list", "redis", "omero.login"]) == 0
    chosen = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert chosen == ["omero.login", "redis.dns", "redis.tcp", "redis.keys"]


@pytest.mark.parametrize("name", ["red", "redis.", "no", "", "omero.login.x"])
def test_a_check_that_does_not_exist(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main([name]) == 2
    assert "--list" in capsys.readouterr().err


def test_a_time_out_that_cannot_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ADMIN_TOOLS_DIAGNOSTIC_TIMEOUT_SECONDS", "soon")
    assert main([]) == 2
    assert "ADMIN_TOOLS_DIAGNOSTIC_TIMEOUT_SECONDS" in capsys.readouterr().err


def test_a_table_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    monkeypatch.setenv("OMERO_HOST", "127.0.0.1")
    monkeypatch.setenv("OMERO_PORT", str(port))
    monkeypatch.setenv("PUBLIC_URL", "http://user:hunter22@example.org/")
    assert main(["omero", "ingress.http"]) == 1
    out = capsys.readouterr().out
    assert re.search(rf"^FAILED +omero.tcp +\d+\.\d\d s 127.0.0.1:{port} refuses", out, re.M)
    assert re.search(r"^ +-> Nothing listens there", out, re.M)
    assert re.search(r"^FAILED +ingress.http .* PUBLIC_URL has a user or a password", out, re.M)
    assert "hunter22" not in out
    assert max(len(line) for line in out.splitlines()) <= 110


def test_lines_for_programs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ADMIN_TOOLS_DIAGNOSTIC_TIMEOUT_SECONDS", "0.3")
    with serving(answers("200 OK", b"OK")) as logs, silent() as prometheus:
        monkeypatch.setenv("ADMIN_TOOLS_LOG_STACK", "victorialogs")
        monkeypatch.setenv("ADMIN_TOOLS_LOG_URL", f"http://127.0.0.1:{logs}")
        monkeypatch.setenv("ADMIN_TOOLS_PROMETHEUS_URL", f"http://127.0.0.1:{prometheus}")
        assert main(["--json", "logs", "prometheus"]) == 1
    results = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    # As they ended.
    assert [(each["check"], each["outcome"]) for each in results] == [
        ("logs.http", "ok"),
        ("prometheus.http", "failed"),
    ]
    assert set(results[0]) == {"check", "proves", "outcome", "words", "advice", "seconds"}


def test_what_a_server_says_changes_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    location = "Location: http://x/\x1b]0;title\x07"
    with serving(answers("302 Found", b"", location)) as port:
        monkeypatch.setenv("ADMIN_TOOLS_OMERO_WEB_URL", f"http://127.0.0.1:{port}")
        assert main(["web"]) == 1
    assert all(each.isprintable() or each == "\n" for each in capsys.readouterr().out)


def test_a_password_file_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("REDIS_HOST", "127.0.0.1")
    monkeypatch.setenv("REDIS_PASSWORD_FILE", str(tmp_path / "missing"))
    assert main(["redis.keys"]) == 1
    assert "REDIS_PASSWORD_FILE" in capsys.readouterr().out
