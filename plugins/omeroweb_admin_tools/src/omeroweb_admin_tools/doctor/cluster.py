"""The Kubernetes API, as the page of resources reads it."""

from __future__ import annotations

from omeroweb_admin_tools.configuration import kubernetes_api
from omeroweb_admin_tools.doctor.model import Found, failed, ok, warning
from omeroweb_admin_tools.kubernetes_api import reading


def kubernetes_api_can_be_read() -> Found:
    """Whether the objects of the site can be read."""
    api = kubernetes_api()
    answers = reading.read(api)
    if not answers.found:
        why = next(iter(answers.failed.values()))
        return failed(
            f"{api.url} gives no answer that can be used: {why}",
            "See the NetworkPolicy of the web pods (spec.web.plugins.adminTools.kubernetes) and "
            "the Role of their ServiceAccount",
        )
    if answers.failed:
        what, why = next(iter(answers.failed.items()))
        rest = len(answers.failed) - 1
        more = f", and {rest} others" if rest else ""
        return warning(
            f"{api.url} answers, but not for {what}{more}: {why}",
            "CPU and memory need the metrics API (metrics-server); for others see the Role of the "
            "web pods",
        )
    return ok(f"{api.url} can be read: {len(answers.found[reading.PODS])} pods")
