"""An error in a view is the caller's fault only where the request has what went wrong."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import omero.clients
import pytest
from django.http import Http404
from django.utils.datastructures import MultiValueDict
from omero_web_container import caller_fault
from omero_web_container.request_context import CURRENT, RequestContext


@pytest.fixture(autouse=True)
def context(monkeypatch: pytest.MonkeyPatch) -> Iterator[RequestContext]:
    # Django's QueryDict is one, and needs settings.
    monkeypatch.setattr(MultiValueDict, "get", caller_fault._noting(MultiValueDict.get))
    made = RequestContext("reference-1")
    token = CURRENT.set(made)
    yield made
    CURRENT.reset(token)


def request(query: str = "", body: bytes = b"", **address: str) -> Any:
    match = SimpleNamespace(args=(), kwargs=address, func=None)
    given = MultiValueDict(parse_qs(query, keep_blank_values=True))
    return SimpleNamespace(GET=given, resolver_match=match, _body=body)


def fault(view: Callable[..., Any], asked: Any) -> tuple[int, str] | None:
    with pytest.raises(Exception) as raised:
        view(asked, **asked.resolver_match.kwargs)
    return caller_fault.fault_of_caller(raised.value, asked)


def number(request: Any, iid: str) -> int:
    return int(iid)


def floats(request: Any) -> list[float]:
    return [float(each) for each in request.GET.get("region").split(",")]


def four(request: Any) -> Any:
    region = request.GET.get("region")
    x, y, width, height = region.split(",")
    return x, y, width, height


def read(request: Any) -> Any:
    return json.loads(request._body)


def optional(request: Any) -> Any:
    return json.loads(request.GET.get("figure"))


def asks_a_helper(request: Any) -> list[Any]:
    return [*optional_number(request)]


def optional_number(request: Any) -> Any:
    return request.GET.get("group")


def unit(request: Any, name: str) -> Any:
    try:
        return getattr(SimpleNamespace(), name)
    except AttributeError as error:
        return error.message


def kind(request: Any, kind: str) -> str:
    if kind == "image":
        template = "image.html"
    return template


def page(request: Any, page: str) -> None:
    raise ValueError("invalid value for ::omero::RLong member `_val'")


def infinite(request: Any, z: str) -> int:
    return int(float(z))


@pytest.mark.parametrize(
    ("view", "asked"),
    [
        (number, request(iid="x")),
        (number, request(iid="")),
        (number, request(iid="9" * 5000)),
        (floats, request("region=1,2,x")),
        (floats, request()),
        (four, request("region=1,2")),
        (four, request()),
        (optional, request()),
        (asks_a_helper, request()),
        (optional, request("figure={")),
        (read, request(body=b"{")),
        (read, request(body=b'{"a": [\xff')),
        (unit, request(name="parsec")),
        (kind, request(kind="junk")),
        (page, request(page="9" * 30)),
        (infinite, request(z="inf")),
        (infinite, request(z="nan")),
        (lambda request: {}[request.GET["by"]], request("by=size")),
        (lambda request: request.GET["id"], request()),
    ],
)
def test_what_came_with_the_request_is_400(view: Callable[..., Any], asked: Any) -> None:
    said = fault(view, asked)
    assert said is not None
    assert said[0] == 400


def broken_number(request: Any, iid: str) -> int:
    return int("ours")


def broken_none(request: Any, iid: str) -> Any:
    nothing: Any = None
    return nothing.split(iid)


def broken_length(request: Any) -> int:
    nothing: Any = request.GET.get("page", None) and None
    return len(nothing)


def broken_lookup(request: Any, iid: str) -> Any:
    return {}["id"]


def broken_attribute(request: Any, iid: str) -> Any:
    return request.id


def broken_branch(request: Any) -> str:
    if not request:
        template = "image.html"
    return template


def helper(_conn: None) -> Any:
    count, total = [1]
    return count, total


def broken_helper(request: Any, iid: str) -> Any:
    conn = None
    return helper(conn)


@pytest.mark.parametrize(
    ("view", "asked"),
    [
        (broken_number, request(iid="7")),
        (broken_none, request(iid="7")),
        (broken_length, request("page=2")),
        (broken_lookup, request("id=7", iid="7")),
        (broken_attribute, request("id=7", iid="7")),
        (broken_branch, request("kind=image")),
        (broken_helper, request(iid="7")),
        (page, request(page="2147483647")),
        (lambda request: json.loads("{"), request("figure={}")),
        (lambda request: 1 / 0, request("id=0")),
        (lambda request: (lambda iid: iid)(), request("id=0")),
        (lambda request: b"\xff".decode(), request("id=7")),
    ],
)
def test_a_defect_of_the_same_form_is_the_site_s(view: Callable[..., Any], asked: Any) -> None:
    assert fault(view, asked) is None


def test_an_object_that_is_not_there_is_400_where_somebody_asked_for_it(
    context: RequestContext,
) -> None:
    assert fault(broken_none, request(iid="7")) is None
    context.found_nothing = True
    assert fault(broken_none, request(iid="7")) == (400, caller_fault.BAD_REQUEST)


def test_another_functions_missing_parameter_is_no_excuse(context: RequestContext) -> None:
    def middleware(request: Any) -> Any:
        return request.GET.get("language")

    def view(request: Any) -> Any:
        nothing: Any = None
        return nothing.split()

    def get_response(request: Any) -> Any:
        middleware(request)
        return view(request)

    assert fault(get_response, request()) is None
    assert context.asked_in_vain == {middleware.__code__, get_response.__code__}


def in_february(request: Any) -> Any:
    day = request.GET.get("day")
    return datetime.date(2026, 2, int(day))


@pytest.mark.parametrize(
    ("view", "asked"),
    [
        (in_february, request("day=30")),
        (read, request(body=b"[" * 100_000)),
    ],
)
def test_days_and_depths_that_do_not_exist_are_400(view: Callable[..., Any], asked: Any) -> None:
    assert fault(view, asked) == (400, caller_fault.BAD_REQUEST)


def test_a_day_of_the_views_own_is_the_sites() -> None:
    assert fault(lambda asked: datetime.date(2026, 2, 30), request("day=1")) is None


def test_an_address_that_lacks_what_its_view_needs_is_400() -> None:
    def details(request: Any, kind: str) -> str:
        return kind

    asked = request()
    assert fault(details, asked) is None
    asked.resolver_match.func = details
    details.__name__ = details.__qualname__ = "details"
    with pytest.raises(TypeError) as raised:
        details(asked)
    named = TypeError(str(raised.value).rpartition(".")[2])
    assert caller_fault.fault_of_caller(named, asked) == (400, caller_fault.BAD_REQUEST)


def test_what_omero_and_django_say_stands() -> None:
    usage = omero.ValidationException(message="No such column")
    asked = request()
    assert caller_fault.fault_of_caller(usage, asked) == (
        400,
        "OMERO.server rejected this: No such column",
    )
    for error, status in ((omero.SecurityViolation(), 403), (Http404(), 404)):
        said = caller_fault.fault_of_caller(error, asked)
        assert said
        assert said[0] == status
