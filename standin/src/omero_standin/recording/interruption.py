"""SIGINT and SIGTERM end a run once; a second one does not disturb the deleting."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """Somebody asked the run to end."""


_came: list[Interrupted] = []


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise `Interrupted` in this block when a signal comes."""

    def end(number: int, _frame: Any) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        _came.append(Interrupted(number))
        raise _came[0]

    _came.clear()
    before = {each: signal.signal(each, end) for each in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def check() -> None:
    """Raise it again if it has come.

    A signal may come while Ice reads an answer: Ice makes a SystemError of what is raised there.

    Raises:
        Interrupted: Somebody asked the run to end.
    """
    if _came:
        raise _came[0]
