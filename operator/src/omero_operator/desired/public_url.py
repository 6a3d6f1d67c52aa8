"""The address of a site in a browser. Cookies, origins and the status follow from it."""

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec


def is_secure(spec: PlatformSpec) -> bool:
    """Whether browsers reach the site by HTTPS."""
    return spec.web.ingress is not None and spec.web.ingress.tls is not None


def public_url(spec: PlatformSpec) -> str:
    """The site's address, ending with a slash; empty without an Ingress host."""
    ingress = spec.web.ingress
    if ingress is None or ingress.host is None:
        return ""
    scheme = "https" if ingress.tls else "http"
    port = f":{ingress.port}" if ingress.port else ""
    return f"{scheme}://{ingress.host}{port}{prefix(spec)}/"


def prefix(spec: PlatformSpec) -> str:
    """The path below which the site lives, without a slash at its end; empty for a whole host."""
    return spec.web.ingress.path.rstrip("/") if spec.web.ingress else ""
