"""Where the Docker edition passed requests on to Grafana and Prometheus: nothing is passed on here.

These proxies gave both the cookies of OMERO.web, and anybody who could send a query all of it.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseRedirect

from omero_plugin_common.errors import ApiError
from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import private
from omeroweb_admin_tools.services import resources
from omeroweb_admin_tools.views.access import FULL


class Gone(ApiError):
    """There was such an address, and there is none any more."""

    status = 410
    code = "gone"


@json_view("GET", admin=FULL)
def grafana_proxy(_request: Any, _caller: Caller, subpath: str = "") -> Any:
    """Where Grafana is now, as the proxy of the Docker edition was asked for it.

    A dashboard of the same id is found; everything else leads to the first one. Without Grafana:
    410.

    Returns:
        a redirect (302) to the address of `spec.monitoring.grafanaUrl`
    """
    address = resources.dashboard_instead(subpath)
    if address is None:
        raise Gone(
            "OMERO.web passes nothing on to Grafana any more, and this site has none: whoever runs "
            "it can set spec.monitoring.grafanaUrl"
        )
    return private(HttpResponseRedirect(address))


@json_view("GET", admin=FULL)
def prometheus_proxy(_request: Any, _caller: Caller, subpath: str = "") -> Any:
    """The proxy of the Docker edition to Prometheus, which there is not any more: 410.

    Returns:
        the reason, and what there is instead
    """
    raise Gone(
        "OMERO.web passes nothing on to Prometheus any more. The page of resources shows its "
        "figures; queries of one's own are for Grafana, or for kubectl port-forward to Prometheus"
    )
