"""Whether OMERO.web shows its login page, asked at its Service as a browser would."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import httpx
from prometheus_client.core import Metric

from omero_plugin_common import env_utils
from omero_web_container.exporter.source import Failed, Figure
from omero_web_container.public_address import public_address

SUCCESS: Final = Figure(
    "omero_login_page_success", "Whether OMERO.web showed its login page: 1 or 0."
)
SECONDS: Final = Figure("omero_login_page_seconds", "How long the login page took the last time.")
# For each step of the answer.
_SECONDS: Final = 10.0
# What the form of the page has, in every language.
_SIGN: Final = 'name="password"'


def read() -> Sequence[Metric]:
    """Ask for the page; it reads no session and makes none that is kept.

    Raises:
        Failed: it was not shown, with the metrics that say so.
    """
    began = time.monotonic()
    problem = _problem()
    shown = [SUCCESS.of(not problem), SECONDS.of(time.monotonic() - began)]
    if problem:
        raise Failed(problem, shown)
    return shown


def _problem() -> str:
    """Why it is not shown; empty where it is."""
    address = public_address()
    url = f"{env_utils.get_env('EXPORTER_WEB_URL').rstrip('/')}{address.prefix}/webclient/login/"
    headers = {"Accept": "text/html", "User-Agent": "omero-platform monitoring"}
    if address.host:
        headers["Host"] = address.authority
    try:
        with httpx.Client(timeout=_SECONDS, trust_env=False) as client:
            answer = client.get(url, headers=headers)
    except httpx.HTTPError as error:
        return f"{url}: {type(error).__name__}"
    if answer.status_code != httpx.codes.OK:
        return f"{url} answers {answer.status_code}"
    return "" if _SIGN in answer.text else f"{url} is no login page"
