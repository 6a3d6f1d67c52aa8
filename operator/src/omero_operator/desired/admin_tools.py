"""What the admin tools need in the pods of OMERO.web: addresses, and a Role that reads the site.

The plugin itself is in the image; these are its settings. The token of the API server is in the
container of OMERO.web alone, and in no other pod.
"""

from collections.abc import Iterator, Sequence

from omero_operator.api.v1alpha1.ai import host_of, port_of
from omero_operator.api.v1alpha1.plugins import AdminToolsPlugin
from omero_operator.desired import api_access, connections, monitoring, parts
from omero_operator.desired.component import Opening
from omero_operator.desired.context import Context
from omero_operator.desired.public_url import prefix, public_url
from omero_operator.desired.web_pod import Need
from omero_operator.identity.kinds import PLATFORM, Manifest

_FIELD = "spec.web.plugins.adminTools"


def build(ctx: Context, account: str) -> Sequence[Manifest]:
    """The Role and its binding; none where the plugin does not read the API server.

    Args:
        ctx: Build context.
        account: ServiceAccount of the pods that have the token.
    """
    if not _reads_kubernetes(ctx):
        return []
    return api_access.role(ctx, ctx.names.admin_tools, "web", account, _rules(ctx))


def environment(ctx: Context) -> list[Manifest]:
    """Its variables; what a site does not have is unset."""
    settings = _settings(ctx)
    if settings is None:
        return []
    elsewhere = ctx.spec.monitoring
    given = {
        **_logs(ctx),
        # By its Service: the address in a browser may not be reached from inside.
        "ADMIN_TOOLS_OMERO_WEB_URL": f"http://{ctx.names.web}{prefix(ctx.spec)}/",
        "ADMIN_TOOLS_VOLUMES": ",".join(_pods_with_files(ctx)) or "none",
        "ADMIN_TOOLS_INGRESS_ADDRESS": settings.ingress_address,
        "ADMIN_TOOLS_PROMETHEUS_URL": elsewhere.prometheus_url,
        "ADMIN_TOOLS_GRAFANA_URL": elsewhere.grafana_url,
    }
    if settings.kubernetes.enabled:
        given |= api_access.environment("ADMIN_TOOLS")
    return parts.env(**{name: value for name, value in given.items() if value})


def needs(ctx: Context) -> Sequence[Need]:
    """Whose password OMERO.web needs: that of who logs in through the Ingress."""
    return () if _settings(ctx) is None else ("probe",)


def worker_needs(ctx: Context) -> Sequence[Need]:
    """The same of a worker, which asks OMERO's database where that has a role for monitoring."""
    managed = monitoring.enabled(ctx) and not ctx.spec.database.elsewhere
    return () if _settings(ctx) is None or not managed else ("omero-database",)


def exporter_environment(ctx: Context) -> list[Manifest]:
    """What the exporter needs to count the errors in the logs; nothing without a log store."""
    settings = _settings(ctx)
    found = _logs(ctx) if settings and settings.logs else {}
    return parts.env(**{name: value for name, value in found.items() if value})


def log_openings(ctx: Context) -> Iterator[Opening]:
    """Where the log store is asked."""
    settings = _settings(ctx)
    if settings and (logs := settings.logs):
        yield Opening(logs.port, f"{_FIELD}.logs", (logs.host,))


def worker_environment(ctx: Context) -> list[Manifest]:
    """What a worker's checks need beside its own settings: where OMERO's database is."""
    if _settings(ctx) is None:
        return []
    database = connections.omero_database(ctx)
    return parts.env(
        ADMIN_TOOLS_OMERO_DB_HOST=database.host, ADMIN_TOOLS_OMERO_DB_PORT=str(database.port)
    )


def clients(ctx: Context, *names: str) -> tuple[str, ...]:
    """Components that connect to another one for checks alone.

    Args:
        ctx: Build context.
        *names: The components.
    """
    return () if _settings(ctx) is None else names


def volumes(ctx: Context) -> list[Manifest]:
    """The token, and the authority of the API server."""
    return [api_access.volume()] if _reads_kubernetes(ctx) else []


def mounts(ctx: Context) -> list[Manifest]:
    """Where OMERO.web finds them."""
    return [api_access.mount()] if _reads_kubernetes(ctx) else []


def openings(ctx: Context) -> Iterator[Opening]:
    """Where the log store, Prometheus and the API server are asked."""
    settings = _settings(ctx)
    if settings is None:
        return
    yield from log_openings(ctx)
    if url := ctx.spec.monitoring.prometheus_url:
        yield Opening(port_of(url), "spec.monitoring.prometheusUrl", (host_of(url),))
    if url := public_url(ctx.spec):
        yield Opening(port_of(url), f"{_FIELD}: checks of the public address")
    if settings.ingress_address:
        host, _, number = settings.ingress_address.rpartition(":")
        yield Opening(int(number), f"{_FIELD}.ingressAddress", (host,))
    if settings.kubernetes.enabled:
        yield from api_access.openings(ctx, f"{_FIELD}.kubernetes")


def _logs(ctx: Context) -> dict[str, str | None]:
    """Whose logs are where."""
    settings = _settings(ctx)
    store = settings.logs if settings else None
    return {
        "ADMIN_TOOLS_NAMESPACE": ctx.namespace,
        "ADMIN_TOOLS_INSTANCE": ctx.name,
        "ADMIN_TOOLS_LOG_STACK": store.stack if store else None,
        "ADMIN_TOOLS_LOG_URL": store.url if store else None,
    }


def _settings(ctx: Context) -> AdminToolsPlugin | None:
    settings = ctx.spec.web.plugins.admin_tools
    return settings if settings.enabled else None


def _pods_with_files(ctx: Context) -> list[str]:
    """The components whose workers have a volume that is checked."""
    plugins = ctx.spec.web.plugins
    has = {"uploads": plugins.upload.enabled, "exports": plugins.imaris.enabled}
    return [name for name, there in has.items() if there]


def _reads_kubernetes(ctx: Context) -> bool:
    settings = _settings(ctx)
    return settings is not None and settings.kubernetes.enabled


def _rules(ctx: Context) -> list[Manifest]:
    """It reads what the page shows: no Secret, no ConfigMap, no log."""
    return [
        _reads("", "events", "persistentvolumeclaims", "pods"),
        _reads("apps", "deployments", "statefulsets"),
        _reads("batch", "cronjobs"),
        _reads("metrics.k8s.io", "pods"),
        {
            "apiGroups": [PLATFORM.group],
            "resources": [PLATFORM.plural],
            "resourceNames": [ctx.name],
            "verbs": ["get"],
        },
    ]


def _reads(group: str, *plurals: str) -> Manifest:
    return api_access.rule(group, plurals, "get", "list")
