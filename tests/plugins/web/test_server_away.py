"""Requests share connections, never users; a server that stands still logs nobody out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import pytest

import http_clients
import local_services

PEOPLE = ("ada", "ben", "chi", "dora")
TREE = "/webclient/api/containers/?id=-1&group=-1"
SCRIPT = {"X-Requested-With": "XMLHttpRequest"}
PERSON = {"Accept": http_clients.CHROME}


@pytest.fixture
def people(site: local_services.Site, new_visitor: Callable[[str], Any]) -> dict[str, Any]:
    """Users of the demo, logged in."""
    made = {user: new_visitor(site.url) for user in PEOPLE}
    for user, visitor in made.items():
        assert visitor.log_in(f"{user}-demo", user).url.path == "/webclient/"
    return made


@pytest.fixture
def control(site: local_services.Site) -> Iterator[httpx.Client]:
    """Counts and faults of the stand-in."""
    with httpx.Client(
        base_url=local_services.control(site.standin), verify=local_services.NO_AUTHORITIES
    ) as client:
        yield client
        client.delete("/faults")


def counted(control: httpx.Client, ask: Callable[[], Any]) -> dict[str, int]:
    control.delete("/counts")
    ask()
    found: dict[str, int] = control.get("/counts").json()
    return found


def test_a_session_is_joined_once_in_each_process(visitor: Any, control: httpx.Client) -> None:
    def twelve_pings() -> None:
        for _ in range(12):
            assert visitor.get("/webclient/keepalive_ping/").text == "OK"

    first, again = counted(control, twelve_pings), counted(control, twelve_pings)
    assert first.get("Router.createSession", 0) <= 2
    # A join costs ten calls; a connection that is there costs one.
    assert sum(again.values()) <= 2 * 10 + 12
    assert again["IAdmin.getEventContext"] == 12


def test_nobody_gets_the_connection_of_somebody_else(
    site: local_services.Site, people: dict[str, Any], log_lines: Callable[[Any], Any]
) -> None:
    def ask(number: int) -> tuple[str, str]:
        user = PEOPLE[number % len(PEOPLE)]
        with _browser(people[user]) as browser:
            answer = browser.get(TREE, headers={"X-Request-ID": f"own-{user}-{number}"})
        return user, answer.headers["x-request-id"]

    with ThreadPoolExecutor(12) as browsers:
        asked = {name: user for user, name in browsers.map(ask, range(80))}
    end = time.monotonic() + 60
    while True:
        lines = [each for each in log_lines(site) if each.get("logger") == "access"]
        seen = {each["requestId"]: each.get("user") for each in lines if each["requestId"] in asked}
        if len(seen) == len(asked):
            break
        assert time.monotonic() < end
        time.sleep(0.05)
    assert seen == asked
    assert all(each["status"] == 200 for each in lines if each["requestId"] in asked)


def test_nothing_of_a_request_stays_open(people: dict[str, Any], control: httpx.Client) -> None:
    """Engines are not a gateway's only ones, and the server keeps each until it is closed."""
    ada = people["ada"]
    image = ada.get("/api/v0/m/images/?limit=1").json()["data"][0]["@id"]

    def look() -> None:
        for _ in range(4):
            assert ada.get(f"/webgateway/imgData/{image}/").status_code == 200
            assert ada.get(f"/webclient/render_image/{image}/0/0/").status_code == 200

    counts = counted(control, look)
    for made, closed in (
        ("ServiceFactory.createRenderingEngine", "RenderingEngine.close"),
        ("ServiceFactory.createThumbnailStore", "ThumbnailStore.close"),
        ("ServiceFactory.createRawPixelsStore", "RawPixelsStore.close"),
    ):
        assert counts.get(made, 0) == counts.get(closed, 0), counts
    assert counts["ServiceFactory.createRenderingEngine"] >= 4


def test_a_session_that_the_server_has_ended_leads_to_the_login_page(
    people: dict[str, Any], control: httpx.Client
) -> None:
    order = {"call": "IAdmin.getEventContext", "kind": "lost"}
    control.post("/faults", json=order)
    assert people["ada"].get("/webclient/").url.path == "/webclient/login/"
    assert people["ben"].is_logged_in
    control.post("/faults", json=order)
    answer = people["ben"].get(TREE, headers=SCRIPT)
    assert answer.status_code == 403, "as OMERO.web tells its scripts"


def test_logging_out_ends_the_session(people: dict[str, Any], control: httpx.Client) -> None:
    ada = people["ada"]
    assert ada.is_logged_in
    counts = counted(control, lambda: ada.submit("/webclient/logout/"))
    assert counts["ISession.closeSession"] >= 1
    assert not ada.is_logged_in


def test_a_server_that_stands_still_is_one_moment_and_logs_nobody_out(
    site: local_services.Site, people: dict[str, Any], stranger: Any, control: httpx.Client
) -> None:
    cookies = {user: visitor.cookies["sessionid"] for user, visitor in people.items()}

    def ask(number: int) -> httpx.Response:
        user = PEOPLE[number % len(PEOPLE)]
        path = ("/webclient/", TREE, "/api/v0/m/projects/")[number % 3]
        with _browser(people[user]) as browser:
            return browser.get(path, headers=SCRIPT if path == TREE else PERSON)

    with local_services.standing_still(site.standin):
        with ThreadPoolExecutor(30) as browsers:
            answers = list(browsers.map(ask, range(45)))
            assert {each.status_code for each in answers} == {503}
            assert {each.headers["retry-after"] for each in answers} == {"5"}
            assert not any("sessionid" in each.headers.get("set-cookie", "") for each in answers)
            pages = [each for each in answers if each.url.path == "/webclient/"]
            assert all("One moment" in each.text for each in pages)
            scripted = [each for each in answers if each.url.path != "/webclient/"]
            assert {each.json()["code"] for each in scripted} == {"server_away"}

            began = time.monotonic()
            again = list(browsers.map(ask, range(45)))
            assert {each.status_code for each in again} == {503}
            # One wait of a process for a connection is 5 s, and there are 45 requests.
            assert time.monotonic() - began < 15, "requests wait for a dead server"
        assert stranger.get("/static/webgateway/css/reset.css").status_code == 200
        assert stranger.get("/healthz/live").status_code == 200
        form = stranger.get("/webclient/login/")
        assert (form.status_code, form.url.path) == (200, "/webclient/login/")
        _a_login_is_503_and_keeps_the_name(stranger)
        # Who is logged in, and logs in once more, stays logged in.
        _a_login_is_503_and_keeps_the_name(people["ada"])
        _until(lambda: stranger.get("/healthz").json()["server"] == "unreachable")

    for user, visitor in people.items():
        # Both processes notice by themselves.
        _until(partial(_serves, visitor))
        assert visitor.is_logged_in
        assert visitor.cookies["sessionid"] == cookies[user]
    # It is remembered for a few seconds.
    _until(lambda: all(stranger.get("/healthz").json()["server"] == "ok" for _ in range(4)))


def test_a_login_at_a_router_whose_server_is_down_is_503(
    people: dict[str, Any], stranger: Any, control: httpx.Client
) -> None:
    """OMERO.web asks for the version, then whether the server is up; each time it tries twice."""
    order = {"call": "Router.createSession", "kind": "refused", "times": 4}
    assert control.post("/faults", json=order).status_code == 200
    stranger.headers["Accept"] = http_clients.CHROME
    form = stranger.log_in("ada-demo", "ada")
    assert form.status_code == 503
    assert "nobody can log in" in form.text
    assert control.get("/faults").json() == []
    # Nobody else had to wait for it, and a wrong password is told from it.
    assert {visitor.get("/webclient/").status_code for visitor in people.values()} == {200}
    assert stranger.log_in("not-the-password", "ada").status_code == 200
    assert stranger.log_in("ada-demo", "ada").url.path == "/webclient/"


def _a_login_is_503_and_keeps_the_name(visitor: Any) -> None:
    before = dict(visitor.cookies)
    visitor.headers["Accept"] = http_clients.CHROME
    form = visitor.log_in("secret-words", "ada lovelace")
    assert (form.status_code, form.url.path) == (503, "/webclient/login/")
    assert form.headers["retry-after"] == "5"
    assert "OMERO.server does not answer at the moment, so nobody can log in" in form.text
    assert 'value="ada lovelace"' in form.text
    assert "secret-words" not in form.text
    token = visitor.get("/api/v0/token/").json()["data"]
    fields = {"username": "ada", "password": "ada-demo", "server": "1"}
    sent = {"X-CSRFToken": token, "Referer": str(visitor.base_url)}
    for path in ("/api/v0/login/", "/webclient/login/"):
        answer = visitor.post(path, data=fields, headers=sent | SCRIPT)
        assert (answer.status_code, answer.json()["code"]) == (503, "server_away"), path
        assert answer.json()["message"] == answer.json()["error"]
        assert answer.headers["retry-after"] == "5"
    assert visitor.cookies.get("sessionid") == before.get("sessionid")


def _browser(visitor: Any) -> httpx.Client:
    """The same user once more, to ask for several things at the same time."""
    trusts = local_services.NO_AUTHORITIES
    cookies, url = visitor.cookies, visitor.base_url
    return httpx.Client(base_url=url, cookies=cookies, timeout=60, verify=trusts)


def _serves(visitor: Any) -> bool:
    return all(visitor.get("/webclient/keepalive_ping/").status_code == 200 for _ in range(4))


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 180
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)
