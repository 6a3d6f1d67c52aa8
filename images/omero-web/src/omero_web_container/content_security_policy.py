"""What browsers let a page do: the header Content-Security-Policy, by the page's application.

Everything comes from the site itself, and nothing is inline: so for the platform's own pages. What
OMERO.web's pages need besides is below, what an application of the image needs is in
`catalogue.toml`, what a plugin needs is the attribute `content_security_policy` of its `AppConfig`.
An application that says nothing gets what OMERO.web's own pages have. A site adds to all of them by
the Django setting `CSP_ADDITIONS`.

The directives are those of https://www.w3.org/TR/CSP3/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final

from django.apps import AppConfig, apps
from django.conf import settings

from omero_plugin_common.env_utils import EnvironmentProblem
from omero_web_container import catalogue

Directives = Mapping[str, Iterable[str]]

STRICT: Final[Directives] = {
    "default-src": ("'self'",),
    "object-src": ("'none'",),
    "base-uri": ("'self'",),
    "form-action": ("'self'",),
}
# Inline scripts, styles and handlers of events on every page; Underscore's templates are functions
# made from text; jstree reads JSON in a worker made from text; pictures that scripts have drawn.
OMERO_WEB: Final[Directives] = {
    "script-src": ("'unsafe-inline'", "'unsafe-eval'"),
    "style-src": ("'unsafe-inline'",),
    "img-src": ("data:", "blob:"),
    "worker-src": ("blob:",),
}
# What no page of OMERO.web uses.
PERMISSIONS: Final = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_SOURCE: Final = re.compile(r"[^\s;,]+")
_DIRECTIVE: Final = re.compile(r"[a-z-]+")


class ContentSecurityPolicy:
    """The middleware: each answer has the policy of the application that gives it."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response
        # A mistake in the site's setting ends the start, not the first request.
        header("")

    def __call__(self, request: Any) -> Any:
        """Add the headers, unless the view has set its own."""
        response = self._get_response(request)
        found = request.resolver_match
        module = str(getattr(found.func, "__module__", "")) if found else ""
        response.headers.setdefault("Content-Security-Policy", header(module))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return response


@cache
def header(module: str) -> str:
    """The policy for what a view answers.

    Args:
        module: the view's; empty if none was found for the address.

    Raises:
        EnvironmentProblem: the site's additions are no such table.
    """
    config = apps.get_containing_app_config(module)
    whole = merged(_needs(config), site_additions(getattr(settings, "CSP_ADDITIONS", {})))
    ancestors = {"SAMEORIGIN": ("'self'",), "DENY": ("'none'",)}
    if sources := ancestors.get(str(settings.X_FRAME_OPTIONS).upper()):
        whole.setdefault("frame-ancestors", sources)
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in whole.items())


def _needs(config: AppConfig | None) -> dict[str, tuple[str, ...]]:
    known = {app.app: app for app in catalogue.all_apps().values()}
    if config is not None:
        if config.name in known:
            return merged(STRICT, known[config.name].content_security_policy)
        declared: Directives | None = getattr(config, "content_security_policy", None)
        if declared is not None:
            return merged(STRICT, declared)
    # Panels and the image viewer of applications are parts of OMERO.web's own pages.
    inside = (app for app in catalogue.chosen_apps() if app.is_part_of_omero_web)
    return merged(STRICT, OMERO_WEB, *(app.content_security_policy for app in inside))


def merged(first: Directives, *more: Directives) -> dict[str, tuple[str, ...]]:
    """One policy with the sources of several; what is added to a directive widens it.

    A directive that was not there widens `default-src`, which browsers would take in its place.
    """
    whole = {name: tuple(sources) for name, sources in first.items()}
    for additions in more:
        for name, sources in additions.items():
            before = whole.get(name, () if name == "frame-ancestors" else whole["default-src"])
            kept = [source for source in before if source != "'none'"]
            whole[name] = tuple(dict.fromkeys([*kept, *sources]))
    return whole


def site_additions(given: Any) -> dict[str, list[str]]:
    """The site's own sources, checked.

    Args:
        given: directives and their sources, such as `{"img-src": ["https://tiles.example.org"]}`.

    Raises:
        EnvironmentProblem: it is no such table.
    """
    good = isinstance(given, dict) and all(
        isinstance(name, str)
        and _DIRECTIVE.fullmatch(name)
        and isinstance(sources, list)
        and all(isinstance(each, str) and _SOURCE.fullmatch(each) for each in sources)
        for name, sources in given.items()
    )
    if not good:
        raise EnvironmentProblem(
            "CSP_ADDITIONS in omero.web.django_additional_settings must be a table of directives "
            'and lists of sources, such as {"img-src": ["https://tiles.example.org"]}'
        )
    return dict(given)
