"""The value of one condition; times and generations are added when the status is composed."""

from dataclasses import dataclass
from typing import Literal

from omero_operator.state.observed import Failure


@dataclass(frozen=True)
class ConditionValue:
    """What a condition says.

    Attributes:
        status: `True`, `False` or `Unknown`.
        reason: CamelCase word for programs.
        message: Sentence for people; for anything but True it says what to do or to wait for.
    """

    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str


def failed(failure: Failure) -> ConditionValue:
    """The value for a component that a failure keeps from its specification."""
    return ConditionValue("False", failure.reason, failure.message)


def progressing(message: str) -> ConditionValue:
    """The value for what only takes time."""
    return ConditionValue("False", "Progressing", message)
