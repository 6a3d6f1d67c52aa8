"""What templates of plugins need: addresses for scripts, empty states.

Addresses are reversed by Django, so a site under a path prefix has them right.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)  # type: ignore[untyped-decorator]
def page_facts(context: dict[str, Any]) -> SafeString:
    """`data-` attributes of the main column that the modules in `js/` read.

    The user's id is in them only when OMERO.web's `render_response` made the context; the ping's
    interval is OMERO.web's own (`omero.web.ping_interval`, milliseconds) in seconds.
    """
    ome = context.get("ome") or {}
    facts = {
        "login-url": reverse(settings.LOGIN_VIEW),
        "csrf-cookie": settings.CSRF_COOKIE_NAME,
        "user-id": "" if ome.get("is_public_user") else ome.get("user_id", ""),
    }
    if context.get("ping_interval"):
        facts["ping-url"] = reverse("keepalive_ping")
        facts["ping-seconds"] = context["ping_interval"] / 1000
    return format_html_join(" ", 'data-{}="{}"', facts.items())


@register.simple_tag  # type: ignore[untyped-decorator]
def jobs_address(plugin: str) -> str:
    """The address of the caller's jobs of one plugin, for `<op-jobs src="…">`.

    Args:
        plugin: the Django label of the plugin.
    """
    return f"{reverse('omero_plugin_common_job_list')}?{urlencode({'plugin': plugin})}"


@register.inclusion_tag("omero_plugin_common/includes/empty_state.html")  # type: ignore[untyped-decorator]
def empty_state(title: str, text: str, action: str = "", address: str = "") -> dict[str, str]:
    """Say that there is nothing yet, why, and what to do.

    Args:
        title: what is not there.
        text: why, or how it comes to be there.
        action: the label of a link that helps.
        address: where that link leads.
    """
    return {"title": title, "text": text, "action": action, "address": address}
