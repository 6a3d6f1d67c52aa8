"""503 "One moment": what a server that is away makes of a request."""

from __future__ import annotations

from html import escape
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse, JsonResponse

from omero_plugin_common.request_utils import wants_page

_PAGE: Final = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>One moment</title>{refresh}"
    '<meta name=viewport content="width=device-width">'
    '<link rel=stylesheet href="{static}omero_platform_fixes/notice.css">'
    "<h1>One moment, please</h1><p>{what} {again}"
)


def one_moment(request: Any, what: str, *, code: str, seconds: int) -> HttpResponse:
    """The answer: a page that asks again by itself, or JSON where a script asks.

    Args:
        request: the request that cannot be answered now.
        what: whole sentences for the user.
        code: the same for scripts.
        seconds: when to try again.
    """
    if not wants_page(request):
        # `message` is what OMERO.web's JSON API has in its errors.
        response = JsonResponse({"error": what, "message": what, "code": code})
    else:
        refresh, again = "", "Go back and try again."
        if request.method in ("GET", "HEAD"):
            refresh = f"<meta http-equiv=refresh content={seconds}>"
            again = "This page tries again by itself."
        page = _PAGE.format(
            refresh=refresh, static=escape(settings.STATIC_URL), what=escape(what), again=again
        )
        response = HttpResponse(page)
    return later(response, seconds)


def later(response: HttpResponse, seconds: int) -> HttpResponse:
    """Make an answer a 503 that nobody stores.

    Args:
        response: what is shown.
        seconds: when to try again.
    """
    response.status_code = 503
    response.headers["Retry-After"] = str(seconds)
    response.headers["Cache-Control"] = "no-store"
    # Django would log each answer from 400 on a second time.
    response._has_been_logged = True
    return response
