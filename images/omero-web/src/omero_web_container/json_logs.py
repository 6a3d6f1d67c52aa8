"""Log lines as JSON on standard output, each with its request and user, and no session's id."""

from __future__ import annotations

import io
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

from omero_plugin_common.json_text import json_line
from omero_plugin_common.session_ids import GATEWAY_LOGGER, without_session_ids
from omero_web_container.request_context import CURRENT

# What a record may bring beside its message: the fields of the access log.
EXTRA: Final = "fields"


class JsonFormatter(logging.Formatter):
    """One object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for a record; a traceback is in the field `exception`."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_session_ids(record.getMessage()),
        }
        if context := CURRENT.get():
            line["requestId"] = context.request_id
            if context.user_id is not None:
                line |= {"user": context.user, "userId": context.user_id}
        for name, value in getattr(record, EXTRA, {}).items():
            line[name] = without_session_ids(value) if isinstance(value, str) else value
        if record.exc_info:
            trace = self.formatException(record.exc_info)
            # OMERO.server's part of it; `error_answers` keeps it out of the text.
            if server_trace := getattr(record.exc_info[1], "serverStackTrace", ""):
                trace += f"\n{server_trace}"
            line["exception"] = without_session_ids(trace)
        return json_line(line, default=str)


class PrintedLines(io.TextIOBase):
    """A `sys.stdout` that logs what applications print, so that every line is JSON."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._rest = ""

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Log each whole line."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line.strip():
                self._logger.info("%s", line)
        return len(text)


def log_prints() -> None:
    """From now on, what this process prints is logged."""
    sys.stdout = PrintedLines(logging.getLogger("print"))


def configuration(level: str) -> dict[str, Any]:
    """The dictionary for `logging.config`: everything to standard output.

    OMERO.web's own rotating files would fill the pod's volume unseen.

    Args:
        level: of all loggers that have none of their own.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "omero_web_container.json_logs.JsonFormatter"}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                # The real one: `sys.stdout` becomes a logger.
                "stream": "ext://sys.__stdout__",
                "formatter": "json",
            }
        },
        "loggers": {
            # Django logs each 4xx here; the access log has them already.
            "django.request": {"level": "ERROR", "handlers": ["console"], "propagate": False},
            # Every setting with its value, at debug level.
            "omeroweb.settings": {"level": "WARNING"},
            GATEWAY_LOGGER: {"level": "WARNING"},
            # Each of gunicorn's processes removes the folder that they share at its end.
            "omero.util.TempFileManager": {"level": "CRITICAL"},
            "gunicorn.error": {"level": level, "handlers": ["console"], "propagate": False},
        },
        "root": {"level": level, "handlers": ["console"]},
    }
