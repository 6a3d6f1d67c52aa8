"""The WSGI application: OMERO.web, reachable with and without the site's path prefix.

The Ingress sends paths with the prefix, the kubelet's probe without it; both must find their page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def without_prefix(application: Application, prefix: str) -> Application:
    """Take the prefix from the path of requests that have it.

    Django writes it into links by itself.
    """
    prefix = "/" + prefix.strip("/") if prefix.strip("/") else ""
    if not prefix:
        return application

    def stripped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == prefix or path.startswith(f"{prefix}/"):
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
        return application(environ, start_response)

    return stripped


def make_application() -> Application:
    """OMERO.web's application with its prefix taken care of."""
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.urls import get_resolver

    made = get_wsgi_application()
    # gunicorn loads this before it forks: what is imported now is imported once, and no first
    # request waits for it.
    _ = get_resolver().url_patterns
    return without_prefix(made, getattr(settings, "FORCE_SCRIPT_NAME", None) or "")


def __getattr__(name: str) -> Application:
    """Make `application` when gunicorn asks for it; importing this module needs no Django."""
    if name == "application":
        globals()[name] = made = make_application()
        return made
    raise AttributeError(name)
