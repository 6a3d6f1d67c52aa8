"""What is said about an error in a view."""

from __future__ import annotations

from typing import Any

import omero.clients
import pytest
from omero_web_container import error_answers
from omero_web_container.request_context import CURRENT, RequestContext


def test_a_view_that_shows_a_trace_shows_the_reference(caplog: pytest.LogCaptureFixture) -> None:
    quiet: Any = error_answers._NoTraces()
    token = CURRENT.set(RequestContext("reference-1"))
    try:
        raise KeyError("secret")
    except KeyError as error:
        shown = quiet.format_exc()
        assert CURRENT.get().failed is error  # type: ignore[union-attr]
    finally:
        CURRENT.reset(token)
    assert shown == "KeyError; the log has the details under reference reference-1"
    (record,) = caplog.records
    assert record.exc_info
    assert record.exc_info[0] is KeyError
    assert quiet.format_exception(ValueError("still there")) == ["ValueError: still there\n"]


def test_what_omero_web_says_of_a_wrong_request_is_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class NotFoundError(Exception):
        status = 404

    quiet: Any = error_answers._NoTraces()
    try:
        raise NotFoundError
    except NotFoundError:
        quiet.format_exc()
    assert caplog.records == []


@pytest.mark.parametrize(
    "body",
    [
        b"Traceback (most recent call last):\n  File", b"serverStackTrace = ome.conditions",
        b"ome.conditions.ApiUsageException: x\n\tat ome.services.Query.run(Query.java:1)",
        b'{"error": "File \\"/opt/omero/web/views.py\\", line 3"}', b"File &quot;/opt/a.py&quot;",
    ],
)  # fmt: skip
def test_a_trace_in_an_answer_is_seen(body: bytes) -> None:
    assert error_answers._TRACE.search(body)


@pytest.mark.parametrize("body", [b"Look at (this)", b"File not found", b'{"file": "/a.py"}'])
def test_other_text_is_no_trace(body: bytes) -> None:
    assert not error_answers._TRACE.search(body)


def test_exceptions_of_omero_say_their_message_only() -> None:
    """As Ice makes them, their text has OMERO.server's trace."""

    class Kept(omero.ServerError):  # type: ignore[misc]
        """One that this test changes, and no other test sees."""

    error_answers._say_message_only(Kept)
    error = Kept(message="No such object", serverStackTrace="at ome.services")
    assert str(error) == "No such object"
    assert str(Kept()) == "Kept"
