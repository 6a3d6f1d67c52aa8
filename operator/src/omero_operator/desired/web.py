"""OMERO.web: Deployment `<name>-web` behind a Service, sessions in Redis."""

from collections.abc import Iterator, Sequence

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import front, omero_config, omp, parts, web_apps, web_secrets
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
from omero_operator.desired.digest import digest
from omero_operator.desired.public_url import variables
from omero_operator.desired.web_pod import plugin_needs, web_environment
from omero_operator.identity.kinds import CONFIG_MAP, DEPLOYMENT, Manifest
from omero_operator.identity.labels import selector

_VAR = "/opt/omero/web/var"


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of OMERO.web, except its Ingress."""
    name = ctx.names.web
    config = omero_config.render(ctx.spec.web.config) + web_apps.config(ctx)
    labels = selector(ctx.name, "web")
    environment = web_environment(
        ctx,
        ("web-secret-key", "plugin-keys", "redis", "plugin-database", *plugin_needs(ctx)),
    )
    # Ready means it has reached Redis. Later troubles of Redis or of OMERO.server take no pod out:
    # people would only see the Ingress controller's error page instead of OMERO.web's.
    lives = {"httpGet": {"path": "/healthz/live", "port": "health"}}
    serves = {"httpGet": {"path": "/healthz", "port": "health"}}
    web = parts.container(
        ctx,
        "omero-web",
        ctx.images.web,
        args=["web"],
        env=[
            *environment.env,
            *parts.env(**variables(ctx.spec)),
            *_limits(ctx),
            *web_apps.environment(ctx),
            *front.environment(),
            *web_secrets.environment(ctx),
        ],
        ports=[parts.container_port("health", front.HEALTH_PORT)],
        resources=WEB.resources(ctx.spec),
        volumeMounts=[
            *environment.mounts,
            *web_apps.mounts(ctx),
            parts.mount("config", "/opt/omero/web/config/90-platform.omero", "platform.omero"),
            parts.mount("var", _VAR),
            # OMERO's own file has the values of Secrets, too.
            parts.mount("etc", f"{_VAR}/etc"),
            *web_secrets.mounts(ctx),
            parts.mount("tmp", parts.TMP),
            front.shared_mount(),
        ],
        # A little longer than the front takes requests.
        lifecycle={"preStop": {"exec": {"command": ["sleep", "15"]}}},
        startupProbe=parts.probe(lives, period=5, timeout=5, failures=24),
        readinessProbe=parts.probe(serves, period=5, timeout=5, failures=3),
        livenessProbe=parts.probe(lives, period=15, timeout=10, failures=4),
    )
    manifests = [
        parts.account(ctx, WEB),
        ctx.manifest(CONFIG_MAP, name, "web", data={"platform.omero": config}),
        parts.service(ctx, name, WEB, [parts.port("http", 80)]),
        ctx.manifest(
            DEPLOYMENT,
            name,
            "web",
            annotations=ctx.started("web"),
            spec={
                "replicas": ctx.replicas(ctx.spec.web.replicas, "web"),
                "strategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
                },
                "selector": {"matchLabels": labels},
                "template": parts.pod_template(
                    ctx,
                    WEB,
                    checksums={
                        "config": digest(config),
                        **environment.checksums,
                        **web_secrets.checksums(ctx),
                    },
                    containers=[web, front.container(ctx)],
                    initContainers=web_apps.init_containers(ctx),
                    volumes=[
                        *environment.volumes,
                        *web_apps.volumes(ctx),
                        {"name": "config", "configMap": {"name": name}},
                        parts.empty_dir("var"),
                        parts.empty_dir("etc", medium="Memory"),
                        *web_secrets.volumes(ctx),
                        parts.empty_dir("tmp"),
                        *front.volumes(),
                    ],
                    topologySpreadConstraints=parts.spread(ctx, WEB),
                    terminationGracePeriodSeconds=60,
                ),
            },
        ),
    ]
    if ctx.spec.web.replicas > 1:
        manifests.append(parts.disruption_budget(ctx, name, WEB))
    return manifests


def _limits(ctx: Context) -> list[Manifest]:
    """How many wrong passwords may be tried."""
    logins = ctx.spec.web.logins
    return parts.env(
        LOGIN_TRIES_PER_ACCOUNT_AND_ADDRESS=str(logins.tries_per_account_and_address),
        LOGIN_TRIES_PER_ADDRESS=str(logins.tries_per_address),
        LOGIN_TRIES_PER_ACCOUNT=str(logins.tries_per_account),
    )


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
    ]


def _secret_references(ctx: Context) -> Iterator[SecretReference]:
    yield from omp.secret_references(ctx, "web")
    yield from web_secrets.references(ctx)


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
    ports=lambda _: (Port(front.PORT, (ANYONE,)),),
    openings=omp.openings,
    secrets=_secrets,
    secret_references=_secret_references,
    config_map_references=lambda ctx: omp.config_map_references(ctx, "web"),
)
