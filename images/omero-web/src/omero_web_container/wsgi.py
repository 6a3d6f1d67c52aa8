"""The WSGI application: OMERO.web, reachable with and without the site's path prefix.

The Ingress sends paths with the prefix, the kubelet's probe without it; both must find their page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from omero_plugin_common.env_utils import EnvironmentProblem
from omero_web_container import extra_plugins, termination
from omero_web_container.access_log import Application, logged
from omero_web_container.client_address import with_client_address
from omero_web_container.extra_plugins import BrokenPlugin, ExtraPlugin


def without_prefix(application: Application, prefix: str) -> Application:
    """Take the prefix from the path of requests that have it.

    Django writes it into links by itself. Of two cookies of one name, the one of the longer path is
    taken: browsers send it first (RFC 6265, 5.4), and Django would take the last one, of whoever
    else has pages on this host.
    """
    prefix = "/" + prefix.strip("/") if prefix.strip("/") else ""
    if not prefix:
        return application

    def stripped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == prefix or path.startswith(f"{prefix}/"):
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
        if cookies := environ.get("HTTP_COOKIE"):
            environ["HTTP_COOKIE"] = _first_of_each_name(cookies)
        return application(environ, start_response)

    return stripped


def _first_of_each_name(cookies: str) -> str:
    """The header `Cookie` with the first of several cookies of one name."""
    parts = [part.strip() for part in cookies.split(";")]
    return "; ".join({part.partition("=")[0]: part for part in reversed(parts)}.values())


def make_application() -> Application:
    """OMERO.web's application; what cannot be loaded or set ends the process with its name."""
    plugins = extra_plugins.extra_plugins()
    try:
        made = _load(plugins)
    except EnvironmentProblem as error:
        termination.explain("web", error)
        raise SystemExit(1) from error
    except Exception as error:
        broken = error if isinstance(error, BrokenPlugin) else None
        if broken := broken or extra_plugins.culprit(error, plugins):
            termination.explain("web", broken)
            raise SystemExit(1) from error
        raise
    return made


def _load(plugins: list[ExtraPlugin]) -> Application:
    import django
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.urls import reverse

    from omero_web_container import no_passwords
    from omero_web_container.caller_fault import note_what_is_missing
    from omero_web_container.connections import use_kept_connections
    from omero_web_container.error_answers import hide_traces
    from omero_web_container.healthz import with_healthz
    from omero_web_container.json_logs import log_prints
    from omero_web_container.login_limit.ways_in import install, of_this_site
    from omero_web_container.properties import check_read
    from omero_web_container.request_context import record_users
    from omero_web_container.request_metrics import measured
    from omero_web_container.server_away import explain_logins

    extra_plugins.import_packages(plugins)
    django.setup(set_prefix=False)
    extra_plugins.import_settings(plugins)
    # While somebody works on them, their files are served from where they are.
    if plugins and not getattr(settings, "WHITENOISE_USE_FINDERS", False):
        from omero_web_container.static_storage import collect_extra

        folder = Path(settings.WHITENOISE_ROOT) / "static"
        collect_extra([plugin.app for plugin in plugins], str(folder))
    record_users()
    use_kept_connections()
    note_what_is_missing()
    made = get_wsgi_application()
    # gunicorn loads this before it forks: what is imported now is imported once, and no first
    # request waits for it. The first address compiles the expressions of all routes.
    reverse("webindex")
    check_read(settings.CUSTOM_SETTINGS, added_plugins=bool(plugins))
    # The views are loaded by now.
    hide_traces({"omeroweb", *(str(app).split(".")[0] for app in settings.ADDITIONAL_APPS)})
    explain_logins()
    install(of_this_site())
    no_passwords.install()
    log_prints()
    prefix = getattr(settings, "FORCE_SCRIPT_NAME", None) or ""
    return with_client_address(logged(without_prefix(with_healthz(measured(made)), prefix)))


def __getattr__(name: str) -> Application:
    """Make `application` when gunicorn asks for it; importing this module needs no Django."""
    if name == "application":
        globals()[name] = made = make_application()
        return made
    raise AttributeError(name)
