"""Who acts, for the parts that do not care whether it is a request or a job."""

from __future__ import annotations

from typing import Protocol


class Person(Protocol):
    """Who acts: the caller of a request or the owner of a job."""

    @property
    def user_id(self) -> int:
        """The id in OMERO."""

    @property
    def user_name(self) -> str:
        """The login name in OMERO."""

    @property
    def request_id(self) -> str:
        """Under which the log has it."""
