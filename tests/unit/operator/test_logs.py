"""Log lines: text for people, one JSON object a line for collectors."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from omero_operator import logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root, own = logging.getLogger(), logging.getLogger("omero_operator")
    handlers, level, own_level = list(root.handlers), root.level, own.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    own.setLevel(own_level)


def written(form: str, level: str = "INFO") -> tuple[logging.Logger, io.StringIO]:
    logs.configure(level, form)
    stream = io.StringIO()
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(stream)
    return logging.getLogger("omero_operator.test"), stream


def test_json_line_has_what_collectors_sort_by() -> None:
    logger, stream = written("json")
    logger.info("applied %s\nand more", "x")
    (line,) = stream.getvalue().splitlines()
    found = json.loads(line)
    assert found["message"] == "applied x\nand more"
    assert (found["level"], found["logger"]) == ("INFO", "omero_operator.test")
    assert found["time"].endswith("+00:00")


def test_json_line_holds_a_whole_trace() -> None:
    logger, stream = written("json")
    try:
        raise ValueError("no")
    except ValueError:
        logger.exception("failed")
    (line,) = stream.getvalue().splitlines()
    assert "ValueError: no" in json.loads(line)["trace"]


def test_text_line_is_for_people() -> None:
    logger, stream = written("text")
    logger.warning("pass failed")
    assert stream.getvalue().rstrip().endswith("WARNING omero_operator.test: pass failed")


def test_level_is_that_of_the_operator_and_libraries_speak_up_only_in_trouble() -> None:
    logger, stream = written("text", "DEBUG")
    logger.debug("own")
    logging.getLogger("kopf").info("chatter")
    logging.getLogger("kopf").warning("trouble")
    assert [line.rpartition(": ")[2] for line in stream.getvalue().splitlines()] == [
        "own",
        "trouble",
    ]


def retried(path: str, reason: str) -> None:
    """What Kopf says of an attempt that failed."""
    what = f"GET https://10.0.0.1/{path}"
    message = f"Request attempt #1 failed; will retry: {what} -> {reason}"
    logging.getLogger("kopf._cogs.clients.watching").error(message)


def test_retries_of_kopf_are_a_warning_now_and_then_for_each_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It asks for ever, for each of fourteen kinds, and calls each attempt an error."""
    now = [1000.0]
    monkeypatch.setattr(logs, "time", SimpleNamespace(monotonic=lambda: now[0]))
    _, stream = written("text")
    for _ in range(120):
        retried("api/v1/pods", "no connection")
        retried("api/v1/secrets", "no connection")
        now[0] += logs.QUIET / 60
    retried("api/v1/secrets", "forbidden")
    logging.getLogger("kopf").error("another trouble")
    lines = stream.getvalue().splitlines()
    assert [" WARNING " in line for line in lines] == [True, True, True, False]
    assert "secrets -> forbidden" in lines[2]
    assert " ERROR " in lines[3]
