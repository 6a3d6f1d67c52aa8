"""The fetch helper: CSRF, errors, retries, the lost session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from browser.complaints import Complaints
from browser.pretend_site import Answer, Asked, PretendSite

# Runs a call and returns its answer, or what was thrown.
CALL = """async ([name, ...rest]) => {
  const api = await import("/static/omero_plugin_common/js/api.js");
  try {
    return { answer: await api[name](...rest) };
  } catch (error) {
    const { name, status, code, message, retryAfter } = error;
    return { error: { name, status, code, message, retryAfter } };
  }
}"""

Calling = Callable[..., dict[str, Any]]


@pytest.fixture
def call(page: Page, pretend: PretendSite) -> Calling:
    page.goto(pretend.url("components.html"))

    def calling(*arguments: Any) -> dict[str, Any]:
        result: dict[str, Any] = page.evaluate(CALL, list(arguments))
        return result

    return calling


def failing(status: int, code: str, **more: Any) -> Answer:
    headers = {"Retry-After": str(more["retryAfter"])} if "retryAfter" in more else {}
    return Answer({"error": "Said by the server", "code": code, **more}, status, headers)


def test_post_carries_the_token_and_the_body(call: Calling, pretend: PretendSite) -> None:
    pretend.answer("/do/", Answer({"ok": True}))
    assert call("postJSON", "/do/", {"ids": [1, 2]}) == {"answer": {"ok": True}}
    [asked] = pretend.requests("/do/")
    assert asked.method == "POST"
    assert asked.headers["x-csrftoken"] == "token-1"
    assert asked.headers["content-type"] == "application/json"
    assert asked.body == {"ids": [1, 2]}


def test_the_token_is_read_anew_each_time(call: Calling, pretend: PretendSite, page: Page) -> None:
    pretend.answer("/do/", Answer({}))
    call("postJSON", "/do/")
    page.evaluate("document.cookie = 'csrftoken=token-2'")
    call("postJSON", "/do/")
    tokens = [asked.headers["x-csrftoken"] for asked in pretend.requests("/do/")]
    assert tokens == ["token-1", "token-2"]


def test_reads_carry_no_token(call: Calling, pretend: PretendSite) -> None:
    pretend.answer("/read/", Answer([1]))
    assert call("getJSON", "/read/", {"query": {"a": "x y", "b": None}}) == {"answer": [1]}
    [asked] = pretend.requests("/read/")
    assert "x-csrftoken" not in asked.headers
    assert asked.query == {"a": "x y"}


def test_the_token_does_not_leave_the_site(call: Calling, page: Page) -> None:
    seen: list[dict[str, str]] = []
    cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}

    def answer(route: Route, request: Request) -> None:
        seen.append(request.all_headers())
        route.fulfill(status=200, headers=cors, json={})

    page.context.route("http://elsewhere.test/**", answer)
    # The page's policy forbids other sites; what is shown here is what the helper would send.
    page.goto("about:blank")
    page.route("**/free.html", lambda route: route.fulfill(content_type="text/html", body="<p>"))
    page.goto("http://plugin.test/free.html")
    call("postJSON", "http://elsewhere.test/do/", {})
    assert seen
    assert all("x-csrftoken" not in headers for headers in seen)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (failing(400, "bad_body"), {"status": 400, "code": "bad_body"}),
        (failing(403, "csrf"), {"status": 403, "code": "csrf"}),
        (failing(429, "rate_limited", retryAfter=42), {"status": 429, "retryAfter": 42}),
        (failing(500, "internal"), {"status": 500, "code": "internal"}),
        (Answer("<h1>Oops</h1>", 500, kind="text/html"), {"status": 500, "code": "http_500"}),
        (Answer("<h1>Hello</h1>", 200, kind="text/html"), {"status": 200, "code": "not_json"}),
    ],
    ids=["400", "403", "429", "500", "500-page", "200-page"],
)
def test_errors_are_of_one_kind(
    call: Calling,
    pretend: PretendSite,
    complaints: Complaints,
    answer: Answer,
    error: dict[str, Any],
) -> None:
    complaints.expect("Failed to load resource")
    pretend.answer("/do/", answer)
    thrown = call("postJSON", "/do/")["error"]
    assert thrown["name"] == "ApiError"
    assert thrown.items() >= error.items()
    # Something that can be shown to the user, never markup or an empty text.
    assert thrown["message"]
    assert "<" not in thrown["message"]
    # A change is never sent a second time.
    assert len(pretend.requests("/do/")) == 1


def test_a_read_is_repeated_until_the_site_is_back(
    call: Calling, pretend: PretendSite, complaints: Complaints
) -> None:
    complaints.expect("503")

    def flaky(_: Asked) -> Answer:
        tries = len(pretend.requests("/read/"))
        return Answer({"tries": tries}) if tries == 3 else failing(503, "unavailable")

    pretend.answer("/read/", flaky)
    assert call("getJSON", "/read/") == {"answer": {"tries": 3}}


def test_a_read_is_not_repeated_for_ever(
    call: Calling, pretend: PretendSite, complaints: Complaints
) -> None:
    complaints.expect("503")
    pretend.answer("/read/", failing(503, "unavailable"))
    assert call("getJSON", "/read/")["error"]["status"] == 503
    assert len(pretend.requests("/read/")) == 3


def test_a_long_wait_is_told_and_not_waited(
    call: Calling, pretend: PretendSite, complaints: Complaints
) -> None:
    complaints.expect("503")
    pretend.answer("/read/", failing(503, "unavailable", retryAfter=60))
    assert call("getJSON", "/read/")["error"]["retryAfter"] == 60
    assert len(pretend.requests("/read/")) == 1


def test_no_network_is_an_error_that_says_so(
    call: Calling, page: Page, complaints: Complaints
) -> None:
    complaints.expect("no answer|Failed to load resource")
    page.route("**/gone/", lambda route: route.abort("connectionrefused"))
    thrown = call("postJSON", "/gone/")["error"]
    assert (thrown["status"], thrown["code"]) == (0, "network")
    assert "cannot be reached" in thrown["message"]


def test_a_slow_answer_times_out(call: Calling, page: Page) -> None:
    page.route("**/slow/", lambda _: None)
    thrown = call("postJSON", "/slow/", {}, {"timeout": 200})["error"]
    assert (thrown["status"], thrown["code"]) == (0, "timeout")


def test_a_request_can_be_ended(call: Calling, page: Page) -> None:
    page.route("**/slow/", lambda _: None)
    name = page.evaluate(
        """async () => {
          const { getJSON } = await import("/static/omero_plugin_common/js/api.js");
          const ends = new AbortController();
          setTimeout(() => ends.abort(), 50);
          return getJSON("/slow/", { signal: ends.signal }).catch((error) => error.name);
        }"""
    )
    assert name == "AbortError"


def test_a_lost_session_keeps_the_page_and_comes_back(
    call: Calling, pretend: PretendSite, page: Page, complaints: Complaints
) -> None:
    complaints.expect("401")
    note = page.get_by_label("Note")
    note.fill("half a sentence")
    pretend.answer("/do/", failing(401, "session_expired"))
    assert call("postJSON", "/do/")["error"]["code"] == "session_expired"
    # Asked again, there is still one banner.
    call("postJSON", "/do/")
    banner = page.get_by_role("alert", name="Session")
    expect(banner).to_contain_text("Nothing on this page is lost")
    login = banner.get_by_role("link", name="Log in again")
    expect(login).to_have_attribute("href", "/webclient/login/")
    expect(login).to_have_attribute("target", "_blank")

    # Not yet: the page would be the login page.
    login_page = Answer("<form id=login></form>", kind="text/html")
    pretend.answer("/components.html", login_page)
    banner.get_by_role("button", name="I am logged in").click()
    expect(banner).to_contain_text("still logged out")

    # Somebody else: what is on the page is not theirs.
    pretend.answer("/components.html", Answer("<main id=op-main data-user-id=8>", kind="text/html"))
    banner.get_by_role("button", name="I am logged in").click()
    expect(banner).to_contain_text("Somebody else")

    # The same user, seen as soon as the tab is looked at again.
    pretend.answer("/components.html", Answer("<main id=op-main data-user-id=7>", kind="text/html"))
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(banner).to_have_count(0)
    expect(note).to_have_value("half a sentence")
