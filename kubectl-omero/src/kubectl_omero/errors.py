"""What a command ends with."""

# Exit codes of every command.
GOOD, NOT_GOOD, CANNOT = 0, 1, 2


class CommandError(Exception):
    """The command cannot be carried out; the message says why and what to do."""
