"""What went wrong, in words for a person."""


class BackupError(Exception):
    """The command cannot go on; the text says why and what to do."""


class RefusedError(BackupError):
    """Nothing was changed, because the command would have destroyed something."""
