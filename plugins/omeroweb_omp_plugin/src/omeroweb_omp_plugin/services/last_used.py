"""Results that are expensive to make, kept in this process until others are used more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class LastUsed(Generic[Key, Result]):
    """The results that were used last. Several threads may use it."""

    def __init__(self, most: int) -> None:
        """Make an empty one.

        Args:
            most: how many results are kept.
        """
        self._most = most
        self._results: dict[Key, Result] = {}
        self._lock = threading.Lock()

    def get(self, key: Key, make: Callable[[], Result]) -> Result:
        """The result of a key; it is made when it is not there."""
        with self._lock:
            found = self._results.pop(key, None)
        # Two threads may make the same one, which is better than one that waits for another's.
        result = make() if found is None else found
        with self._lock:
            self._results[key] = result
            while len(self._results) > self._most:
                del self._results[next(iter(self._results))]
        return result
