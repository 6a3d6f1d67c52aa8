"""The decorator of JSON views: in which order it lets in and refuses, and how it answers."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from omero_plugin_common.errors import Conflict, RateLimited
from view_requests import Gateway, answered, request

pytestmark = pytest.mark.usefixtures("django")


def view(*methods: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    from omero_plugin_common.web.json_view import json_view

    return json_view(*methods, **options)


def test_what_a_view_returns_is_json_that_nobody_keeps() -> None:
    @view()
    def thing(request: Any, caller: Any, number: int) -> Any:
        """What it is."""
        return {"who": caller.user_name, "group": caller.group_id, "number": number}

    response = thing(request(), number=4, conn=Gateway())
    assert answered(response) == (200, {"who": "ada", "group": 5, "number": 4})
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert (thing.__name__, thing.__doc__) == ("thing", "What it is.")


def test_models_lists_and_responses_of_django() -> None:
    from django.http import HttpResponse
    from pydantic import BaseModel, Field

    class Thing(BaseModel):
        own_name: str = Field("x", serialization_alias="ownName")

    def returning(result: Any) -> Any:
        return view()(lambda request, caller: result)(request(), conn=Gateway())

    assert answered(returning(Thing())) == (200, {"ownName": "x"})
    assert answered(returning([1, 2])) == (200, [1, 2])
    own = HttpResponse("text", status=202)
    assert returning(own) is own
    assert "Cache-Control" not in own


@pytest.mark.parametrize(
    ("allowed", "method", "status"),
    [
        ((), "GET", 200), ((), "HEAD", 200), ((), "POST", 405), (("POST",), "GET", 405),
        (("POST",), "HEAD", 405), (("POST", "DELETE"), "DELETE", 200),
    ],
)  # fmt: skip
def test_methods(allowed: tuple[str, ...], method: str, status: int) -> None:
    response = view(*allowed)(lambda request, caller: {})(request(method), conn=Gateway())
    assert response.status_code == status
    assert response.get("Allow") == (", ".join(allowed or ("GET",)) if status == 405 else None)


def test_each_check_comes_before_the_next(caplog: pytest.LogCaptureFixture) -> None:
    """Method, size, CSRF, administrator, body, rate limit, view: a request with all the faults."""
    from omero_plugin_common.body import Body

    class Wanted(Body):
        word: str

    class Never:
        def check(self, identity: str) -> None:
            raise RateLimited(f"too many of {identity}", retry_after=7)

    called: list[str] = []

    @view("POST", body=Wanted, limit=20, admin=True, rate_limit=Never(), action="example.do")
    def thing(request: Any, caller: Any, wanted: Wanted) -> Any:
        called.append(wanted.word)

    user, admin = Gateway(), Gateway("root", admin=True)
    large, wrong, right = b"x" * 21, {"other": 1}, {"word": "hi"}
    foreign = request("POST", wrong)
    foreign._dont_enforce_csrf_checks = False
    refused = [
        thing(request("PUT", large), conn=user),
        thing(request("POST", large), conn=user),
        thing(foreign, conn=user),
        thing(request("POST", wrong), conn=user),
        thing(request("POST", wrong), conn=admin),
        thing(request("POST", right), conn=admin),
    ]
    assert [(each.status_code, json.loads(each.content)["code"]) for each in refused] == [
        (405, "method_not_allowed"),
        (413, "too_large"),
        (403, "csrf"),
        (403, "forbidden"),
        (400, "bad_body"),
        (429, "rate_limited"),
    ]
    assert refused[-1]["Retry-After"] == "7"
    assert json.loads(refused[-1].content)["error"] == "too many of omero:root"
    assert called == []


def test_a_privilege_of_administrators() -> None:
    @view(admin="ModifyGroup")
    def thing(request: Any, caller: Any) -> Any:
        return {"privileges": sorted(caller.privileges)}

    def told(**who: Any) -> tuple[int, Any]:
        return answered(thing(request(), conn=Gateway(**who)))

    assert told(admin=True, privileges=["ModifyGroup", "Sudo"]) == (
        200,
        {"privileges": ["ModifyGroup", "Sudo"]},
    )
    status, body = told(admin=True, privileges=["Sudo"])
    assert (status, body["code"]) == (403, "no_privilege")
    assert "without the privilege ModifyGroup" in body["error"]
    # Of somebody who is no administrator, OMERO tells none.
    assert told(privileges=["ModifyGroup"])[0] == 403


def test_nobody_is_logged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    from omero_plugin_common.web.login import json_login_required

    monkeypatch.setattr(json_login_required, "get_connection", lambda *_: None)
    asked = request()
    asked.omero_login_error = None
    status, body = answered(view()(lambda request, caller: {})(asked))
    assert (status, body["code"]) == (401, "not_logged_in")


@pytest.mark.parametrize(
    ("session", "status", "code", "read"),
    [({}, 401, "not_logged_in", False), ({"connector": {}}, 403, "csrf", True)],
    ids=["nobody", "somebody"],
)
def test_no_large_body_of_somebody_without_a_login_is_read(
    session: dict[str, object], status: int, code: str, read: bool
) -> None:
    parts: list[bytes] = []

    class Form(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            parts.append(super().read(size))
            return parts[-1]

    content = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n" + b"y" * 1_000_000
    asked = request("POST", content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x")
    asked._stream, asked.session = Form(content + b"\r\n--x--\r\n"), session
    asked._dont_enforce_csrf_checks = False
    asked.COOKIES["csrftoken"] = "a" * 32
    response = view("POST", file="backup", limit=50_000_000)(lambda *_: {})(asked)
    assert (response.status_code, json.loads(response.content)["code"]) == (status, code)
    assert bool(parts) == read


def test_a_view_that_reads_its_body_itself_gets_it_unread() -> None:
    @view("PATCH", streams=True)
    def thing(request: Any, caller: Any) -> Any:
        return {"first": request.read(3).decode()}

    asked = request("PATCH", b"xyz" * 1_000_000, "application/octet-stream")
    asked.session["connector"] = {}
    # It is not compared with the limit of other views.
    assert int(asked.META["CONTENT_LENGTH"]) == 3_000_000
    assert answered(thing(asked, conn=Gateway())) == (200, {"first": "xyz"})
    nobody = request("PATCH", b"x", "application/octet-stream")
    assert answered(thing(nobody))[0] == 401
    assert not nobody._read_started


def test_a_fault_is_logged_with_its_trace_under_the_reference(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @view()
    def broken(request: Any, caller: Any) -> Any:
        raise KeyError("secret")

    status, body = answered(broken(request(**{"X-Request-ID": "ab-1"}), conn=Gateway()))
    assert (status, body["code"]) == (500, "internal")
    assert body["error"].endswith("under reference ab-1")
    assert "secret" not in body["error"]
    (record,) = [each for each in caplog.records if each.name == "omero_plugin_common.web"]
    assert (record.levelno, record.exc_info is not None) == (logging.ERROR, True)
    assert "GET /example/thing/ refused with 500 internal for ada" in record.getMessage()


def test_a_refusal_is_one_line_without_a_trace(caplog: pytest.LogCaptureFixture) -> None:
    @view()
    def taken(request: Any, caller: Any) -> Any:
        raise Conflict("there is one", code="taken")

    response = taken(request(), conn=Gateway())
    assert answered(response) == (409, {"error": "there is one", "code": "taken"})
    # Django logs no second line.
    assert response._has_been_logged
    (record,) = [each for each in caplog.records if each.name == "omero_plugin_common.web"]
    assert (record.levelno, record.exc_info) == (logging.WARNING, None)


@pytest.mark.parametrize(
    ("method", "fails", "outcome"),
    [("POST", False, "done"), ("POST", True, "refused"), ("GET", False, None)],
)
def test_changes_are_audited(
    monkeypatch: pytest.MonkeyPatch, method: str, fails: bool, outcome: str | None
) -> None:
    from omero_plugin_common import audit

    lines: list[tuple[Any, ...]] = []

    def record(who: Any, action: str, outcome: str, objects: Any, *, status: int) -> None:
        lines.append((who.user_name, action, outcome, objects.as_json(), status))

    monkeypatch.setattr(audit, "record", record)

    @view("GET", "POST", action="example.do")
    def thing(request: Any, caller: Any) -> Any:
        request.audit.add("Image", [1, 2])
        if fails:
            raise Conflict("there is one")
        return {}

    thing(request(method), conn=Gateway())
    found = {"Image": {"count": 2, "first": [1, 2]}}
    wanted = [("ada", "example.do", outcome, found, 409 if fails else 200)]
    assert lines == (wanted if outcome else [])
