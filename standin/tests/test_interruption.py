"""A run that somebody ends while Ice reads an answer."""

from __future__ import annotations

import os
import signal

import pytest

from omero_standin.recording.interruption import Interrupted, check, interruptible


def send_and_lose(number: signal.Signals) -> None:
    """Send a signal, and make another exception of what it raises, as Ice does."""
    try:
        os.kill(os.getpid(), number)
    except Interrupted as error:
        raise SystemError("returned a result with an exception set") from error


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_a_signal_raised_and_ice_lost_is_raised_again(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with interruptible():
        check()
        with pytest.raises(SystemError):
            send_and_lose(number)
        with pytest.raises(Interrupted):
            check()
        # A second one disturbs nobody.
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) == before
    with interruptible():
        check()
