"""How many requests OMERO.web answers, how long they take, and how many are under way.

An application is the Django application whose view answers, so labels are bounded by what is
installed: never a path, a user or an object.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from prometheus_client import Counter, Gauge, Histogram

from omero_web_container.access_log import Answer, Application

REQUESTS: Final = Counter(
    "omero_web_requests",
    "Requests that OMERO.web has answered, by the application whose view answered.",
    ["method", "code", "app"],
)
SECONDS: Final = Histogram(
    "omero_web_request_seconds",
    "Time from a request to the last byte of its answer.",
    ["app"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
RUNNING: Final = Gauge(
    "omero_web_requests_running",
    "Requests that are being answered now.",
    multiprocess_mode="livesum",
)
_APP: Final = "omero_platform.app"
# What no view answers: an address that does not exist, or what a middleware refuses.
_NO_APP: Final = "none"
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class NameApp:
    """Django's middleware: notes whose view answers a request."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        """Go on."""
        return self._get_response(request)

    def process_view(self, request: Any, view: Any, _arguments: Any, _named: Any) -> None:
        """The view is known, and not called yet."""
        request.environ[_APP] = app_of(view)


def app_of(view: Any) -> str:
    """The application of a view: `webclient` for OMERO.web's own, `omero_figure` for another's."""
    parts = str(getattr(view, "__module__", "") or _NO_APP).split(".")
    return parts[1] if parts[0] == "omeroweb" and len(parts) > 1 else parts[0]


def measured(application: Application) -> Application:
    """Count what an application answers, and take its time."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.monotonic()
        code = "500"

        def start(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal code
            code = line.split(" ", 1)[0]
            return start_response(line, headers, *rest)

        def done(_sent: int) -> None:
            method, app = environ.get("REQUEST_METHOD", ""), environ.get(_APP, _NO_APP)
            RUNNING.dec()
            SECONDS.labels(app).observe(time.monotonic() - began)
            REQUESTS.labels(method if method in _METHODS else "other", code, app).inc()

        RUNNING.inc()
        try:
            body = application(environ, start)
        except BaseException:
            done(0)
            raise
        return Answer(body, done)

    return answer
