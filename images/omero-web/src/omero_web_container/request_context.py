"""What a log line says about the request it belongs to."""

from __future__ import annotations

import secrets
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, Final

_LONGEST_ID: Final = 64


@dataclass(slots=True)
class RequestContext:
    """The request that this thread answers.

    Attributes:
        request_id: the proxy's id for it, or one of our own.
        user: login name in OMERO; empty while nobody is logged in.
        user_id: id in OMERO.
        no_answer: whether OMERO.server did not answer when a connection was asked for.
        server_away: whether the request cannot be answered for that reason.
        failed: what a view has caught and would have shown.
        asked_in_vain: functions that asked the request for a parameter that it does not have, and
            their callers.
        found_nothing: whether OMERO has no object, for this user, that was asked for.
    """

    request_id: str
    user: str = ""
    user_id: int | None = None
    no_answer: bool = False
    server_away: bool = False
    failed: BaseException | None = None
    asked_in_vain: set[CodeType] = field(default_factory=set)
    found_nothing: bool = False


CURRENT: ContextVar[RequestContext | None] = ContextVar("request", default=None)


def request_id(given: str) -> str:
    """The id that a proxy gave a request if it is harmless in a log and a header, else a new one.

    Args:
        given: the header X-Request-ID as it came.
    """
    harmless = given.isascii() and all(sign.isalnum() or sign in "-_." for sign in given)
    if given and harmless and len(given) <= _LONGEST_ID:
        return given
    return secrets.token_hex(16)


def record_users() -> None:
    """Note who makes a request whenever OMERO.web has connected for somebody.

    Every way to log in ends in this one method, and the gateway knows the name by then, so it costs
    no call of OMERO.
    """
    from omeroweb.connector import Connector

    prepare = Connector.prepare_gateway

    def prepare_and_note(self: Any, connection: Any) -> None:
        prepare(self, connection)
        if context := CURRENT.get():
            event = connection.getEventContext()
            context.user, context.user_id = event.userName, event.userId

    Connector.prepare_gateway = prepare_and_note
