"""Which Service answers which path of the site's address."""

from collections.abc import Sequence
from dataclasses import dataclass

from omero_operator.desired import imaris, upload
from omero_operator.desired.context import Context
from omero_operator.desired.public_url import prefix

# OMERO's default for Ice over websockets without TLS: https://omero.readthedocs.io/en/stable/sysadmins/websockets.html
WEBSOCKET_PORT = 4065


@dataclass(frozen=True)
class Answered:
    """A path with all below it.

    Attributes:
        path: The path.
        service: Name of the Service that answers.
        port: Number of its port.
        port_name: Name of its port.
    """

    path: str
    service: str
    port: int = 80
    port_name: str = "http"


def answered(ctx: Context) -> Sequence[Answered]:
    """Paths and who answers them.

    The web comes last, for controllers that take the first that fits.
    """
    plugins, own, names = ctx.spec.web.plugins, prefix(ctx.spec), ctx.names
    found = []
    if plugins.upload.enabled:
        found.append(Answered(f"{own}{upload.PATH}", names.uploads))
    if plugins.imaris.enabled:
        found.append(Answered(f"{own}{imaris.PATH}", names.exports))
    if websockets := ctx.spec.server.websockets:
        path = f"{own}{websockets.path}"
        found.append(Answered(path, names.server, WEBSOCKET_PORT, "ice-ws"))
    return [*found, Answered(own or "/", names.web)]
