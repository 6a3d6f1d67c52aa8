"""The container `front` of an OMERO.web pod: nginx, which reads requests before gunicorn does.

It is of the same image, so that the static files that it serves are those that pages link to. Both
containers share one volume: gunicorn's socket, and the static files of added plugins.
"""

from collections.abc import Sequence

from omero_operator.api.quantity import amount
from omero_operator.desired import parts
from omero_operator.desired.component import Profile
from omero_operator.desired.context import Context
from omero_operator.desired.public_url import variables
from omero_operator.identity.kinds import Manifest

PORT = 4080
# Of OMERO.web's own container: for nginx and the kubelet, in no Service and no network policy.
HEALTH_PORT = 4081
PROFILE = Profile("10m", "32Mi", "256Mi")
_SHARED = "/run/omero-web"
_VOLUME = "front"
_OWN_VOLUME = "front-tmp"
# Bodies that are being read and answers that are being sent; a pod with more is replaced, before it
# fills the disk of its node.
_OWN_SIZE = "10Gi"


def environment() -> list[Manifest]:
    """The variables of both containers: where they meet."""
    return parts.env(FRONT_FOLDER=_SHARED)


def shared_mount() -> Manifest:
    """The volume that both containers share."""
    return parts.mount(_VOLUME, _SHARED)


def volumes() -> list[Manifest]:
    """The shared volume, and the front's own."""
    return [parts.empty_dir(_VOLUME), parts.empty_dir(_OWN_VOLUME, sizeLimit=_OWN_SIZE)]


def container(
    ctx: Context, only: str = "", streams: int | None = None, more: Sequence[Manifest] = ()
) -> Manifest:
    """The container.

    Args:
        ctx: Build context.
        only: The one application that it lets through, as `/omeroweb_upload`; all where not given.
        streams: Uploads at once that it lets through; the image's few where not given.
        more: Variables of this pod alone.
    """
    settings = ctx.spec.web.front
    plain = {"FRONT_MAX_REQUEST_BYTES": str(int(amount(settings.max_request_size)))}
    if settings.trusted_proxies:
        plain["FRONT_TRUSTED_PROXIES"] = ",".join(settings.trusted_proxies)
    if only:
        plain["FRONT_ONLY"] = only
    if streams is not None:
        plain["FRONT_STREAMS"] = str(streams)
    # nginx itself: what is behind it is its neighbour's to tell.
    answers = {"httpGet": {"path": "/healthz/front", "port": "http"}}
    return parts.container(
        ctx,
        "front",
        ctx.images.web,
        args=["front"],
        env=[*environment(), *parts.env(**variables(ctx.spec), **plain), *more],
        ports=[parts.container_port("http", PORT)],
        resources=PROFILE.resources(settings.resources),
        volumeMounts=[shared_mount(), parts.mount(_OWN_VOLUME, parts.TMP)],
        # Service and Ingress forget a pod a moment after its end began, in a busy cluster some
        # seconds; answer until then.
        lifecycle={"preStop": {"exec": {"command": ["sleep", "10"]}}},
        readinessProbe=parts.probe(answers, period=5, timeout=5, failures=3),
        livenessProbe=parts.probe(answers, period=15, timeout=10, failures=4),
    )
