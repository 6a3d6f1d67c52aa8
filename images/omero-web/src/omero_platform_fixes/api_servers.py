"""`/api/v0/servers/` without the name that OMERO.server has inside of the cluster.

OMERO.web tells everybody where it connects to itself. Clients of the JSON API log in with the `id`
of a server; the host is there for people, who can use only the name by which they came.
"""

from __future__ import annotations

from typing import Any

from omero_plugin_common.env_utils import get_env


def repair() -> None:
    """Put our view in the place of OMERO.web's, before its addresses are made."""
    from django.http.request import split_domain_port
    from omeroweb.api import views
    from omeroweb.api.decorators import json_response
    from omeroweb.connector import Server

    @json_response()  # type: ignore[untyped-decorator]
    def api_servers(request: Any, **_arguments: Any) -> dict[str, Any]:
        inside, outside = get_env("OMERO_HOST"), split_domain_port(request.get_host())[0]
        listed = []
        for number, server in enumerate(Server, 1):
            host = outside if server.host == inside else server.host
            entry = {"id": number, "host": host, "port": server.port}
            listed.append(entry | ({"server": server.server} if server.server else {}))
        return {"data": listed}

    views.api_servers = api_servers
