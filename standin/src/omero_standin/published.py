"""Objects that live as long as a session: stores, tables, handles, processes.

Clients get a proxy; the object is taken away when it is closed or its session ends.
"""

from __future__ import annotations

import sys
import threading
from typing import Any, Final

import Ice

from omero_standin.kernel import Kernel
from omero_standin.servants import CATEGORY, make_servant

_OBJECT: Final = f"{CATEGORY}object"


class Published:
    """The objects of all sessions, on one adapter."""

    def __init__(self, kernel: Kernel, adapter: Any) -> None:
        """Objects are served by `adapter`; those of a session that ends are taken away."""
        self._kernel = kernel
        self._adapter = adapter
        self._lock = threading.Lock()
        self._of_session: dict[str, dict[str, object]] = {}
        kernel.sessions.on_end(self.end)

    def add(self, session: str, base: type, handler: object) -> Any:
        """A proxy of the Ice interface `base`, answered by the handler for this session only."""
        name = f"{session}/{Ice.generateUUID()}"
        servant = make_servant(self._kernel, base, handler)
        proxy = self._adapter.add(servant, _identity(name, handler))
        with self._lock:
            self._of_session.setdefault(session, {})[name] = handler
        proxy_type = getattr(sys.modules[base.__module__], f"{base.__name__}Prx")
        return proxy_type.uncheckedCast(proxy)

    def remove(self, name: str) -> None:
        """Take an object away by the name of its identity; one that is gone stays gone."""
        with self._lock:
            handler = self._of_session.get(name.partition("/")[0], {}).pop(name, None)
        if handler is not None:
            self._adapter.remove(_identity(name, handler))

    def handlers(self, session: str) -> list[object]:
        """What a session has open."""
        with self._lock:
            return list(self._of_session.get(session, {}).values())

    def end(self, session: str) -> None:
        """Take away everything of a session; a handler's `end()` is told."""
        with self._lock:
            gone = self._of_session.pop(session, {})
        for name, handler in gone.items():
            self._adapter.remove(_identity(name, handler))
            if end := getattr(handler, "end", None):
                end()


def _identity(name: str, handler: object) -> Any:
    """Where an object is found; a handler may say a category that clients look for."""
    return Ice.Identity(name, getattr(handler, "category", _OBJECT))
