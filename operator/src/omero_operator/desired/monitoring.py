"""What pods get for Prometheus where `spec.monitoring.exporters` is true, and nothing elsewhere.

Every port that it reads is named `metrics`, or `metrics-…` where a container has several, is in no
Service, and is open to `spec.monitoring.scrapers` alone. docs/metrics.md has the metrics.
"""

from collections.abc import Sequence
from typing import Any

from omero_operator.desired import front, parts
from omero_operator.desired.component import (
    EXPORTER_HELPER,
    PROMETHEUS,
    Credential,
    Port,
)
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest

# The component whose pods ask the others.
EXPORTER = "exporter"
# Accounts in OMERO and Redis; a role of PostgreSQL of such a name would need quotes.
ACCOUNT = "omero-monitoring"
ROLE = "omero_monitoring"
# Where the workers of a pod answer; OMERO.web does beside its health.
WORKERS = {
    "worker": 4082,
    "network-worker": 4083,
    "import-worker": 4084,
    "export-worker": 4085,
}
OMERO_WEB = front.HEALTH_PORT
_PORT_NAME = "metrics"
# Java programs of OMERO.server, in the order in which the image's start-up gives them ports
# (images/omero-server/start/omero_start/jmx.py). Read-only servers have the first one alone.
_JMX_PORTS = (_PORT_NAME, f"{_PORT_NAME}-indexer", f"{_PORT_NAME}-pixels")
_JMX_OPTIONS = "omero.jvmcfg.append"
# Where the processes of a container write what they count.
_FOLDER = "/run/metrics"
_VOLUME = "metrics"
_MOST = "64Mi"


def enabled(ctx: Context) -> bool:
    """Whether the site tells Prometheus anything."""
    return ctx.spec.monitoring.exporters


def has_account(ctx: Context) -> bool:
    """Whether OMERO has the account: the exporter logs in with it, and checks of a site."""
    return enabled(ctx) or ctx.spec.web.plugins.admin_tools.enabled


def account(ctx: Context) -> list[Credential]:
    """The Secret of the account in OMERO."""
    if not has_account(ctx):
        return []
    return [_credential(ctx.names.monitoring_credentials, "bootstrap", ACCOUNT)]


def database_secret(host: str) -> str:
    """The name of the Secret with the role of a managed database.

    Args:
        host: Name of the database's Service.
    """
    return f"{host}-monitoring-credentials"


def clients(ctx: Context) -> tuple[str, ...]:
    """The exporter, where a port has to admit it."""
    return (EXPORTER,) if enabled(ctx) else ()


def ports(ctx: Context, *numbers: int) -> tuple[Port, ...]:
    """What Prometheus connects to, for the descriptor of a component."""
    return tuple(Port(number, (PROMETHEUS,)) for number in numbers) if enabled(ctx) else ()


def container_port(ctx: Context, *numbers: int) -> list[Manifest]:
    """The same in a container."""
    found = [parts.container_port(_PORT_NAME, number) for number in numbers]
    return found if enabled(ctx) else []


def jmx(ctx: Context, *, read_only: bool = False) -> dict[str, int]:
    """Where the agents in OMERO.server's Java programs answer, by the name of the port.

    Args:
        ctx: Build context.
        read_only: Whether it is a read-only server, which has neither indexer nor pyramids.
    """
    first = ctx.spec.monitoring.jmx_port
    if first is None or not enabled(ctx):
        return {}
    config = ctx.spec.server.config
    # An agent of the site's own has one port: then the image's start-up loads none.
    own = any("-javaagent:" in config[name] for name in config if name.startswith(_JMX_OPTIONS))
    names = _JMX_PORTS[:1] if own or read_only else _JMX_PORTS
    return {name: first + number for number, name in enumerate(names)}


def health_port(ctx: Context) -> str:
    """The name of the port on which OMERO.web tells its health, and its metrics as well."""
    return _PORT_NAME if enabled(ctx) else "health"


def environment(ctx: Context, port: int | None = None) -> list[Manifest]:
    """What lets the processes of a container count.

    Args:
        ctx: Build context.
        port: Where the container answers; None where its health server does.
    """
    if not enabled(ctx):
        return []
    more = {"METRICS_PORT": str(port)} if port else {}
    return parts.env(PROMETHEUS_MULTIPROC_DIR=_FOLDER, **more)


def mounts(ctx: Context, folders: str = "") -> list[Manifest]:
    """The folder in memory in which they count.

    Args:
        ctx: Build context.
        folders: Beginning of the names of the container's own volumes.
    """
    return [parts.mount(f"{folders}{_VOLUME}", _FOLDER)] if enabled(ctx) else []


def volumes(ctx: Context, folders: str = "") -> list[Manifest]:
    """The same in the pod."""
    if not enabled(ctx):
        return []
    return [parts.empty_dir(f"{folders}{_VOLUME}", medium="Memory", sizeLimit=_MOST)]


def credential(ctx: Context, name: str, component: str, user: str) -> list[Credential]:
    """The Secret of an account in a database or Redis."""
    return [_credential(name, component, user)] if enabled(ctx) else []


def checksum(ctx: Context, secret: str) -> dict[str, str]:
    """What restarts a pod when the password changes."""
    return {"monitoring": ctx.checksums.get(secret, "")} if enabled(ctx) else {}


def sidecar(ctx: Context, name: str, image: str, port: int, **body: Any) -> list[Manifest]:
    """The exporter beside a database or Redis.

    Args:
        ctx: Build context.
        name: Name of the container.
        image: Its image.
        port: Where it answers.
        **body: Anything else of the container.
    """
    if not enabled(ctx):
        return []
    # Without probes: whether it works, Prometheus sees, and what it is beside works without it.
    return [
        parts.container(
            ctx,
            name,
            image,
            ports=[parts.container_port(_PORT_NAME, port)],
            resources=EXPORTER_HELPER.resources(ctx.spec.helpers.resources),
            **body,
        )
    ]


def _credential(name: str, component: str, user: str) -> Credential:
    return Credential(name, component, (("username", user), ("password", "random")))


def queues(ctx: Context) -> Sequence[str]:
    """The queues of the site's workers."""
    plugins = ctx.spec.web.plugins
    own = (*ctx.spec.worker.queues, "network")
    imports = ("imports",) if plugins.upload.enabled else ()
    exports = ("exports",) if plugins.imaris.enabled else ()
    return sorted({*own, *imports, *exports})
