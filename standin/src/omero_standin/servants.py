"""Servants made by walking the operations of OMERO's generated classes.

A handler is a plain object with methods of the operations' names, which get a `Call` and the
arguments. Operations whose generated class has a `…_async` are AMD and answer through a callback,
the others return. An operation without a method is unsupported: the error names it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import Ice
import omero
import omero.api

from omero_standin import refuse
from omero_standin.call import Call
from omero_standin.kernel import Kernel
from omero_standin.model.store import Author

log = logging.getLogger(__name__)
CATEGORY: Final = "standin-"
# What a handler may raise on purpose; anything else is a fault of the stand-in.
# What the server answers without looking at user and group of the call context.
_NO_CONTEXT: Final = ("Handle", "ISession")
_DECLARED: Final = (omero.ServerError, Ice.Exception)


def unlocked(method: Any) -> Any:
    """Mark a handler's method that takes long: it runs beside others and locks the store itself."""
    method.unlocked = True
    return method


def identity(interface: str, session: str) -> Any:
    """Where a session finds a stateless service or its own factory."""
    return Ice.Identity(session, CATEGORY + interface)


def make_servant(kernel: Kernel, base: type, handler: object) -> Any:
    """A servant that answers the operations of the Ice interface `base` with a handler.

    The name of the identity it is called by is the uuid of a session, or begins with one and `/`.
    """
    handler_type: type = type(handler)
    return servant_type(base, handler_type)(kernel, handler)


@cache
def servant_type(base: type, handler: type) -> type:
    """The servants' class for one interface and one class of handlers."""

    def __init__(self: Any, kernel: Kernel, handler: object) -> None:  # noqa: N807
        self.kernel = kernel
        self.handler = handler

    methods: dict[str, Any] = {"__init__": __init__}
    for name in operations(base):
        if hasattr(base, f"{name}_async"):
            methods[f"{name}_async"] = _amd(base.__name__, name, handler)
        else:
            methods[name] = _plain(base.__name__, name)
    return type(f"Standin{base.__name__}", (base,), methods)


def operations(base: type) -> list[str]:
    """The names of an Ice interface's operations."""
    return [
        name[4:]
        for name in dir(base)
        if name.startswith("_op_") and not name.startswith("_op_ice_")
    ]


def _amd(interface: str, name: str, handler: type) -> Callable[..., None]:
    void = returns_nothing(handler, name)

    def operation(self: Any, callback: Any, *arguments: Any) -> None:
        try:
            result = _answer(self, interface, name, arguments)
        except _DECLARED as error:
            callback.ice_exception(error)
        except Exception as error:
            log.exception("fault in %s.%s", interface, name)
            callback.ice_exception(refuse.internal(error))
        else:
            # Ice ends the process when a void operation gets a value or another one gets none.
            if void:
                callback.ice_response()
            else:
                callback.ice_response(result)

    return operation


def returns_nothing(handler: object, name: str) -> bool:
    """Whether a handler's method says `-> None`.

    A test compares that with OMERO's definition of the operation.
    """
    method = getattr(handler, name, None)
    return method is not None and method.__annotations__.get("return") in ("None", None)


def _plain(interface: str, name: str) -> Callable[..., Any]:
    def operation(self: Any, *arguments: Any) -> Any:
        return _answer(self, interface, name, arguments)

    return operation


def _answer(servant: Any, interface: str, name: str, arguments: tuple[Any, ...]) -> Any:
    *given, current = arguments
    kernel: Kernel = servant.kernel
    uuid = current.id.name.partition("/")[0]
    kernel.count(interface, name)
    session = kernel.sessions.use(uuid)
    if session is None:
        raise refuse.session_gone(uuid)
    kernel.calls.meet(interface, name, session)
    method = getattr(servant.handler, name, None)
    if method is None:
        log.warning("refused: %s.%s is not supported", interface, name)
        raise refuse.unsupported(f"the call {interface}.{name}")
    call = Call(kernel, session, dict(current.ctx), current)
    kernel.store.author = Author(session.user, session.group, session.id)
    if name != "close" and interface not in _NO_CONTEXT:
        call.begin()
    if getattr(method, "unlocked", False):
        return method(call, *given)
    with kernel.store.lock:
        return method(call, *given)
