"""OMERO's read-only servers: Deployment and Service `<name>-server-readonly`.

Each is a whole OMERO.server that changes neither database nor repository. Clients connect to it
instead of the server that does, to look at images and to read them. It runs no scripts and takes no
imports. https://omero.readthedocs.io/en/stable/developers/Server/Clustering.html
"""

from collections.abc import Iterator, Sequence

from omero_operator.api.v1alpha1.rules import ICE_TRANSPORTS, NODE_DESCRIPTORS
from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import monitoring, omero_config, parts, server
from omero_operator.desired.component import ANYONE, READER, Component, Port, SecretReference
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import CONFIG_MAP, DEPLOYMENT, Manifest
from omero_operator.identity.labels import selector

_READ_ONLY = "omero.cluster.read_only"
# A session is in the memory of one server, and a client may connect more than once.
_AFFINITY_SECONDS = 3600


def properties(ctx: Context) -> dict[str, str]:
    """OMERO's properties of such a server: those of the other one, and what it may not do."""
    own = {
        f"{_READ_ONLY}.db": "true",
        f"{_READ_ONLY}.repo": "true",
        # What Bio-Formats remembers of files, which it would write into the repository.
        "omero.pixeldata.memoizer.dir.local": f"{server.VAR}/BioFormatsCache",
        # Without those that write: the index, pyramids, DropBox, and scripts.
        NODE_DESCRIPTORS: "master:Blitz-0,Tables-0",
        ICE_TRANSPORTS: "ssl,tcp",
    }
    return {**server.properties(ctx), **own}


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of read-only servers."""
    name, replicas = ctx.names.read_only_server, ctx.spec.server.read_only_replicas
    config = omero_config.render(properties(ctx))
    settings = ctx.spec.server.service
    ports = [parts.port("ice-tls", server.TLS_PORT)]
    if settings.insecure_port:
        ports.insert(0, parts.port("ice-tcp", server.TCP_PORT))
    template = server.template(ctx, READ_ONLY_SERVER, name, config)
    deployment = ctx.manifest(
        DEPLOYMENT,
        name,
        READER,
        annotations=ctx.started(READER),
        spec={
            "replicas": ctx.replicas(replicas, READER),
            "selector": {"matchLabels": selector(ctx.name, READER)},
            "template": template,
        },
    )
    return [
        parts.account(ctx, READ_ONLY_SERVER),
        ctx.manifest(CONFIG_MAP, name, READER, data=server.files(config)),
        parts.service(
            ctx,
            name,
            READ_ONLY_SERVER,
            ports,
            type=settings.type,
            sessionAffinity="ClientIP",
            sessionAffinityConfig={"clientIP": {"timeoutSeconds": _AFFINITY_SECONDS}},
        ),
        deployment,
        *([parts.disruption_budget(ctx, name, READ_ONLY_SERVER)] if replicas > 1 else []),
    ]


def _ports(ctx: Context) -> Sequence[Port]:
    anyone = (Port(server.TCP_PORT, (ANYONE,)),) if ctx.spec.server.service.insecure_port else ()
    metrics = monitoring.ports(ctx, *monitoring.jmx(ctx, read_only=True).values())
    return (Port(server.TLS_PORT, (ANYONE,)), *anyone, *metrics)


def _secret_references(ctx: Context) -> Iterator[SecretReference]:
    return server.secret_references(ctx, READER)


READ_ONLY_SERVER: Component = Component(
    name=READER,
    title="OMERO's read-only servers",
    condition=ConditionType.READ_ONLY_SERVER,
    build=build,
    block="server",
    switches=("server.read_only_replicas",),
    image="server",
    workload=lambda ctx: (DEPLOYMENT, ctx.names.read_only_server),
    requires=("server", "bootstrap"),
    sizes=server.SERVER.sizes,
    ports=_ports,
    openings=lambda ctx: server.SERVER.openings(ctx),
    secret_references=_secret_references,
)
