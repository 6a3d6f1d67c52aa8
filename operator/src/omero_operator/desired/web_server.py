"""The container that is OMERO.web under gunicorn: the pods of web and of the uploads have it.

Behind the front of the same pod, it serves all applications of the site.
"""

from collections.abc import Mapping, Sequence

from omero_operator.desired import (
    front,
    monitoring,
    omero_config,
    parts,
    web_apps,
    web_secrets,
)
from omero_operator.desired.context import Context
from omero_operator.desired.digest import digest
from omero_operator.desired.public_url import variables
from omero_operator.desired.web_pod import Environment
from omero_operator.identity.kinds import Manifest

_VAR = "/opt/omero/web/var"


def config(ctx: Context) -> str:
    """The properties of OMERO.web, as OMERO's command reads them."""
    return omero_config.render(ctx.spec.web.config) + web_apps.config(ctx)


def container(
    ctx: Context,
    name: str,
    command: str,
    resources: Manifest,
    environment: Environment,
    *,
    env: Sequence[Manifest] = (),
    mounts: Sequence[Manifest] = (),
) -> Manifest:
    """The container.

    Args:
        ctx: Build context.
        name: Its name in the pod.
        command: Command of the image.
        resources: Requests and limits.
        environment: Credentials and addresses that it uses.
        env: Variables of this pod alone.
        mounts: Volumes of this pod alone.
    """
    # Ready means it has reached Redis. Later troubles of Redis or of OMERO.server take no pod out:
    # people would only see the Ingress controller's error page instead of OMERO.web's.
    port = monitoring.health_port(ctx)
    lives = {"httpGet": {"path": "/healthz/live", "port": port}}
    serves = {"httpGet": {"path": "/healthz", "port": port}}
    return parts.container(
        ctx,
        name,
        ctx.images.web,
        args=[command],
        env=[
            *environment.env,
            *parts.env(**variables(ctx.spec)),
            *_limits(ctx),
            *web_apps.environment(ctx),
            *front.environment(),
            *web_secrets.environment(ctx),
            *monitoring.environment(ctx),
            *env,
        ],
        ports=[parts.container_port(port, front.HEALTH_PORT)],
        resources=resources,
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
            *monitoring.mounts(ctx),
            *mounts,
        ],
        # A little longer than the front takes requests.
        lifecycle={"preStop": {"exec": {"command": ["sleep", "15"]}}},
        startupProbe=parts.probe(lives, period=5, timeout=5, failures=120),
        readinessProbe=parts.probe(serves, period=5, timeout=5, failures=3),
        livenessProbe=parts.probe(lives, period=15, timeout=10, failures=4),
    )


def volumes(ctx: Context, environment: Environment) -> list[Manifest]:
    """The volumes of the container and of the front."""
    return [
        *environment.volumes,
        *web_apps.volumes(ctx),
        {"name": "config", "configMap": {"name": ctx.names.web}},
        parts.empty_dir("var"),
        parts.empty_dir("etc", medium="Memory"),
        *web_secrets.volumes(ctx),
        parts.empty_dir("tmp"),
        *front.volumes(),
        *monitoring.volumes(ctx),
    ]


def checksums(ctx: Context, environment: Environment) -> Mapping[str, str]:
    """Digests of all that it reads at its start."""
    return {
        "config": digest(config(ctx)),
        **environment.checksums,
        **web_secrets.checksums(ctx),
    }


def _limits(ctx: Context) -> list[Manifest]:
    """How many wrong passwords may be tried."""
    logins = ctx.spec.web.logins
    return parts.env(
        LOGIN_TRIES_PER_ACCOUNT_AND_ADDRESS=str(logins.tries_per_account_and_address),
        LOGIN_TRIES_PER_ADDRESS=str(logins.tries_per_address),
        LOGIN_TRIES_PER_ACCOUNT=str(logins.tries_per_account),
    )
