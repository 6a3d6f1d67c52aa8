"""OMERO's gateway logs a call that fails with its arguments, and some of those are passwords."""

from __future__ import annotations

import logging
import re
from typing import Final

GATEWAY: Final = "omero.gateway"
# `… changePasswordWithOldPassword((…), {…})`: the name of the call, then its arguments to the end.
# Arguments may be megabytes that a user has sent: what is before `password` is not looked at, and
# the rest of a name is short, else a long text would be read once for each of its letters.
_CALL: Final = re.compile(r"(password\w{0,60})\(.*", re.IGNORECASE | re.DOTALL)
_LONGEST: Final = 10_000


class NoPasswords(logging.Filter):
    """Takes the arguments from the message about a call that has `password` in its name.

    Those of other calls are cut where they are long.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the message; every record stays."""
        message = record.getMessage()
        if _CALL.search(message):
            record.msg, record.args = _CALL.sub(r"\1(...)", message), ()
        elif len(message) > _LONGEST:
            record.msg, record.args = f"{message[:_LONGEST]} … (cut)", ()
        return True


def install() -> None:
    """From now on, in this process."""
    logging.getLogger(GATEWAY).addFilter(NoPasswords())
