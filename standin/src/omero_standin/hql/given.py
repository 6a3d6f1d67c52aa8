"""What a compiled query gets anew for each run: its parameters, and what it finds out once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Given:
    """The parameters of the current run; the functions of a query read them from here."""

    def __init__(self) -> None:
        """No parameter is needed yet."""
        self.parameters: Mapping[str, Any] = {}
        # The names that the query uses, in the order in which they were compiled.
        self.names: dict[str, None] = {}
        self._once: dict[object, Any] = {}

    def begin(self, parameters: Mapping[str, Any]) -> None:
        """Forget the run before."""
        self.parameters = parameters
        self._once = {}

    def once(self, what: object, make: Callable[[], Any]) -> Any:
        """A value that stays the same during a run, made when it is first asked for."""
        if what not in self._once:
            self._once[what] = make()
        return self._once[what]
