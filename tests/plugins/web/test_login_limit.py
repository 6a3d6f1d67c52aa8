"""Wrong passwords in OMERO.web: every way to log in has the limit, and its owner is not locked out.

Addresses are those of `X-Forwarded-For`; each test has its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

import local_services

Visitors = Callable[[str], Any]
WRONG, NEW = "not-the-password-7b1", "a-new-password-3c8"


@pytest.fixture(autouse=True)
def _no_tries_of_others(site: Any) -> Iterator[None]:
    """The buckets are whole, and other tests find them so."""
    client = redis.Redis("127.0.0.1", site.redis.port, 2, site.redis.password)

    def forget() -> None:
        for key in client.scan_iter("login:*"):
            client.delete(key)

    forget()
    yield
    forget()
    client.close()


@pytest.fixture
def at(site: Any, new_visitor: Visitors) -> Callable[[str], Any]:
    """Makes somebody at an address, with an empty login form."""

    def make(address: str) -> Any:
        visitor = new_visitor(site.url)
        visitor.headers["X-Forwarded-For"] = address
        visitor.get("/webclient/login/")
        return visitor

    return make


def _form(visitor: Any, user: str, password: str = WRONG) -> httpx.Response:
    """Send the login form; the answer itself, not the page that it leads to."""
    visitor.follow_redirects = False
    answer: httpx.Response = visitor.submit(
        "/webclient/login/", username=user, password=password, server="1"
    )
    return answer


def test_twenty_five_guesses_at_once(site: Any, at: Any) -> None:
    attackers = [at("203.0.113.20") for _ in range(25)]
    with ThreadPoolExecutor(25) as threads:
        answers = list(threads.map(lambda each: _form(each, "emil"), attackers))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 15
    assert {answer.status_code for answer in answers} == {200, 429}

    last = _form(attackers[0], "emil", "emil-demo")
    assert last.status_code == 429
    assert 0 < int(last.headers["Retry-After"]) <= 60
    assert "Too many wrong passwords for this account. Try again in" in last.text
    # It is the login page, and its form works: it has a CSRF token.
    assert 'name="csrfmiddlewaretoken"' in last.text
    assert "sessionid" not in last.cookies
    # The owner sits elsewhere.
    assert _form(at("192.0.2.10"), "emil", "emil-demo").status_code == 302


def test_a_browser_that_is_known_is_not_held_up(at: Any) -> None:
    owner = at("192.0.2.10")
    assert _form(owner, "emil", "emil-demo").status_code == 302
    cookie = next(each for each in owner.cookies.jar if each.name == "known_browser")
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert "emil" not in (cookie.value or "")

    def guess(number: int) -> int:
        return _form(at(f"198.51.100.{number}"), "emil").status_code

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(guess, range(1, 41)))
    assert (answers.count(200), answers.count(429)) == (30, 10)
    stranger = at("203.0.113.21")
    refused = _form(stranger, "emil", "emil-demo")
    assert refused.status_code == 429
    assert "use a browser in which you have logged in before" in refused.text

    # The owner's own browser in a hotel, and a script without cookies in the office.
    owner.cookies.delete("sessionid")
    owner.headers["X-Forwarded-For"] = "203.0.113.22"
    assert _form(owner, "emil", "emil-demo").status_code == 302
    assert _form(at("192.0.2.10"), "emil", "emil-demo").status_code == 302
    # Another's cookie does not help with this account, and an invented one is none.
    other = at("203.0.113.23")
    assert _form(other, "ben", "ben-demo").status_code == 302
    assert _form(other, "emil", "emil-demo").status_code == 429
    stranger.cookies.set("known_browser", f"x{cookie.value}")
    assert _form(stranger, "emil", "emil-demo").status_code == 429


def test_one_password_for_many_accounts(at: Any) -> None:
    attackers = [at("203.0.113.24") for _ in range(8)]

    def guess(number: int) -> int:
        return _form(attackers[number % 8], f"person-{number}").status_code

    answers = [guess(number) for number in range(70)]
    # While they are tried, one comes back every ten seconds.
    assert 60 <= answers.count(200) <= 66
    assert answers[-1] == 429
    assert "from your network address" in _form(attackers[0], "ben", "ben-demo").text
    assert _form(at("192.0.2.11"), "ben", "ben-demo").status_code == 302


def _by_form(visitor: Any, password: str) -> httpx.Response:
    return _form(visitor, "chi", password)


def _by_api(visitor: Any, password: str) -> httpx.Response:
    answer: httpx.Response = visitor.submit(
        "/api/v0/login/", username="chi", password=password, server="1"
    )
    return answer


def _by_api_in_json(visitor: Any, password: str) -> httpx.Response:
    token = visitor.get("/api/v0/token/").json()["data"]
    answer: httpx.Response = visitor.post(
        "/api/v0/login/",
        json={"username": "chi", "password": password, "server": 1},
        headers={"X-CSRFToken": token, "Referer": str(visitor.base_url)},
    )
    return answer


def _in_address(path: str) -> Callable[[Any, str], httpx.Response]:
    def log_in(visitor: Any, password: str) -> httpx.Response:
        visitor.follow_redirects = False
        query = {"server": "1", "username": "chi", "password": password}
        answer: httpx.Response = visitor.get(path, params=query)
        return answer

    return log_in


WAYS = {
    "login page": _by_form,
    "API": _by_api,
    "API, JSON": _by_api_in_json,
    "address of a page": _in_address("/webclient/"),
    "address in the API": _in_address("/api/v0/m/projects/"),
    "address in webgateway": _in_address("/webgateway/proj/list/"),
    "address of an application": _in_address("/figure/"),
    "address of our plugin": _in_address("/omeroweb_omp_plugin/projects/"),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_in_counts_and_is_refused(at: Any, way: str) -> None:
    visitor = at("203.0.113.30")
    answers = [WAYS[way](visitor, WRONG) for _ in range(12)]
    statuses = [answer.status_code for answer in answers]
    assert 429 not in statuses[:10]
    assert statuses[10:] == [429, 429], answers[-1].text[:500]
    assert answers[-1].headers["Retry-After"]
    assert "Too many wrong passwords" in answers[-1].text
    # All of them share their tries, and the right password is not looked at.
    for other in WAYS.values():
        assert other(visitor, "chi-demo").status_code == 429
    assert _by_form(at("192.0.2.12"), "chi-demo").status_code == 302


def _id_of(visitor: Any, name: str) -> int:
    people = visitor.get("/api/v0/m/experimenters/?limit=50").json()["data"]
    return next(int(each["@id"]) for each in people if each["UserName"] == name)


def test_the_form_that_changes_a_password(site: Any, at: Any) -> None:
    visitor = at("203.0.113.31")
    assert _form(visitor, "chi", "chi-demo").status_code == 302
    own = _id_of(visitor, "chi")
    fields = {"old_password": WRONG}
    fields |= {"password": NEW, "confirmation": NEW}
    texts = [visitor.submit(f"/webadmin/change_password/{own}/", **fields).text for _ in range(11)]
    assert "Too many wrong passwords" in texts[-1]
    assert [text for text in texts[:10] if "Too many wrong passwords" in text] == []
    # OMERO's gateway logs the refused call with both.
    log = site.web.log.read_text()
    assert "changePasswordWithOldPassword(...)" in log
    assert [each for each in (WRONG, NEW) if each in log] == []


def test_a_session_key_is_no_password(site: Any, at: Any) -> None:
    """OMERO.server takes a key that is none for an account with the same text as its password."""
    visitor = at("192.0.2.13")
    assert _form(visitor, "ada", "ada-demo").status_code == 302
    change = f"/webadmin/change_password/{_id_of(visitor, 'ada')}/"
    visitor.submit(change, old_password="ada-demo", password="ada", confirmation="ada")
    try:
        assert _form(at("192.0.2.13"), "ada", "ada").status_code == 302
        stranger = at("203.0.113.32")
        stranger.follow_redirects = False
        assert stranger.get("/api/v0/m/projects/?bsession=ada").status_code == 403
    finally:
        visitor.submit(change, old_password="ada", password="ada-demo", confirmation="ada-demo")
    assert _form(at("192.0.2.13"), "ada", "ada-demo").status_code == 302


def test_what_is_logged(site: Any, at: Any, log_lines: Callable[[Any], list[Any]]) -> None:
    visitor = at("203.0.113.33")
    for _ in range(11):
        _form(visitor, "dora")
    own = [line for line in log_lines(site) if line.get("client") == "203.0.113.33"]
    lines = [line for line in own if line["logger"] == "login"]
    assert [line["event"] for line in lines] == ["login.failed"] * 10 + ["login.refused"]
    assert {line["account"] for line in lines} == {"dora"}
    assert lines[-1]["limit"] == "account and address"
    assert WRONG not in site.web.log.read_text()


def test_the_public_user_is_not_counted(site: Any, tmp_path: Path, new_visitor: Visitors) -> None:
    """Its password is the site's; when that is wrong, visitors are not to blame."""
    config = tmp_path / "config"
    config.mkdir()
    properties = {"enabled": "true", "user": "emil", "url_filter": "^/webgateway/"}
    lines = (f"config set -- omero.web.public.{key} {json.dumps(value)}\n"
             for key, value in properties.items())  # fmt: skip
    (config / "90-platform.omero").write_text("".join(lines))
    from_secrets = tmp_path / "secrets"
    from_secrets.mkdir()
    (from_secrets / "omero.web.public.password").write_text("wrong")
    folders = {
        "OMERO_WEB_CONFIG_FOLDER": str(config),
        "OMERO_WEB_SECRET_CONFIG_FOLDER": str(from_secrets),
    }
    with local_services.web_beside(site, tmp_path, **folders) as beside:
        visitor = new_visitor(beside.url)
        visitor.follow_redirects = False
        answers = {visitor.get("/webgateway/proj/list/").status_code for _ in range(12)}
        assert answers == {302}
    client = redis.Redis("127.0.0.1", site.redis.port, 2, site.redis.password)
    assert list(client.scan_iter("login:*")) == []


def test_a_server_that_is_away_costs_no_tries(
    site: Any, tmp_path: Path, new_visitor: Visitors
) -> None:
    nowhere = {"OMERO_PORT": "1", "LOGIN_TRIES_PER_ACCOUNT_AND_ADDRESS": "1"}
    with local_services.web_beside(site, tmp_path, **nowhere) as beside:
        visitor = new_visitor(beside.url)
        visitor.get("/webclient/login/")
        assert 429 not in [_form(visitor, "emil").status_code for _ in range(3)]
