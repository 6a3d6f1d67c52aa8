"""What the routes of logs accept, and what they say of a site without a log store."""

from __future__ import annotations

import pytest

from plugin_site import Browser

LOGS = "/omeroweb_admin_tools/logs/"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("data/?source=web&source=mailserver", "no_such_source"),
        ('data/?source=web"} or {a="b', "no_such_source"),
        ("data/?level=loud", "bad_level"),
        ("data/?start=5&end=5", "bad_time"),
        ("data/?start=6&end=5", "bad_time"),
        ("data/?start=0&end=9223372036854775807", "bad_time"),
        ("data/?lookback=2592001", "bad_request"),
        ("data/?lookback=-1", "bad_request"),
        ("data/?limit=5001", "bad_request"),
        ("data/?limit=NaN", "bad_request"),
        (f"data/?query={'x' * 501}", "bad_query"),
        ("data/?file=../Blitz-0.log", "bad_name"),
        ('data/?pod=a"b', "bad_name"),
        ("table.csv?level=loud", "bad_level"),
        ("around/?moment=5", "bad_request"),
        ("around/?source=web&source=server&moment=5", "bad_request"),
        ("around/?source=web&moment=x", "bad_request"),
        ("files/?start=6&end=5", "bad_time"),
        ("data/?container=mailserver", "no_such_source"),
        ("data/?internal_file=mailserver/a.log", "no_such_source"),
        ("data/?internal_file=omeroserver/../Blitz-0.log", "bad_name"),
        ("internal-labels/", "no_such_source"),
        ("internal-labels/?service=omeroserver", "no_such_source"),
    ],
)
def test_questions_that_cannot_be(root: Browser, address: str, code: str) -> None:
    answer = root.get(LOGS + address)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_site_without_a_log_store_says_so(root: Browser) -> None:
    addresses = ("data/", "files/", "around/?source=web&moment=5", "table.csv")
    for address in (*addresses, "internal-labels/?service=omeroweb_internal"):
        answer = root.get(LOGS + address)
        assert (answer.status_code, answer.json()["code"]) == (503, "no_log_store"), address
        assert "spec.web.plugins.adminTools.logs" in answer.json()["error"]


def test_sources_and_levels(root: Browser) -> None:
    answer = root.get(f"{LOGS}sources/").json()
    assert {"key": "server-files", "title": "OMERO.server: log files", "files": True} in answer[
        "sources"
    ]
    assert answer["levels"] == ["debug", "info", "warn", "error", "fatal", "none"]
