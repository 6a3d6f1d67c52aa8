"""Routes of the Gateway API: HTTPRoute for OMERO.web, TLSRoute or TCPRoute for Ice clients.

https://gateway-api.sigs.k8s.io/
"""

from collections.abc import Iterator, Sequence

from omero_operator.api.v1alpha1.gateway import ParentRef
from omero_operator.desired import front_paths
from omero_operator.desired.context import Context
from omero_operator.desired.public_url import host_name, public_url
from omero_operator.identity.kinds import HTTP_ROUTE, TCP_ROUTE, TLS_ROUTE, Kind, Manifest

_COMPONENT = "ingress"
_TLS_PORT = 4064


def build(ctx: Context) -> Sequence[Manifest]:
    """The routes that the specification asks for."""
    return [*_web(ctx), *_server(ctx)]


def routes(ctx: Context) -> Iterator[tuple[Kind, str]]:
    """Kind and name of each route of the site."""
    if ctx.spec.web.gateway:
        yield HTTP_ROUTE, ctx.names.web
    if gateway := ctx.spec.server.gateway:
        yield (TLS_ROUTE if gateway.hostnames else TCP_ROUTE), ctx.names.server


def _web(ctx: Context) -> Iterator[Manifest]:
    settings = ctx.spec.web.gateway
    if settings is None:
        return
    # What listeners add by themselves is written out: a list that differs would be written again.
    spec: Manifest = {"parentRefs": list(map(_parent, settings.parent_refs))}
    # An address of numbers is no host name; the route then has every host of its listener.
    if host := host_name(public_url(ctx.spec)):
        spec["hostnames"] = [host]
    limit = settings.request_timeout
    spec["rules"] = [
        {
            "matches": [{"path": {"type": "PathPrefix", "value": each.path}}],
            "backendRefs": [_backend(each.service, each.port)],
            **({"timeouts": {"request": limit}} if limit else {}),
        }
        for each in front_paths.answered(ctx)
    ]
    annotations = dict(settings.annotations)
    yield ctx.manifest(HTTP_ROUTE, ctx.names.web, _COMPONENT, annotations=annotations, spec=spec)


def _server(ctx: Context) -> Iterator[Manifest]:
    settings = ctx.spec.server.gateway
    if settings is None:
        return
    hosts = {"hostnames": list(settings.hostnames)} if settings.hostnames else {}
    yield ctx.manifest(
        TLS_ROUTE if hosts else TCP_ROUTE,
        ctx.names.server,
        _COMPONENT,
        spec={
            "parentRefs": list(map(_parent, settings.parent_refs)),
            **hosts,
            "rules": [{"backendRefs": [_backend(ctx.names.server, _TLS_PORT)]}],
        },
    )


def _parent(reference: ParentRef) -> Manifest:
    return {
        "group": HTTP_ROUTE.group,
        "kind": "Gateway",
        **reference.model_dump(by_alias=True, exclude_none=True),
    }


def _backend(service: str, port: int) -> Manifest:
    return {"group": "", "kind": "Service", "name": service, "port": port, "weight": 1}
