"""The address of a site in a browser: `spec.web.publicUrl`, or what the Ingress says.

All that depends on it asks here: the Ingress, the status, and OMERO.web, which is told the address
alone (`PUBLIC_URL`) and derives cookies, origins, host names and links from it.
"""

import re
from urllib.parse import urlsplit

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec


def public_url(spec: PlatformSpec) -> str:
    """The site's address, ending with a slash; empty where nothing says its host."""
    ingress = spec.web.ingress
    if spec.web.public_url:
        return f"{spec.web.public_url.rstrip('/')}/"
    if ingress is None or ingress.host is None:
        return ""
    scheme = "https" if ingress.tls else "http"
    port = f":{ingress.port}" if ingress.port else ""
    return f"{scheme}://{ingress.host}{port}{prefix(spec)}/"


def prefix(spec: PlatformSpec) -> str:
    """The path below which the site lives, without a slash at its end; empty for a whole host."""
    if spec.web.public_url:
        return urlsplit(spec.web.public_url).path.rstrip("/")
    return spec.web.ingress.path.rstrip("/") if spec.web.ingress else ""


def ingress_host(spec: PlatformSpec) -> str | None:
    """The host name of the Ingress: its own, or that of the address; None means every host."""
    ingress = spec.web.ingress
    return (ingress and ingress.host) or host_name(public_url(spec))


def host_name(url: str) -> str | None:
    """The host of an address, where it is a name: an Ingress may have no other."""
    host = urlsplit(url).hostname
    return None if host is None or re.fullmatch(r"[0-9.]+", host) else host


def variables(spec: PlatformSpec) -> dict[str, str]:
    """What tells OMERO.web its address.

    Returns:
        `PUBLIC_URL`: the address, or only the path where the host is not known. `INGRESS_HOST`: the
        name by which the Ingress controller asks, where that is another one.
    """
    url, path, ingress = public_url(spec), prefix(spec), spec.web.ingress
    found = {}
    if url or path:
        found["PUBLIC_URL"] = url or f"{path}/"
    if ingress and ingress.host and ingress.host != urlsplit(url).hostname:
        found["INGRESS_HOST"] = ingress.host
    return found
