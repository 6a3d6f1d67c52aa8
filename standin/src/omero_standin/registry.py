"""What the real server has on port 4061: IceGrid's registry, through which Blitz is found.

Probes ask it where the manager of sessions is, and then the manager. Here that is the stand-in
itself: what answers is what answers its clients.
"""

# ruff: noqa: N802 - the methods have the names of IceGrid's operations
from __future__ import annotations

from typing import Any, Final

import Glacier2
import Ice
import IceGrid

from omero_standin import refuse

SESSION_MANAGER: Final = "::Glacier2::SessionManager"


class Manager(Glacier2.SessionManager):  # type: ignore[misc]
    """Can be pinged; sessions are made by the router."""

    def create(self, _user: str, _control: Any, _current: Any = None) -> Any:
        """Nobody but the router makes sessions."""
        raise Glacier2.CannotCreateSessionException("log in at the router")


class Query(IceGrid.Query):  # type: ignore[misc]
    """Finds the manager by its type, and nothing else."""

    def __init__(self, manager: Any) -> None:
        """`manager` is the proxy that is found."""
        self._manager = manager

    def findAllObjectsByType(self, kind: str, _current: Any = None) -> list[Any]:
        """The objects of a type."""
        return [self._manager] if kind == SESSION_MANAGER else []

    def findObjectById(self, _id: Any, _current: Any = None) -> Any:
        """Not here."""
        raise refuse.unsupported("the call IceGrid.Query.findObjectById")

    def findObjectByType(self, _kind: str, _current: Any = None) -> Any:
        """Not here."""
        raise refuse.unsupported("the call IceGrid.Query.findObjectByType")

    def findObjectByTypeOnLeastLoadedNode(
        self, _kind: str, _sample: Any, _current: Any = None
    ) -> Any:
        """Not here."""
        raise refuse.unsupported("the call IceGrid.Query.findObjectByTypeOnLeastLoadedNode")

    def findAllReplicas(self, _proxy: Any, _current: Any = None) -> list[Any]:
        """Not here."""
        raise refuse.unsupported("the call IceGrid.Query.findAllReplicas")


def registry(communicator: Any, serving: Any, port: int) -> Any:
    """An adapter on the loopback address with the registry's query object.

    Args:
        communicator: of the server.
        serving: the adapter that serves clients; the manager answers there.
        port: to listen on.
    """
    adapter = communicator.createObjectAdapterWithEndpoints(
        "registry", f"tcp -h 127.0.0.1 -p {port}"
    )
    serving.add(Manager(), Ice.Identity("BlitzManager", ""))
    manager = serving.createDirectProxy(Ice.Identity("BlitzManager", ""))
    adapter.add(Query(manager), Ice.Identity("Query", "IceGrid"))
    return adapter
