"""Log lines of the operator: text for people, JSON for collectors."""

import datetime
import json
import logging
import time

# Seconds for which the same trouble is not told again.
QUIET = 600.0


class RetriesOfKopf(logging.Filter):
    """Makes of Kopf's retries what they are: a warning, once in ten minutes for each reason.

    Kopf asks for ever (`handlers.kopf_settings`), for each kind, and calls each attempt an error.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is told; that of a retry is changed in place."""
        if not record.name.startswith("kopf.") or "; will retry: " not in str(record.msg):
            return True
        record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        reason, now = record.getMessage().rpartition(" -> ")[2], time.monotonic()
        self._told = {key: at for key, at in self._told.items() if now - at < QUIET}
        if reason in self._told:
            return False
        self._told[reason] = now
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record with time (RFC 3339, UTC), level, logger, message and trace."""
        time = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line = {
            "time": time.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configure(level: str, form: str) -> None:
    """Send all log records to standard error.

    Args:
        level: Lowest level of the operator's own records; libraries start at WARNING.
        form: `text` or `json`.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonFormatter()
        if form == "json"
        else logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    )
    handler.addFilter(RetriesOfKopf())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("omero_operator").setLevel(level)
