"""What the notice says."""

from __future__ import annotations

import os
from typing import Any

from django import template
from django.conf import settings

register = template.Library()


def server_version(image: str) -> str:
    """The tag of an image reference, without a digest; empty when it has none."""
    name = image.partition("@")[0].rpartition("/")[2]
    return name.partition(":")[2]


def notice(image: str, platform: str) -> dict[str, Any]:
    """The values of the notice for a server image."""
    return {
        "standin": "omero-standin" in image,
        "version": server_version(image),
        "platform": platform,
    }


@register.simple_tag(takes_context=True)  # type: ignore[untyped-decorator]
def platform_notice(context: dict[str, Any]) -> dict[str, Any]:
    """The notice for this page; it is shown on the login page only."""
    match = getattr(context.get("request"), "resolver_match", None)
    image = os.environ.get("PLATFORM_SERVER_IMAGE", "")
    return {
        "shown": bool(image) and match is not None and match.url_name == settings.LOGIN_VIEW,
        "site_include": settings.PLATFORM_SITE_INCLUDE,
        **notice(image, os.environ.get("PLATFORM_NAME", "")),
    }
