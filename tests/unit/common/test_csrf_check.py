"""The CSRF check of JSON views: Django's own, told as an error."""

from __future__ import annotations

from typing import Any

import pytest

from omero_plugin_common.errors import CsrfFailed

pytestmark = pytest.mark.usefixtures("django")
# What Django sends as a cookie: 32 letters or digits.
TOKEN = "a" * 32


def request(method: str = "POST", *, cookie: str = "", **headers: str) -> Any:
    from django.test import RequestFactory

    made = RequestFactory().generic(method, "/example/", headers=headers)
    if cookie:
        made.COOKIES["csrftoken"] = cookie
    return made


def check(asked: Any) -> None:
    from omero_plugin_common.web.csrf import check_csrf

    check_csrf(asked)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_only_reads_needs_no_token(method: str) -> None:
    check(request(method))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_changes_something_carries_the_token_of_a_page(method: str) -> None:
    check(request(method, cookie=TOKEN, **{"X-CSRFToken": TOKEN}))


@pytest.mark.parametrize(
    ("cookie", "headers", "reason"),
    [
        ("", {}, "CSRF cookie not set."),
        (TOKEN, {}, "CSRF token missing."),
        (TOKEN, {"X-CSRFToken": "b" * 32}, "incorrect"),
        (TOKEN, {"X-CSRFToken": "short"}, "incorrect length"),
        (TOKEN, {"X-CSRFToken": TOKEN, "Origin": "https://elsewhere.example"}, "does not match"),
    ],
)
def test_anything_else_is_refused_with_the_reason(
    cookie: str, headers: dict[str, str], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(CsrfFailed, match=reason) as caught:
        check(request(cookie=cookie, **headers))
    assert caught.value.message.endswith("Reload the page and try again")
    assert caught.value.status == 403
    # The decorator of the view writes the one line.
    assert [each for each in caplog.records if each.name == "django.security.csrf"] == []


def test_a_page_of_the_site_itself_may_send_a_form() -> None:
    from django.test import RequestFactory

    made = RequestFactory().post(
        "/example/", {"csrfmiddlewaretoken": TOKEN}, headers={"Origin": "http://testserver"}
    )
    made.COOKIES["csrftoken"] = TOKEN
    check(made)


def test_of_a_body_that_the_view_reads_only_the_header_counts() -> None:
    from omero_plugin_common.web.csrf import check_csrf

    asked = request(cookie=TOKEN, **{"X-CSRFToken": TOKEN})
    check_csrf(asked, header_only=True)
    assert asked.method == "POST"
    from django.test import RequestFactory

    in_form = RequestFactory().post("/example/", {"csrfmiddlewaretoken": TOKEN})
    in_form.COOKIES["csrftoken"] = TOKEN
    with pytest.raises(CsrfFailed, match="missing"):
        check_csrf(in_form, header_only=True)
    # Django would have read the form to look for it.
    assert not in_form._read_started
