"""Objects that live as long as a session: stores, tables, handles, processes.

Clients get a proxy; the object is taken away when it is closed or its session ends.
"""

from __future__ import annotations

import sys
import threading
from typing import Any, Final, TypeVar

import Ice

from omero_standin.kernel import Kernel
from omero_standin.servants import CATEGORY, make_servant
from omero_standin.services.stateful import Stateful

_Kind = TypeVar("_Kind")
_OBJECT: Final = f"{CATEGORY}object"


class Published:
    """The objects of all sessions, on one adapter."""

    def __init__(self, kernel: Kernel, adapter: Any) -> None:
        """Objects are served by `adapter`; those of a session that ends are taken away."""
        self._kernel = kernel
        self._adapter = adapter
        self._lock = threading.Lock()
        self._of_session: dict[str, dict[str, object]] = {}
        # The stateless services that clients of a session have asked for, by name.
        self._stateless: dict[str, set[str]] = {}
        kernel.sessions.on_end(self.end)

    def add(self, session: str, base: type, handler: object) -> Any:
        """A proxy of the Ice interface `base`, answered by the handler for this session only."""
        name = f"{session}/{Ice.generateUUID()}{service_name(base)}"
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

    def of_kind(self, kind: type[_Kind]) -> list[_Kind]:
        """What all sessions have open of a class."""
        with self._lock:
            held = [each for session in self._of_session.values() for each in session.values()]
        return [each for each in held if isinstance(each, kind)]

    def note(self, session: str, service: str) -> None:
        """A client of a session has asked for a stateless service."""
        with self._lock:
            self._stateless.setdefault(session, set()).add(service)

    def names(self, session: str) -> list[str]:
        """The services of a session: the stateless ones in use, and what it has open.

        A name of something open begins with an id of its own.
        """
        with self._lock:
            opened = [name.partition("/")[2] for name in self._of_session.get(session, {})]
            return [*sorted(self._stateless.get(session, ())), *opened]

    def stateful(self, session: str) -> list[str]:
        """The names of the stores that a session has open."""
        with self._lock:
            return [
                name.partition("/")[2]
                for name, handler in self._of_session.get(session, {}).items()
                if isinstance(handler, Stateful)
            ]

    def find(self, session: str, name: str) -> Any:
        """The proxy of something that a session has open, by its name; none when there is none."""
        whole = f"{session}/{name}"
        with self._lock:
            handler = self._of_session.get(session, {}).get(whole)
        return None if handler is None else self._adapter.createProxy(_identity(whole, handler))

    def serves(self, proxy: Any) -> bool:
        """Whether calls of a proxy are answered."""
        found = proxy.ice_getIdentity()
        with self._lock:
            opened = found.name in self._of_session.get(found.name.partition("/")[0], {})
        return opened or self._adapter.findDefaultServant(found.category) is not None

    def end(self, session: str) -> None:
        """Take away everything of a session; a handler's `end()` is told."""
        with self._lock:
            gone = self._of_session.pop(session, {})
            self._stateless.pop(session, None)
        for name, handler in gone.items():
            self._adapter.remove(_identity(name, handler))
            if end := getattr(handler, "end", None):
                end()


def service_name(base: Any) -> str:
    """The name of an Ice interface as OMERO names its services: `omero.api.RawFileStore`."""
    return str(base.ice_staticId()).removeprefix("::").replace("::", ".")


def _identity(name: str, handler: object) -> Any:
    """Where an object is found; a handler may say a category that clients look for."""
    return Ice.Identity(name, getattr(handler, "category", _OBJECT))
