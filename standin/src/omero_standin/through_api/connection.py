"""Connections to OMERO.server: whose, in which group."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

# First: imported after Glacier2 it would define its exceptions a second time.
import omero.clients  # noqa: F401  # isort: skip
import Glacier2
import Ice
from omero.gateway import BlitzGateway
from omero.rtypes import unwrap
from omero.sys import ParametersI

_AGAIN_AFTER_SECONDS: Final = 2


class CannotConnect(Exception):
    """Who could not log in, and where."""


@dataclass(frozen=True)
class Server:
    """Where OMERO.server listens, and for how many seconds it is waited for."""

    host: str
    port: int
    patience: float = 0

    @contextmanager
    def connected(self, user: str, password: str, group: str | None = None) -> Iterator[Connection]:
        """A connection for the block, in a group or in the user's first one.

        Raises:
            CannotConnect: the server does not answer in time, or does not accept this user.
        """
        gateway = self._connect(user, password, group)
        try:
            yield Connection(gateway)
        finally:
            gateway.close()

    def _connect(self, user: str, password: str, group: str | None) -> Any:
        """A server that is still starting is waited for, a wrong password is not."""
        where = f"OMERO.server on {self.host}:{self.port}"
        until = time.monotonic() + self.patience
        while True:
            gateway = BlitzGateway(
                user, password, group=group, host=self.host, port=self.port, secure=True
            )
            problem = _problem(gateway)
            if problem is None:
                return gateway
            gateway.close()
            if isinstance(problem, Glacier2.PermissionDeniedException):
                raise CannotConnect(f"{where} refused the password of {user}")
            if time.monotonic() > until:
                raise CannotConnect(f"{user} cannot log in to {where}: {type(problem).__name__}")
            time.sleep(_AGAIN_AFTER_SECONDS)


def _problem(gateway: Any) -> Any:
    """Why a gateway cannot connect, or None when it is; it raises some reasons, keeps others."""
    try:
        return None if gateway.connect() else gateway.getLastError()
    except Ice.Exception as error:
        return error


class Connection:
    """One user in one group."""

    def __init__(self, gateway: Any) -> None:
        """Of a gateway that is connected."""
        self.gateway = gateway
        self.user = int(gateway.getUserId())
        self.group = int(gateway.getEventContext().groupId)
        self._update = gateway.getUpdateService()
        self._query = gateway.getQueryService()
        self._types = gateway.getTypesService()

    def save(self, thing: Any) -> Any:
        """Save an object; it with its id."""
        return self._update.saveAndReturnObject(thing)

    def save_all(self, things: list[Any]) -> None:
        """Save objects in one call."""
        if things:
            self._update.saveArray(things)

    def ids(self, query: str, **values: str) -> list[int]:
        """What a query for ids finds among the user's own things in the group.

        Args:
            query: in Hibernate's language, with `o` for the things whose owner and group count.
            **values: texts for the query's parameters.
        """
        parameters = ParametersI()
        parameters.addLong("me", self.user).addLong("here", self.group)
        for name, value in values.items():
            parameters.addString(name, value)
        mine = "o.details.owner.id = :me and o.details.group.id = :here"
        joined = "and" if " where " in query else "where"
        rows = self._query.projection(f"{query} {joined} {mine} order by o.id", parameters)
        return [int(unwrap(row[0])) for row in rows]

    def get(self, kind: str, number: int) -> Any:
        """An object by its type and id, with what belongs to it unloaded."""
        return self._query.get(kind, number)

    def find(self, query: str, ids: list[int]) -> list[Any]:
        """Objects by a query with the parameter `:ids`."""
        found: list[Any] = self._query.findAllByQuery(query, ParametersI().addIds(ids))
        return found

    def named(self, kind: str, value: str) -> Any:
        """A value of an enumeration, such as the MicroscopeType `Inverted`."""
        return self._types.getEnumeration(kind, value)

    def delete(self, kind: str, ids: list[int]) -> None:
        """Delete objects with what is in them.

        Raises:
            RuntimeError: the server did not; with what it said.
        """
        if ids:
            self.gateway.deleteObjects(kind, ids, deleteAnns=True, deleteChildren=True, wait=True)
