"""Every route with values that no view expects: no answer has a trace, wrong requests are 4xx."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx
import pytest

import local_services

# Of Python and of Java.
TRACE: Final = re.compile(
    r"Traceback|File (\"|&quot;|\\\")/|site-packages|serverStackTrace|\n\s+at [\w.$]+\("
)
# Parameters that views read, with values that they do not expect.
JUNK: Final = dict.fromkeys(
    (
        "id", "image", "images", "imageId", "dataset", "plate", "experimenter", "experimenter_id",
        "page", "limit", "offset", "group", "z", "t", "c", "w", "h", "x", "y", "region", "tile",
        "query", "value", "bins", "parent", "objects", "unit", "figureJSON", "fileId", "server",
    ),
    "junk",
)  # fmt: skip
LARGE: Final = dict.fromkeys(JUNK, "9" * 30)
# They end the session that the crawl needs.
ENDS_THE_SESSION: Final = ("(weblogout)", "(walogout)", "(walogin)", "(weblogin)")
# Where the authors' views end in 500 for a wrong request: docs/omero-web.md lists them.
UPSTREAM: Final = frozenset({"webgateway_search_json"})


@pytest.fixture(scope="module")
def routes(site: local_services.Site) -> list[tuple[str, list[str]]]:
    """All routes of this OMERO.web."""
    environment = local_services.python_environment(
        **site.environment, DJANGO_SETTINGS_MODULE="omero_web_container.django_settings"
    )
    done = subprocess.run(
        [sys.executable, str(local_services.ROOT / "tests/support/routes.py")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found = [(name, addresses) for name, addresses in json.loads(done.stdout.splitlines()[-1])]
    assert len(found) > 280
    return found


def _requests(
    routes: list[tuple[str, list[str]]], client: httpx.Client, *, logged_in: bool
) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Name of the route, method, address, and what else belongs to the request."""
    headers = {"Accept": "text/html", "Referer": str(client.base_url)}
    form = headers | {"X-CSRFToken": client.cookies.get("csrftoken", "")}
    for name, addresses in routes:
        if logged_in and any(each in name for each in ENDS_THE_SESSION):
            continue
        for address in addresses:
            yield name, "GET", address, {"headers": headers}
        if not addresses:
            continue
        yield name, "GET", addresses[0], {"headers": headers, "params": JUNK}
        if not logged_in:
            continue
        yield name, "GET", addresses[0], {"headers": headers, "params": LARGE}
        yield name, "POST", addresses[0], {"headers": form, "data": JUNK}
        yield name, "POST", addresses[0], {"headers": form, "content": b'{"a": [\xff'}


def _crawl(
    visitor: httpx.Client, requests: list[tuple[str, str, str, dict[str, Any]]]
) -> list[str]:
    """What is wrong with the answers."""

    def ask(request: tuple[str, str, str, dict[str, Any]]) -> str:
        name, method, address, rest = request
        answer = client.request(method, address, follow_redirects=False, **rest)
        text = answer.text
        if found := TRACE.search(text):
            return f"{name}: {method} {address} shows {text[found.start() :][:200]!r}"
        if answer.status_code >= 500:
            return f"{name}: {method} {address} {sorted(rest)} answers {answer.status_code}"
        return ""

    # The visitor's own connections are closed after each request.
    with (
        httpx.Client(base_url=visitor.base_url, cookies=visitor.cookies, timeout=60) as client,
        ThreadPoolExecutor(4) as threads,
    ):
        return sorted(filter(None, threads.map(ask, requests)))


def test_a_stranger_with_junk(routes: list[tuple[str, list[str]]], stranger: Any) -> None:
    requests = list(_requests(routes, stranger, logged_in=False))
    assert _crawl(stranger, requests) == []


def test_a_user_with_junk(routes: list[tuple[str, list[str]]], stranger: Any) -> None:
    stranger.log_in("emil-demo", "emil")
    requests = list(_requests(routes, stranger, logged_in=True))
    lines = _crawl(stranger, requests)
    failed = {line.partition("(")[2].partition(")")[0] for line in lines if " shows " not in line}
    assert [line for line in lines if " shows " in line] == []
    # The probing plugin has one that fails on purpose.
    assert failed == UPSTREAM | {"boom/"}
    assert stranger.is_logged_in
