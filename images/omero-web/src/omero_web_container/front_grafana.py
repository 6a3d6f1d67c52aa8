"""What the front does for Grafana below the address of the site.

Each request is first shown to OMERO.web, which says who is logged in: a token for Grafana where
that is an administrator, a refusal elsewhere. The token goes from OMERO.web to Grafana in a header,
and is never told a browser. Cookies and passwords of the site stay here, and Grafana sets none.

Static files of Grafana are the same for everybody, and are passed on as they are.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from omero_plugin_common import env_utils
from omero_plugin_common.env_utils import EnvironmentProblem
from omero_plugin_common.platform_fields import field_of
from omero_web_container.public_address import public_address

_PATH: Final = "FRONT_GRAFANA_PATH"
_URL: Final = "FRONT_GRAFANA_URL"
_ADDRESS: Final = "FRONT_GRAFANA_ADDRESS"
RESOLV_CONF: Final = Path("/etc/resolv.conf")
# Of the plugin; nobody but the front may ask it.
_TOKEN: Final = "/omeroweb_admin_tools/grafana/token/"  # noqa: S105 - an address


@dataclass(frozen=True, slots=True)
class Grafana:
    """Where Grafana is.

    Attributes:
        path: below which the site shows it, without a slash at its end.
        url: inside the cluster, without a slash at its end; its host is one that nginx can look up.
        address: the site's scheme, host and port, which browsers name as the origin of its pages.
        resolver: where names are looked up; empty where the host is an address.
    """

    path: str
    url: str
    address: str
    resolver: str

    def for_all(self) -> str:
        """What is not about one address."""
        return f"""
    # --- Grafana: pages of other sites may not use somebody's login
    map $http_origin $foreign {{ default 1; "" 0; "{self.address}" 0; }}
    map $http_upgrade $grafana_connection {{ default upgrade; "" ""; }}
"""

    def locations(self, per_client: int) -> str:
        """The addresses.

        Args:
            per_client: requests at once of one client.
        """
        prefix = public_address().prefix
        passed = f"""
            limit_conn clients {per_client};
            error_page 400 /-/400.$form;
            error_page 401 /-/401.$form;
            error_page 403 /-/403.$form;
            error_page 413 /-/413.$form;
            error_page 429 /-/429.$form;
            error_page 500 =503 /-/503.$form;
            error_page 502 504 =503 /-/grafana.$form;
            {self.resolver}
            set $grafana {self.url};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Request-ID $id;
            proxy_set_header Cookie "";
            proxy_set_header Authorization "";
            proxy_hide_header Set-Cookie;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $grafana_connection;
            proxy_pass $grafana;"""
        return f"""
        location = {self.path} {{ return 301 {self.path}/; }}
        location ^~ {self.path}/ {{
            if ($unreadable) {{ return 400; }}
            if ($foreign) {{ return 403; }}
            auth_request {prefix}{_TOKEN};
            auth_request_set $grafana_token $upstream_http_x_grafana_token;
            auth_request_set $grafana_login $upstream_http_x_grafana_login;
            proxy_set_header X-JWT-Assertion $grafana_token;{passed}
        }}
        location ^~ {self.path}/public/ {{
            if ($unreadable) {{ return 400; }}
            proxy_set_header X-JWT-Assertion "";{passed}
        }}
        location ~ ^(?:{re.escape(prefix)})?{_TOKEN[:-1]}/?$ {{
            internal;
            proxy_method GET;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Request-ID $id;
            proxy_set_header X-Requested-With XMLHttpRequest;
            proxy_set_header X-Grafana-Asked $request_uri;
            proxy_pass http://gunicorn;
        }}
        # A person is sent to the login, and from there back.
        location = /-/401.html {{
            internal;
            if ($grafana_login = "") {{ return 403; }}
            return 302 $grafana_login;
        }}
"""


def settings() -> Grafana | None:
    """What this pod is told; nothing where the site has no Grafana below its address.

    Raises:
        EnvironmentProblem: a variable that is missing or cannot be used.
    """
    url = env_utils.get_optional_env(_URL)
    if url is None:
        return None
    parts = urlsplit(url)
    host, resolver = _looked_up(parts.hostname or "", RESOLV_CONF.read_text(encoding="utf-8"))
    port = f":{parts.port}" if parts.port else ""
    path = env_utils.get_env(_PATH)
    if not re.fullmatch(r"(?:/[A-Za-z0-9_-]+)+", path):
        raise EnvironmentProblem(f"{_PATH} is no path: it comes from {field_of(_PATH)}")
    return Grafana(path, f"{parts.scheme}://{host}{port}", env_utils.get_env(_ADDRESS), resolver)


def _looked_up(host: str, resolv_conf: str) -> tuple[str, str]:
    """A name as nginx can look it up, and where.

    nginx would not start without Grafana if it looked the name up at its start, and it knows
    nothing of search domains: of a Service's name, as `grafana.monitoring`, it needs all.

    Args:
        host: a name or an address.
        resolv_conf: the pod's own.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return (f"[{host}]" if address.version == 6 else host), ""
    lines = [line.split() for line in resolv_conf.splitlines()]
    servers = [line[1] for line in lines if line[:1] == ["nameserver"] and len(line) > 1]
    search = next((line[1:] for line in reversed(lines) if line[:1] == ["search"]), [])
    told = " ".join(f"[{each}]" if ":" in each else each for each in servers)
    # The domains of a cluster: the pod's namespace, all Services, all of the cluster.
    services = next((each for each in search if each.startswith("svc.")), "")
    if services:
        whole = {0: search[0], 1: services}.get(host.count("."), "")
        if host.count(".") == 2 and host.endswith(".svc"):
            whole = services.removeprefix("svc.")
        host = f"{host}.{whole}" if whole else host
    return host, f"resolver {told} valid=10s;" if told else ""
