"""Servants made by walking the operations of OMERO's generated classes.

One default servant per interface serves all sessions: the identity's name is the session's uuid,
its category the interface. Operations whose generated class has a `…_async` are AMD and answer
through a callback, the others return. A method of the same name on the interface's handler does the
work; without one the call is refused by name.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

import Glacier2
import Ice
import omero
import omero.api

from omero_standin import refuse
from omero_standin.call import Call
from omero_standin.kernel import Kernel

log = logging.getLogger(__name__)
CATEGORY: Final = "standin-"
# What a handler may raise on purpose; anything else is a fault of the stand-in.
_DECLARED: Final = (
    omero.ServerError,
    Glacier2.CannotCreateSessionException,
    Glacier2.PermissionDeniedException,
)


def identity(interface: str, session: str) -> Any:
    """Where a session finds an interface."""
    return Ice.Identity(session, CATEGORY + interface)


def make_servant(kernel: Kernel, interface: str, base: type, handler: object) -> Any:
    """A servant for all sessions of one interface."""
    names = [
        name[4:]
        for name in dir(base)
        if name.startswith("_op_") and not name.startswith("_op_ice_")
    ]
    methods: dict[str, Any] = {}
    for name in names:
        if hasattr(base, f"{name}_async"):
            methods[f"{name}_async"] = _amd(kernel, interface, name, handler)
        else:
            methods[name] = _plain(kernel, interface, name, handler)
    return type(f"Standin{interface}", (base,), methods)()


def _amd(kernel: Kernel, interface: str, name: str, handler: object) -> Callable[..., None]:
    void = returns_nothing(handler, name)

    def operation(_self: object, callback: Any, *arguments: Any) -> None:
        try:
            result = _answer(kernel, interface, name, handler, arguments)
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


def _plain(kernel: Kernel, interface: str, name: str, handler: object) -> Callable[..., Any]:
    def operation(_self: object, *arguments: Any) -> Any:
        return _answer(kernel, interface, name, handler, arguments)

    return operation


def _answer(
    kernel: Kernel, interface: str, name: str, handler: object, arguments: tuple[Any, ...]
) -> Any:
    *given, current = arguments
    kernel.count(interface, name)
    session = kernel.sessions.use(current.id.name)
    if session is None:
        raise refuse.session_gone(current.id.name)
    method = getattr(handler, name, None)
    if method is None:
        log.warning("refused: %s.%s is not supported", interface, name)
        raise refuse.unsupported(f"the call {interface}.{name}")
    with kernel.store.lock:
        return method(Call(kernel, session, dict(current.ctx)), *given)
