"""The way in: the Ingress of OMERO.web, and routes of the Gateway API."""

from collections.abc import Iterator, Sequence

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.api.v1alpha1.web import IngressTls
from omero_operator.desired import front_paths, gateway
from omero_operator.desired.component import Component, SecretReference
from omero_operator.desired.context import Context
from omero_operator.desired.front_paths import Answered
from omero_operator.desired.public_url import ingress_host
from omero_operator.identity import kinds
from omero_operator.identity.kinds import Manifest


def build(ctx: Context) -> Sequence[Manifest]:
    """The Ingress and the routes that the specification asks for."""
    return [*_ingress(ctx), *gateway.build(ctx)]


def _ingress(ctx: Context) -> Sequence[Manifest]:
    settings = ctx.spec.web.ingress
    if settings is None:
        return []
    paths = list(map(_path, front_paths.answered(ctx)))
    host = ingress_host(ctx.spec)
    rule: Manifest = {"http": {"paths": paths}}
    spec: Manifest = {"rules": [rule]}
    annotations = dict(settings.annotations)
    if host:
        rule["host"] = host
    if settings.class_name:
        spec["ingressClassName"] = settings.class_name
    if tls := settings.tls:
        annotations |= _issuer(tls)
        # Neither: HTTPS ends elsewhere.
        if tls.secret_name or _issuer(tls):
            entry = {"hosts": [host]} if host else {}
            spec["tls"] = [entry | {"secretName": tls.secret_name or ctx.names.web_tls}]
    return [
        ctx.manifest(kinds.INGRESS, ctx.names.web, "ingress", annotations=annotations, spec=spec)
    ]


def _path(answered: Answered) -> Manifest:
    """A path and all below it, which one of the site's Services answers."""
    backend = {"service": {"name": answered.service, "port": {"name": answered.port_name}}}
    return {"path": answered.path, "pathType": "Prefix", "backend": backend}


def _issuer(tls: IngressTls) -> dict[str, str]:
    """The annotation by which cert-manager takes care of the certificate."""
    if tls.cluster_issuer:
        return {"cert-manager.io/cluster-issuer": tls.cluster_issuer}
    if tls.issuer:
        return {"cert-manager.io/issuer": tls.issuer}
    return {}


def _secret_references(ctx: Context) -> Iterator[SecretReference]:
    ingress = ctx.spec.web.ingress
    if ingress and ingress.tls and ingress.tls.secret_name:
        # Most controllers serve their own certificate meanwhile; the route may well exist.
        path, keys = "spec.web.ingress.tls.secretName", ("tls.crt", "tls.key")
        yield SecretReference("ingress", path, ingress.tls.secret_name, keys, holds=False)


INGRESS = Component(
    name="ingress",
    title="the Ingress",
    condition=ConditionType.INGRESS,
    build=build,
    block="web",
    secret_references=_secret_references,
)
