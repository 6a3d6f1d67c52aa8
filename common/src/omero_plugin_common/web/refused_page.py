"""An error as a page, where a browser shows the answer itself: a download that did not work."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from omero_plugin_common.errors import ApiError, NotLoggedIn

TEMPLATE = "omero_plugin_common/error.html"


def refused_page(request: Any, problem: ApiError) -> HttpResponse:
    """The page of an error, with its status. Nothing is asked of OMERO or a database for it."""
    context = {
        "title": "One moment, please" if problem.status == 503 else "This did not work",
        "message": problem.message,
        "code": problem.code,
        "user_unknown": True,
    }
    if isinstance(problem, NotLoggedIn):
        context |= {"address": reverse("weblogin"), "action": "Log in"}
    return render(request, TEMPLATE, context, status=problem.status)
