"""Runs of checks from the page: each check where it can be done, with reports and a history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg2
import pytest

from omeroweb_admin_tools.doctor.places import VOLUMES, place_of
from omeroweb_admin_tools.services import diagnostics
from omeroweb_admin_tools.store import running_checks, runs
from plugin_site import Browser, Worker
from tools.common.wait import wait_until
from whole_site import WholeSite

PAGE = "/omeroweb_admin_tools/server-database-testing/"


def ended(state: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The run, when all of its checks have ended."""
    wait_until(lambda: state()["ended"], 150, lambda last: f"the run goes on: {last}")
    return state()


def outcomes(run: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {each["check"]: (each["outcome"], each["place"]) for each in run["results"]}


@pytest.mark.timeout(240)
def test_each_place_does_its_checks(root: Browser, worker: Worker) -> None:
    begun = root.post(f"{PAGE}run/", {}).json()
    again = root.post(f"{PAGE}run/", {"scripts": ["redis"]}).json()
    assert again == {"request_id": begun["request_id"], "joined": True}
    address = f"{PAGE}runs/{begun['request_id']}/"
    run = ended(lambda: root.get(address).json())
    found = outcomes(run)
    assert len(found) == len(run["checks"]) == len(root.get(f"{PAGE}checks/").json()["checks"])
    assert found["omero.login"] == ("ok", "worker")
    assert found["omero.repository"] == ("ok", "worker")
    assert found["plugin-database.sql"] == ("ok", "web")
    assert found["worker.round-trip"] == ("ok", "web")
    assert found["volume.uploads"] == ("ok", "uploads")
    assert found["volume.exports"] == ("ok", "exports")
    assert found["kubernetes.api"] == found["logs.http"] == ("skipped", "web")
    assert run["totals"]["failed"] == 0, run["results"]
    assert (run["by"], run["not_stored"]) == ("root", "")
    history = root.get(f"{PAGE}runs/").json()["runs"]
    assert history[0] == {key: run[key] for key in ("id", "started", "ended", "by", "totals")}
    text = root.get(f"{address}report.txt")
    assert "ok       omero.login" in text.text
    assert "attachment" in text.headers["Content-Disposition"]
    report = root.get(f"{address}report.json").json()
    assert report["results"] == run["results"]
    for secret in ("password_file", "sessionid"):
        assert secret not in text.text.lower()


@pytest.mark.parametrize(
    ("method", "address", "status", "code"),
    [
        ("POST", "run/", 400, "no_such_check"),
        ("GET", f"runs/{UUID(int=1)}/", 404, "not_found"),
        ("GET", f"runs/{UUID(int=1)}/report.txt", 404, "not_found"),
        ("GET", f"runs/{UUID(int=1)}/report.pdf", 404, "not_found"),
    ],
)
def test_what_there_is_not(
    root: Browser, method: str, address: str, status: int, code: str
) -> None:
    wrong = {"scripts": ["../../etc/passwd"]}
    answer = root.post(PAGE + address, wrong) if method == "POST" else root.get(PAGE + address)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.fixture
def here(whole: WholeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is the pod of OMERO.web."""
    for name, value in whole.variables.items():
        monkeypatch.setenv(name, value)


def run_here(*checks: str) -> dict[str, Any]:
    begun = diagnostics.start("root", checks)
    assert not begun["joined"]
    return ended(lambda: diagnostics.state(UUID(begun["request_id"])))


def test_without_a_worker_its_checks_say_why(
    here: None, no_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnostics, "_TAKEN_SECONDS", 0.2)
    run = run_here("omero.login", "redis.keys")
    found = {each["check"]: each for each in run["results"]}
    assert found["redis.keys"]["outcome"] == "ok"
    assert found["omero.login"]["outcome"] == "failed"
    assert found["omero.login"]["words"].startswith("A worker did not take this check within")


def test_a_worker_that_dies_on_the_way_is_named(
    here: None, no_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(id_: UUID, place: Any, _checks: Any) -> None:
        running_checks.add(id_, {"place": place.key, "began": True})

    monkeypatch.setattr(diagnostics, "_send", dies)
    monkeypatch.setattr(diagnostics, "_SPARE_SECONDS", -29.5)
    (result,) = run_here("omero.login")["results"]
    assert result["words"] == "A worker began, and gave no result within 0.5 s"


def test_a_plugin_database_that_is_away_costs_the_history_alone(
    here: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_run: dict[str, Any]) -> None:
        raise psycopg2.OperationalError("no route to host")

    monkeypatch.setattr(runs, "store", away)
    run = run_here("redis.keys")
    assert "is not in the history" in run["not_stored"]
    assert "ok       redis.keys" in diagnostics.report(UUID(run["id"]), "txt")


def test_a_site_without_uploads_has_no_pod_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place_of("volume.uploads").key == "uploads"
    monkeypatch.setenv(VOLUMES, "exports")
    assert [place_of(f"volume.{each}").key for each in ("uploads", "exports")] == ["web", "exports"]
    monkeypatch.setenv(VOLUMES, "none")
    assert place_of("volume.exports").key == "web"


def test_scripts_of_the_docker_edition_are_known() -> None:
    names = {each.name for each in diagnostics._chosen(["plugin_database", "omero_database"])}
    assert {"plugin-database.sql", "omero-database.tcp", "omero.database"} <= names
    assert not any(name.startswith("ingress") for name in names)
    assert len(diagnostics._chosen(["platform_end_to_end"])) == len(diagnostics._chosen([]))
