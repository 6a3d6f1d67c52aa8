"""What a condition module says; times and generations are added when the status is composed."""

from dataclasses import dataclass
from typing import Literal

from omero_operator.state.observed import Failure


@dataclass(frozen=True)
class Verdict:
    """The judgement on one condition.

    Attributes:
        status: `True`, `False` or `Unknown`.
        reason: CamelCase word for programs.
        message: Sentence for people; for anything but True it says what to do or to wait for.
    """

    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str


def failed(failure: Failure) -> Verdict:
    """The verdict for a component that a failure keeps from its specification."""
    return Verdict("False", failure.reason, failure.message)
