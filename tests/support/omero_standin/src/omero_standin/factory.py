"""A session's service factory: hands out the services."""

from __future__ import annotations

import logging
from typing import Any

import Ice
import omero.api

from omero_standin import handles, refuse
from omero_standin.kernel import Kernel
from omero_standin.router import Router
from omero_standin.servants import identity

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

    def refused(name: str) -> Any:
        def operation(_self: object, *arguments: Any) -> Any:
            _living(kernel, arguments[-1])
            raise refuse.unsupported(f"the call ServiceFactory.{name}")

        return operation

    def refused_later(name: str) -> Any:
        def operation(_self: object, callback: Any, *arguments: Any) -> None:
            _living(kernel, arguments[-1])
            callback.ice_exception(refuse.unsupported(f"the call ServiceFactory.{name}"))

        return operation

    def submit(_self: object, callback: Any, request: Any, current: Any) -> None:
        try:
            _living(kernel, current)
        except Ice.ObjectNotExistException as error:
            callback.ice_exception(error)
            return
        kernel.count("ServiceFactory", "submit")
        message = f"the OMERO stand-in does not support the command {request.ice_id()}"
        log.warning("refused: %s", message)
        callback.ice_response(handles.failed(request, message, adapter))

    def getter(interface: str) -> Any:
        proxy_type = getattr(omero.api, f"{interface}Prx")

        def operation(_self: object, current: Any) -> Any:
            _living(kernel, current)
            kernel.count("ServiceFactory", f"get {interface}")
            return proxy_type.uncheckedCast(
                adapter.createProxy(identity(interface, current.id.name))
            )

        return operation

    base = omero.api.ServiceFactory
    methods: dict[str, Any] = {}
    for name in [
        each[4:]
        for each in dir(base)
        if each.startswith("_op_") and not each.startswith("_op_ice_")
    ]:
        if hasattr(base, f"{name}_async"):
            methods[f"{name}_async"] = refused_later(name)
        else:
            methods[name] = getter(_GETTERS[name]) if name in _GETTERS else refused(name)
    methods |= _own(kernel, router) | {"submit_async": submit}
    return type("StandinServiceFactory", (base,), methods)()


def _own(kernel: Kernel, router: Router) -> dict[str, Any]:
    """The operations that are about the session itself."""

    def noted(action: Any) -> Any:
        def operation(_self: object, *arguments: Any) -> Any:
            _living(kernel, arguments[-1])
            return action(*arguments)

        return operation

    return {
        "setCallback": noted(lambda _callback, _current: None),
        "detachOnDestroy": noted(router.keep),
        "closeOnDestroy": noted(router.unkeep),
        "keepAlive": noted(lambda _proxy, _current: True),
        "keepAllAlive": noted(lambda _proxies, _current: -1),
        "activeServices": noted(lambda _current: []),
        # Glacier2 destroys its session; the OMERO session behind it ends as the client asked.
        "destroy": noted(lambda _current: None),
    }


def _living(kernel: Kernel, current: Any) -> None:
    if kernel.sessions.use(current.id.name) is None:
        raise Ice.ObjectNotExistException(current.id, current.facet, current.operation)
