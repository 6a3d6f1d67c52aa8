"""The one loop that waits."""

from __future__ import annotations

import pytest

from tools.common.errors import CommandError
from tools.common.wait import wait_until


def test_it_returns_what_the_condition_found() -> None:
    answers = iter(["", 0, None, "there"])
    assert wait_until(lambda: next(answers), 60, str, pause=0) == "there"
    assert list(answers) == []


def test_what_takes_too_long_is_an_error_that_says_how_long() -> None:
    with pytest.raises(CommandError, match=r"^the server is not ready: not within 0 s$"):
        wait_until(lambda: False, 0, lambda why: f"the server is not ready: {why}", pause=0)


def test_what_can_no_longer_come_true_is_not_waited_for() -> None:
    reasons = iter([None, None, "its process has ended"])
    with pytest.raises(CommandError, match=r"^its process has ended$"):
        wait_until(lambda: False, 60, str, failed=lambda: next(reasons), pause=0)


def test_a_condition_that_holds_is_not_asked_whether_it_can_fail() -> None:
    assert wait_until(lambda: True, 60, str, failed=lambda: "too late")


def test_it_looks_once_more_after_the_last_pause() -> None:
    """On a busy machine one pause may be longer than the time to wait."""
    looks = iter([False, True])
    assert wait_until(lambda: next(looks), 0.01, str, pause=0.05)
