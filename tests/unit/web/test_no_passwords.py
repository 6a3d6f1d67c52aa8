"""What OMERO's gateway logs of a refused call has no password in it."""

from __future__ import annotations

import logging

import pytest
from omero_web_container import no_passwords


@pytest.mark.parametrize(
    "call",
    ["changePasswordWithOldPassword", "changeUserPassword", "createExperimenterWithPassword"],
)
def test_arguments_of_calls_with_passwords(call: str, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger(no_passwords.GATEWAY)
    kept = list(logger.filters)
    no_passwords.install()
    try:
        logger.warning("X on <Y> to <Z> %s(%r, %r)", call, ("two\nlines (secret)",), {"a": "more"})
        logger.warning("X on <Y> to <Z> getImages(%r)", (7,))
    finally:
        logger.filters[:] = kept
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [f"X on <Y> to <Z> {call}(...)", "X on <Y> to <Z> getImages((7,))"]


@pytest.mark.timeout(30)
@pytest.mark.parametrize("letters", ["x", "password", "a-"])
def test_long_arguments_take_no_time(letters: str, caplog: pytest.LogCaptureFixture) -> None:
    """A name of 300 000 letters held a process for minutes, until gunicorn ended it."""
    logger = logging.getLogger(no_passwords.GATEWAY)
    kept = list(logger.filters)
    no_passwords.install()
    try:
        logger.warning(
            "X on <Y> to <Z> saveAndReturnObject(%r)", letters * (1_000_000 // len(letters))
        )
    finally:
        logger.filters[:] = kept
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.startswith("X on <Y> to <Z> saveAndReturnObject(")
    assert len(message) < 11_000
