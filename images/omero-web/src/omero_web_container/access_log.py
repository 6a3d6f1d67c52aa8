"""One log line per request, with an id that also goes back to the browser."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from omero_web_container.json_logs import EXTRA
from omero_web_container.request_context import CURRENT, RequestContext, request_id

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
LOGGER: Final = logging.getLogger("access")
# Their successes are not worth a line: the kubelet and Prometheus ask every few seconds, a page has
# fifty files.
QUIET: Final = ("/healthz", "/metrics", "/static/")


class Answer:
    """The body of an answer; the request is over when the server closes it."""

    def __init__(self, body: Iterable[bytes], done: Callable[[int], None]) -> None:
        self._body = body
        self._done = done
        self._sent = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self._body:
            self._sent += len(part)
            yield part

    def close(self) -> None:
        """Close the body and write the line."""
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        finally:
            self._done(self._sent)


def logged(application: Application) -> Application:
    """Give every request an id, and write a line when it is answered.

    The path is logged without its query, which may hold a session id.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.monotonic()
        context = RequestContext(request_id(environ.get("HTTP_X_REQUEST_ID", "")))
        environ["HTTP_X_REQUEST_ID"] = context.request_id
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        status = 500
        CURRENT.set(context)

        def start(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal status
            status = int(line.split(" ", 1)[0])
            return start_response(line, [*headers, ("X-Request-ID", context.request_id)], *rest)

        def done(sent: int) -> None:
            if status >= 400 or not environ.get("PATH_INFO", "").startswith(QUIET):
                fields = {
                    "method": environ.get("REQUEST_METHOD", ""),
                    "path": path,
                    "status": status,
                    "bytes": sent,
                    "ms": round((time.monotonic() - began) * 1000),
                    "client": environ.get("REMOTE_ADDR", ""),
                    "agent": environ.get("HTTP_USER_AGENT", ""),
                }
                LOGGER.info("%s %s %s", fields["method"], path, status, extra={EXTRA: fields})
            CURRENT.set(None)

        return Answer(application(environ, start), done)

    return answer
