"""nginx before gunicorn: it reads requests, serves static files, and bounds what a client may do.

It runs as a container of its own, of the same image, beside the one with `web`. Both have one
folder in common, `FRONT_FOLDER`: gunicorn's socket, and the static files of added plugins.
"""

from __future__ import annotations

import html
import ipaddress
import json
import os
import re
import resource
import shutil
import socket
import string
import sys
from pathlib import Path
from typing import Final

from whitenoise.media_types import default_types

from omero_plugin_common import env_utils
from omero_plugin_common.env_utils import EnvironmentProblem
from omero_plugin_common.platform_fields import field_of
from omero_web_container import front_grafana
from omero_web_container.public_address import public_address

PORT: Final = 4080
HEALTH_PORT: Final = 4081
STATIC: Final = "/opt/omero/web/static"
# Requests at once of one client. A browser has up to six, or a hundred by HTTP/2; behind an ingress
# controller that hides its clients, or a router of an institute, all are one.
PER_CLIENT: Final = 400
BODIES_PER_CLIENT: Final = 100
# Files at once that go through, of all clients: a part of gunicorn's threads. Pods for uploads and
# exports have more of both.
STREAMS: Final = 4
MOST_BYTES: Final = 256 * 2**20
# For each of the two processes; a request that waits for gunicorn counts twice.
CONNECTIONS: Final = 4096
# Private networks (RFC 1918, 6598, 4193), link-local and loopback: where proxies of a cluster are.
TRUSTED: Final = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)


# nginx finishes what is under way on SIGQUIT, and drops it on SIGTERM, with which containers end. A
# signal interrupts `wait`, so that it is called until nginx has gone.
_RUN: Final = """
"$@" & nginx=$!
trap 'kill -QUIT $nginx' TERM QUIT INT
while :; do
    wait $nginx
    status=$?
    kill -0 $nginx 2>/dev/null || exit $status
done
"""


class _Configuration(string.Template):
    """nginx's own variables begin with a dollar."""

    delimiter = "%"


def socket_in(folder: Path) -> Path:
    """Where gunicorn listens."""
    return folder / "gunicorn.sock"


def added_in(folder: Path) -> Path:
    """The folder above the static files of added plugins."""
    return folder / "added"


def shared_folder() -> Path | None:
    """The folder that `web` and `front` share; None where `web` is alone, as in `make dev`."""
    given = env_utils.get_optional_env("FRONT_FOLDER")
    return Path(given) if given else None


def health_port() -> int:
    """Where `/healthz` is answered beside gunicorn."""
    return env_utils.get_int_env("OMERO_WEB_HEALTH_PORT", HEALTH_PORT, low=1, high=65535)


def streams() -> int:
    """Files that are received unbuffered, or sent, at the same time."""
    return env_utils.get_int_env("FRONT_STREAMS", STREAMS, low=1, high=1000)


def run() -> int:
    """Write nginx's configuration and be what runs it, in this process."""
    program = shutil.which("nginx", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin")
    if program is None:
        raise EnvironmentProblem("nginx is not installed")
    env_utils.get_env("FRONT_FOLDER")
    own = Path(env_utils.get_env("FRONT_OWN_FOLDER", "/tmp/front"))  # noqa: S108 - the pod's own
    shutil.rmtree(own, ignore_errors=True)
    pages = own / "pages" / "-"
    pages.mkdir(parents=True)
    for name, text in _pages(_most_bytes()).items():
        (pages / name).write_text(text, encoding="utf-8")
    file = own / "nginx.conf"
    file.write_text(configuration(own), encoding="utf-8")
    _raise_open_files(4 * CONNECTIONS)
    sys.stdout.flush()
    command = [program, "-e", "stderr", "-p", str(own), "-c", str(file)]
    os.execv("/bin/sh", ["sh", "-c", _RUN, "front", *command])  # noqa: S606 - a fixed script


def configuration(own: Path) -> str:
    """Nginx's configuration for this pod.

    Args:
        own: a writable folder: bodies that are being read, answers that are being sent.

    Raises:
        EnvironmentProblem: a variable that is missing or cannot be used.
    """
    shared = Path(env_utils.get_env("FRONT_FOLDER"))
    networks, named = _trusted()
    grafana = front_grafana.settings()
    text = Path(__file__).with_name("nginx.conf").read_text(encoding="utf-8")
    return _Configuration(text).substitute(
        # Pods are never root; nginx of a root that tries it would become somebody who may not open
        # the folders here.
        user="user root;" if os.geteuid() == 0 else "",
        folder=own,
        socket=socket_in(shared),
        added_static=added_in(shared) / "static",
        static=env_utils.get_env("OMERO_WEB_STATIC_ROOT", STATIC),
        connections=CONNECTIONS,
        types="\n".join(_types()),
        most_bytes=_most_bytes(),
        trusted="\n".join(f"    set_real_ip_from {network};" for network in networks),
        # Of proxies that were listed one by one, a chain can be followed. In the private networks
        # are people as well, whose word about who they are counts for nothing.
        recursive="on" if named else "off",
        per_client=PER_CLIENT,
        bodies_per_client=BODIES_PER_CLIENT,
        streams=streams(),
        elsewhere=_elsewhere(),
        prefix=_prefix(),
        grafana_http=grafana.for_all() if grafana else "",
        grafana=grafana.locations(PER_CLIENT) if grafana else "",
        listen="\n".join(f"        listen {address};" for address in _addresses()),
        health_port=health_port(),
    )


def _types() -> list[str]:
    return [
        f"        {kind} {name.removeprefix('.')};"
        for name, kind in sorted(default_types().items())
        # The others are whole names.
        if name.startswith(".")
    ]


def _most_bytes() -> int:
    return env_utils.get_int_env("FRONT_MAX_REQUEST_BYTES", MOST_BYTES, low=2**20, high=2**40)


def _trusted() -> tuple[list[str], bool]:
    """The networks of proxies, and whether somebody named them."""
    given = env_utils.get_env("FRONT_TRUSTED_PROXIES", allow_empty=True)
    try:
        networks = [str(ipaddress.ip_network(each)) for each in given.replace(",", " ").split()]
    except ValueError as error:
        raise EnvironmentProblem(
            f"FRONT_TRUSTED_PROXIES: {error}; it comes from {field_of('FRONT_TRUSTED_PROXIES')}"
        ) from error
    return networks or list(TRUSTED), bool(networks)


def _prefix() -> str:
    """A regular expression for the start of a path: the site's prefix, which may be missing."""
    prefix = public_address().prefix
    return f"(?:{re.escape(prefix)})?" if prefix else ""


def _elsewhere() -> str:
    """What refuses all but one application, where the pod has no other use."""
    only = env_utils.get_optional_env("FRONT_ONLY")
    if only is None:
        return ""
    return f'if ($uri !~ "^{_prefix()}{re.escape(only)}(?:/|$)") {{ return 404; }}'


def _addresses() -> list[str]:
    """Where nginx listens: both families, where the machine has IPv6."""
    port = env_utils.get_int_env("OMERO_WEB_LISTEN_PORT", PORT, low=1, high=65535)
    host = env_utils.get_optional_env("OMERO_WEB_LISTEN_HOST")
    every = ["0.0.0.0", "[::]"] if socket.has_dualstack_ipv6() else ["0.0.0.0"]  # noqa: S104 - a pod's
    return [f"{each}:{port}" for each in ([host] if host else every)]


def _raise_open_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if most > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _pages(most_bytes: int) -> dict[str, str]:
    """What is said of each refused request, for people and for scripts."""
    size = f"{most_bytes / 2**20:.0f} MB"
    told: dict[int | str, tuple[str, str, str]] = {
        400: ("This request cannot be read", "invalid_request", "Reload the page and try again."),
        401: ("You are not logged in", "not_logged_in", "Log in to OMERO.web and try again."),
        403: ("This is for administrators", "forbidden",
              "Only administrators of OMERO may see Grafana here, and only from this site's own "
              "pages."),
        404: ("There is no such file", "not_found",
              "OMERO.web has no static file at this address. Reload the page: after an upgrade "
              "files have new names."),
        405: ("This is not possible here", "method_not_allowed",
              "Static files can only be read, with GET; other addresses accept GET, HEAD, POST, "
              "PUT, PATCH, DELETE and OPTIONS."),
        413: ("This is too large", "too_large",
              f"Requests to this site are limited to {size}, and yours is larger; nothing was "
              "stored. Send less at once, or ask the administrators of the site to raise "
              "spec.web.front.maxRequestSize."),
        414: ("This address is too long", "address_too_long",
              "Addresses of this site are limited to 64 kB. Choose fewer objects at once."),
        429: ("Too many requests at once", "too_many_requests",
              "Other requests from your address are still being answered. Try again in a moment."),
        431: ("The header of this request is too long", "header_too_long",
              "Each of its fields is limited to 64 kB. Delete the cookies of this site in your "
              "browser and try again."),
        501: ("This request cannot be read", "not_implemented",
              "Its body has a transfer encoding that this site does not support. Send it as it "
              "is, or in chunks."),
        503: ("One moment", "unavailable",
              "OMERO.web is starting. Try again in a moment; you stay logged in."),
        504: ("This took too long", "timeout",
              "OMERO.web did not answer within ten minutes. Request less at once, or try again "
              "later."),
        "grafana": ("One moment", "grafana_away",
                    "Grafana does not answer. The rest of the site works; try again in a moment, "
                    "or ask those who run the monitoring."),
        505: ("This version of HTTP is not supported", "http_version", "Use HTTP/1.1."),
    }  # fmt: skip
    style = f"{public_address().prefix}/static/omero_platform_fixes/notice.css"
    head = '<meta name="viewport" content="width=device-width">'
    head += f'<link rel="stylesheet" href="{html.escape(style)}">'
    pages = {}
    for status, (title, code, text) in told.items():
        pages[f"{status}.html"] = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f"<title>{html.escape(title)}</title>{head}</head>"
            f"<body><h1>{html.escape(title)}</h1><p>{html.escape(text)}</p></body></html>\n"
        )
        pages[f"{status}.json"] = json.dumps({"error": f"{title}. {text}", "code": code}) + "\n"
    return pages
