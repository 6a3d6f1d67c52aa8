"""A session's service factory: hands out the services."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import Ice
import omero.api
import omero.model

from omero_standin import handles, refuse
from omero_standin.call import Call, plain
from omero_standin.kernel import Kernel
from omero_standin.model.store import Author
from omero_standin.router import Router
from omero_standin.servants import identity, operations
from omero_standin.services.table import STORES

log = logging.getLogger(__name__)
# Getter of the factory → interface. What is missing here is refused by name.
_GETTERS = {
    "getAdminService": "IAdmin",
    "getConfigService": "IConfig",
    "getContainerService": "IContainer",
    "getLdapService": "ILdap",
    "getMetadataService": "IMetadata",
    "getPixelsService": "IPixels",
    "getProjectionService": "IProjection",
    "getQueryService": "IQuery",
    "getRenderingSettingsService": "IRenderingSettings",
    "getRepositoryInfoService": "IRepositoryInfo",
    "getRoiService": "IRoi",
    "getScriptService": "IScript",
    "getSessionService": "ISession",
    "getShareService": "IShare",
    "getTimelineService": "ITimeline",
    "getTypesService": "ITypes",
    "getUpdateService": "IUpdate",
}
INTERFACES = tuple(_GETTERS.values())


def make_factory(kernel: Kernel, router: Router, adapter: Any) -> Any:
    """The servant behind every session proxy."""
    base = omero.api.ServiceFactory
    actions: dict[str, Callable[..., Any]] = {
        name: _refusal(name) for name in operations(base) if name not in ("submit", "destroy")
    }
    actions |= {name: _getter(interface, adapter) for name, interface in _GETTERS.items()}
    actions |= {name: _maker(*made) for name, made in STORES.items()}
    actions |= _own(router)
    methods: dict[str, Any] = {}
    for name, action in actions.items():
        if hasattr(base, f"{name}_async"):
            methods[f"{name}_async"] = _later(kernel, name, action)
        else:
            methods[name] = _now(kernel, name, action)
    return type("StandinServiceFactory", (base,), methods)()


def _now(kernel: Kernel, name: str, action: Callable[..., Any]) -> Any:
    def operation(_self: object, *arguments: Any) -> Any:
        *given, current = arguments
        return action(_call(kernel, name, current), *given)

    return operation


def _later(kernel: Kernel, name: str, action: Callable[..., Any]) -> Any:
    def operation(_self: object, callback: Any, *arguments: Any) -> None:
        *given, current = arguments
        try:
            result = action(_call(kernel, name, current), *given)
        except (omero.ServerError, Ice.Exception) as error:
            callback.ice_exception(error)
        except Exception as error:
            log.exception("fault in ServiceFactory.%s", name)
            callback.ice_exception(refuse.internal(error))
        else:
            callback.ice_response(result)

    return operation


def _refusal(name: str) -> Callable[..., Any]:
    def refused(_call: Call, *_arguments: Any) -> Any:
        raise refuse.unsupported(f"the call ServiceFactory.{name}")

    return refused


def _getter(interface: str, adapter: Any) -> Callable[[Call], Any]:
    proxy_type = getattr(omero.api, f"{interface}Prx")

    def get(call: Call) -> Any:
        proxy = adapter.createProxy(identity(interface, call.session.uuid))
        return proxy_type.uncheckedCast(proxy)

    return get


def _maker(base: type, handler: type) -> Callable[[Call], Any]:
    return lambda call: call.publish(base, handler())


def _own(router: Router) -> dict[str, Callable[..., Any]]:
    """The operations that are about the session itself."""
    return {
        "submit": handles.submit,
        "setCallback": lambda _call, _callback: None,
        "detachOnDestroy": lambda call: router.keep(call.current),
        "closeOnDestroy": lambda call: router.unkeep(call.current),
        "setSecurityContext": _set_group,
        "keepAlive": lambda _call, _proxy: True,
        "keepAllAlive": lambda _call, _proxies: -1,
        "activeServices": lambda _call: [],
        # Glacier2 destroys its session; the OMERO session behind it ends as the client asked.
        "destroy": lambda _call: None,
    }


def _set_group(call: Call, given: Any) -> Any:
    """The session works in another group from now on; the one it worked in."""
    if not isinstance(given, omero.model.ExperimenterGroup):
        raise refuse.unsupported(f"a security context of the type {type(given).__name__}")
    wanted = Call(call.kernel, call.session, {"omero.group": str(plain(given.id))}).group
    before, call.session.group = call.session.group, wanted
    return omero.model.ExperimenterGroupI(before, False)


def _call(kernel: Kernel, name: str, current: Any) -> Call:
    kernel.count("ServiceFactory", name)
    session = kernel.sessions.use(current.id.name)
    if session is None:
        raise Ice.ObjectNotExistException(current.id, current.facet, current.operation)
    kernel.calls.meet("ServiceFactory", name, session)
    kernel.store.author = Author(session.user, session.group, session.id)
    return Call(kernel, session, dict(current.ctx), current)
