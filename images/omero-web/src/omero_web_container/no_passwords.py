"""OMERO's gateway logs a call that fails with its arguments, and some of those are passwords."""

from __future__ import annotations

import logging
import re
from typing import Final

GATEWAY: Final = "omero.gateway"
# `… changePasswordWithOldPassword((…), {…})`: the name of the call, then its arguments to the end.
_CALL: Final = re.compile(r"(\w*password\w*)\(.*", re.IGNORECASE | re.DOTALL)


class NoPasswords(logging.Filter):
    """Takes the arguments from the message about a call that has `password` in its name."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the message; every record stays."""
        message = record.getMessage()
        if _CALL.search(message):
            record.msg, record.args = _CALL.sub(r"\1(...)", message), ()
        return True


def install() -> None:
    """From now on, in this process."""
    logging.getLogger(GATEWAY).addFilter(NoPasswords())
