"""What the exporter and a worker tell Prometheus about a running site."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from omero.rtypes import unwrap
from omero_web_container.exporter import login, web_sessions
from omero_web_container.exporter.source import Failed

from free_ports import free_port
from omero_plugin_common import database as plugin_database
from people import Person
from plugin_site import Browser, until
from scraping import SOURCES, Samples, exporter_of, key, scrape
from whole_site import WholeSite

KIND: Final = "omeroweb_example.count"


def _up(samples: Samples) -> dict[str, float]:
    return {source: samples[key("omero_exporter_up", source=source)] for source in SOURCES}


@pytest.fixture
def start_job(whole: WholeSite, visitor: Any) -> Callable[[], None]:
    """Starts a job of the example plugin."""
    datasets = visitor.get("/api/v0/m/datasets/?limit=1").json()["data"]
    body = {"datasets": [each["@id"] for each in datasets]}

    def start() -> None:
        headers = {"X-CSRFToken": visitor.cookies["csrftoken"], "Referer": whole.site.url}
        answer = visitor.post("/omeroweb_example/count/", json=body, headers=headers)
        assert answer.status_code in (200, 202), answer.text

    return start


def test_a_running_site(
    whole: WholeSite, person: Person, no_worker: None, start_job: Callable[[], None], tmp_path: Path
) -> None:
    """All that is documented is there, and the waiting job is where it waits."""
    start_job()
    with exporter_of(whole, tmp_path) as port:
        samples = scrape(port)
    assert _up(samples) == dict.fromkeys(SOURCES, 1)
    assert samples[key("omero_queue_length", queue="empty")] == 0
    assert samples[key("omero_queue_oldest_seconds", queue="empty")] == 0
    assert samples[key("omero_queue_length", queue="default")] >= 1
    assert samples[key("omero_queue_oldest_seconds", queue="default")] > 0
    assert samples[key("omero_jobs", kind=KIND, state="queued")] >= 1
    assert key("omero_jobs", kind=KIND, state="failed") in samples
    assert samples[key("omero_login_probe_success")] == 1
    assert samples[key("omero_login_page_success")] == 1
    address = f"127.0.0.1:{whole.site.standin.port}"
    assert samples[key("omero_certificate_expiry_timestamp_seconds", address=address)] > 1e9
    assert samples[key("omero_images")] > 0
    assert samples[key("omero_duplicate_repositories")] == 0
    assert samples[key("omero_stored_bytes", group=person.group.name)] == 0
    assert sum(v for (n, _), v in samples.items() if n == "omero_stored_bytes") > 0
    assert samples[key("omero_users", state="active")] > 1
    values = {value for _, labels in samples for _, value in labels}
    assert person.name not in values


def test_sources_that_are_away(whole: WholeSite, tmp_path: Path) -> None:
    """What cannot be read is absent, what could not be done is 0, and the rest is there."""
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong")
    away = {
        "REDIS_PORT": str(free_port()),
        "OMP_DATA_PORT": str(free_port()),
        "MONITORING_PASSWORD_FILE": str(wrong),
        "EXPORTER_WEB_URL": f"http://127.0.0.1:{free_port()}",
    }
    with exporter_of(whole, tmp_path, **away) as port:
        samples = scrape(port)
    assert _up(samples) == {**dict.fromkeys(SOURCES, 0.0), "certificate": 1}
    assert samples[key("omero_login_probe_success")] == 0
    assert samples[key("omero_login_page_success")] == 0
    names = {name for name, _ in samples}
    assert "omero_certificate_expiry_timestamp_seconds" in names
    assert not {"omero_queue_length", "omero_jobs", "omero_images", "omero_web_sessions"} & names
    log = (tmp_path / "exporter.log").read_text()
    assert log.count("login cannot be read") == 1
    assert "monitoring-password" not in log


def test_a_worker_counts_the_jobs_that_it_ends(
    whole: WholeSite, worker: Any, start_job: Callable[[], None]
) -> None:
    """They run in other processes than the one that answers Prometheus."""

    def ended() -> float:
        samples = scrape(whole.worker_metrics)
        return sum(
            value
            for (name, labels), value in samples.items()
            if name == "omero_jobs_finished_total" and ("kind", KIND) in labels
        )

    before = ended()
    start_job()
    until(lambda: ended() == before + 1, told=worker.said)


def test_sessions_are_counted_from_login_to_logout(
    whole: WholeSite, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of browsers in which somebody has logged in; who only looks has none."""
    for name, value in whole.variables.items():
        monkeypatch.setenv(name, value)
    plugin_database.default.cache_clear()

    def sessions() -> float:
        (metric,) = web_sessions.read()
        return float(metric.samples[0].value)

    # The first login of a site makes the table.
    Browser(whole.site.url).log_in(person.name, person.password)
    until(lambda: _has_sessions(sessions))
    before = sessions()
    browser = Browser(whole.site.url)
    assert browser.get("/webclient/").status_code == 302
    browser.log_in(person.name, person.password)
    assert browser.get("/webclient/").status_code == 200
    until(lambda: sessions() == before + 1)
    # OMERO.server shows the account for monitoring its own sessions alone.
    question = "select distinct s.owner.omeName from Session s where s.closed is null"
    with login.session() as client:
        said = client.sf.getQueryService().projection(question, None, {"omero.group": "-1"})
    assert unwrap(said) == [[whole.variables["MONITORING_USER"]]]
    assert browser.post("/webclient/logout/").status_code == 302
    until(lambda: sessions() == before)
    plugin_database.default().close()
    plugin_database.default.cache_clear()


def _has_sessions(sessions: Callable[[], float]) -> bool:
    try:
        return sessions() > 0
    except Failed:
        return False
