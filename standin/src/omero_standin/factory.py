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
from omero_standin.published import service_name
from omero_standin.router import Router
from omero_standin.servants import identity, operations
from omero_standin.services.table import STORES

log = logging.getLogger(__name__)
# Getter of the factory → interface. A getter that is missing here is unsupported.
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
    stores = {service_name(base): actions[name] for name, (base, _handler) in STORES.items()}
    shared = {name: stores.pop(name) for name in ("omero.grid.SharedResources",)}
    stateless = {f"omero.api.{each}": actions[getter] for getter, each in _GETTERS.items()}
    actions["getByName"] = _finder(stateless | shared)
    actions["createByName"] = _creator(stores)
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
        call.kernel.published.note(call.session.uuid, f"omero.api.{interface}")
        proxy = adapter.createProxy(identity(interface, call.session.uuid))
        return proxy_type.uncheckedCast(proxy)

    return get


def _maker(base: type, handler: type) -> Callable[[Call], Any]:
    return lambda call: call.publish(base, handler())


def _finder(getters: dict[str, Callable[[Call], Any]]) -> Callable[[Call, str], Any]:
    """The operation that finds a service by its name, or by one of `activeServices`."""

    def find(call: Call, name: str) -> Any:
        proxy = call.kernel.published.find(call.session.uuid, name)
        if proxy is None:
            if name not in getters:
                raise refuse.unsupported(f"the service {name}")
            proxy = getters[name](call)
        return omero.api.ServiceInterfacePrx.uncheckedCast(proxy)

    return find


def _creator(makers: dict[str, Callable[[Call], Any]]) -> Callable[[Call, str], Any]:
    """The operation that makes a store by the name of its service."""

    def create(call: Call, name: str) -> Any:
        if name not in makers:
            raise refuse.unsupported(f"the service {name}")
        return omero.api.StatefulServiceInterfacePrx.uncheckedCast(makers[name](call))

    return create


def _own(router: Router) -> dict[str, Callable[..., Any]]:
    """The operations that are about the session itself."""
    return {
        "submit": handles.submit,
        "setCallback": lambda _call, _callback: None,
        "detachOnDestroy": lambda call: router.keep(call.current),
        "closeOnDestroy": lambda call: router.unkeep(call.current),
        "setSecurityContext": _set_group,
        "setSecurityPassword": _prove,
        "keepAlive": lambda call, proxy: proxy is not None and call.kernel.published.serves(proxy),
        "keepAllAlive": _keep_all,
        "activeServices": lambda call: call.kernel.published.names(call.session.uuid),
        # Glacier2 destroys its session; the OMERO session behind it ends as the client asked.
        "destroy": lambda _call: None,
    }


def _keep_all(call: Call, proxies: Any) -> int:
    """A bit for each service that is gone; all of them set when none is given, as in OMERO."""
    if not proxies:
        return -1
    gone = 0
    for number, proxy in enumerate(proxies):
        if proxy is not None and not call.kernel.published.serves(proxy):
            gone |= 1 << number
    return gone


def _prove(call: Call, password: str) -> None:
    """The client of this connection gives its user's password, which some calls ask for."""
    name = call.user.values["omeName"]
    if call.accounts.check_password(name, password or "") is None:
        raise refuse.forbidden(f"Bad password for {name}")
    call.session.proven.add(call.connection)


def _set_group(call: Call, given: Any) -> Any:
    """The session works in another group from now on; the one it worked in."""
    if not isinstance(given, omero.model.ExperimenterGroup):
        raise refuse.unsupported(f"a security context of the type {type(given).__name__}")
    if opened := call.kernel.published.stateful(call.session.uuid):
        raise refuse.forbidden(
            f"{call.session.uuid} has active stateful services:\n" + "\n".join(opened)
        )
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
