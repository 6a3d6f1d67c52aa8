"""The one error that the commands in `ci/` show to a person, without a trace."""

from __future__ import annotations


class CommandError(Exception):
    """A command cannot go on; the text says what happened, to what, and what to do."""
