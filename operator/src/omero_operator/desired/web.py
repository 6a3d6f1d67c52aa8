"""OMERO.web: Deployment `<name>-web` behind a Service, sessions in Redis."""

from collections.abc import Iterator, Sequence

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import (
    admin_tools,
    autoscaling,
    front,
    grafana,
    monitoring,
    omp,
    parts,
    web_apps,
    web_secrets,
    web_server,
)
from omero_operator.desired.component import (
    ANYONE,
    FERNET_KEY,
    RANDOM,
    Component,
    Credential,
    Port,
    Profile,
    SecretReference,
)
from omero_operator.desired.context import Context
from omero_operator.desired.web_pod import SERVER_NEEDS, Need, plugin_needs, web_environment
from omero_operator.identity.kinds import AUTOSCALER, CONFIG_MAP, DEPLOYMENT, Manifest
from omero_operator.identity.labels import selector


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of OMERO.web, except its Ingress."""
    name, replicas = ctx.names.web, autoscaling.web_replicas(ctx)
    scaling = ctx.spec.web.autoscaling
    needs = (*SERVER_NEEDS, *plugin_needs(ctx), *_own_needs(ctx))
    environment = web_environment(ctx, needs)
    server = web_server.container(
        ctx,
        "omero-web",
        "web",
        WEB.resources(ctx.spec),
        environment,
        env=admin_tools.environment(ctx),
        mounts=admin_tools.mounts(ctx),
    )
    manifests = [
        parts.account(ctx, WEB),
        *admin_tools.build(ctx, parts.account_name(ctx, WEB)),
        ctx.manifest(CONFIG_MAP, name, "web", data={"platform.omero": web_server.config(ctx)}),
        parts.service(ctx, name, WEB, [parts.port("http", 80)]),
        ctx.manifest(
            DEPLOYMENT,
            name,
            "web",
            annotations={
                **ctx.started("web"),
                **autoscaling.annotations(AUTOSCALER, replicas, scaling),
            },
            spec={
                "replicas": replicas,
                "strategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
                },
                "selector": {"matchLabels": selector(ctx.name, "web")},
                "template": parts.pod_template(
                    ctx,
                    WEB,
                    checksums=web_server.checksums(ctx, environment),
                    containers=[server, front.container(ctx, more=grafana.front_environment(ctx))],
                    initContainers=web_apps.init_containers(ctx),
                    volumes=[*web_server.volumes(ctx, environment), *admin_tools.volumes(ctx)],
                    topologySpreadConstraints=parts.spread(ctx, WEB),
                    terminationGracePeriodSeconds=60,
                ),
            },
        ),
    ]
    if (scaling.max_replicas if scaling else ctx.spec.web.replicas) > 1:
        manifests.append(parts.disruption_budget(ctx, name, WEB))
    manifests += autoscaling.web(ctx)
    return manifests


def _secrets(ctx: Context) -> Sequence[Credential]:
    return [
        Credential(ctx.names.web_secret_key, "web", (("secret-key", RANDOM),)),
        Credential(
            ctx.names.plugin_keys,
            "web",
            (("keys", FERNET_KEY),),
            lives_in="the plugins' database stores users' data that is encrypted with it",
            data="plugin-database",
            purpose="list",
        ),
        *omp.secrets(ctx),
        *grafana.secrets(ctx),
    ]


def _own_needs(ctx: Context) -> Sequence[Need]:
    key: Sequence[Need] = ("grafana-key",) if grafana.signs_in(ctx) else ()
    return (*key, *admin_tools.needs(ctx))


def _secret_references(ctx: Context) -> Iterator[SecretReference]:
    yield from omp.secret_references(ctx, "web")
    yield from web_secrets.references(ctx, "web")


WEB = Component(
    name="web",
    title="OMERO.web",
    condition=ConditionType.WEB,
    build=build,
    block="web",
    image="web",
    workload=lambda ctx: (DEPLOYMENT, ctx.names.web),
    requires=("plugin-database", "redis", "server", "bootstrap"),
    sizes={
        "small": Profile("50m", "256Mi", "1Gi"),
        "medium": Profile("500m", "1Gi", "2Gi"),
        "large": Profile("1", "2Gi", "4Gi"),
    },
    # The Ingress controller runs in a namespace that the operator cannot know.
    ports=lambda ctx: (
        Port(front.PORT, (ANYONE, *monitoring.clients(ctx), *admin_tools.clients(ctx, "web"))),
        *monitoring.ports(ctx, monitoring.OMERO_WEB),
    ),
    openings=lambda ctx: (
        *omp.openings(ctx),
        *admin_tools.openings(ctx),
        *grafana.openings(ctx),
    ),
    secrets=_secrets,
    secret_references=_secret_references,
    config_map_references=lambda ctx: omp.config_map_references(ctx, "web"),
)
