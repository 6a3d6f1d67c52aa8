"""Grafana below the address of the site: `spec.monitoring.grafanaServiceUrl`.

The front of OMERO.web passes requests on to it. OMERO.web lets administrators through, and signs
who they are with a key that only its container has; Grafana has the public one.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from omero_operator.api.v1alpha1.ai import host_of, port_of
from omero_operator.desired import parts
from omero_operator.desired.component import PRIVATE_KEY, PUBLIC_KEY, Credential, Opening
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest

PRIVATE, PUBLIC = "private-key.pem", "public-key.pem"
_FIELD = "spec.monitoring.grafanaServiceUrl"


def signs_in(ctx: Context) -> bool:
    """Whether administrators reach Grafana through OMERO.web."""
    enabled = ctx.spec.web.plugins.admin_tools.enabled
    return enabled and bool(ctx.spec.monitoring.grafana_service_url)


def front_environment(ctx: Context) -> list[Manifest]:
    """What the front passes on, and where."""
    if not signs_in(ctx):
        return []
    address = urlsplit(ctx.spec.monitoring.grafana_url or "")
    return parts.env(
        FRONT_GRAFANA_ADDRESS=f"{address.scheme}://{address.netloc}",
        FRONT_GRAFANA_PATH=address.path.rstrip("/"),
        FRONT_GRAFANA_URL=(ctx.spec.monitoring.grafana_service_url or "").rstrip("/"),
    )


def secrets(ctx: Context) -> Sequence[Credential]:
    """The key pair."""
    if not signs_in(ctx):
        return []
    keys = ((PRIVATE, PRIVATE_KEY), (PUBLIC, PUBLIC_KEY))
    return [Credential(ctx.names.grafana_key, "web", keys, purpose="list")]


def openings(ctx: Context) -> Iterator[Opening]:
    """Where the front connects to."""
    if signs_in(ctx):
        url = ctx.spec.monitoring.grafana_service_url or ""
        yield Opening(port_of(url), _FIELD, (host_of(url),))
