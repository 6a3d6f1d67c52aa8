"""`ci/probe-upload`: whether uploads can be resumed through everything that is before a site.

It logs in, declares a file, sends half of it, and cuts the line. The site must then say that it has
more than nothing. If a proxy on the way collects a whole body before it passes it on, the site has
never seen a byte, and each interruption begins a chunk again. A half that takes longer than a
proxy allows (`--seconds 90`) shows a limit on the time of a body. At the end the upload is
cancelled; nothing is imported. The admin tools do the same from inside the cluster.

The password of the account is read from the variable PROBE_PASSWORD, or asked for.
"""

from __future__ import annotations

import argparse
import getpass
import os
from dataclasses import dataclass, field
from typing import Final

import httpx

from omero_ci.console import say
from omero_ci.probe import ANSWER_SECONDS, DEMO, localhost_is_here
from omeroweb_admin_tools.addresses import Address, Endpoint
from omeroweb_admin_tools.doctor.ingress import Ingress, answered, half_upload_arrives
from omeroweb_admin_tools.doctor.model import Outcome

PASSWORD: Final = "PROBE_PASSWORD"  # noqa: S105 - the name of a variable


@dataclass(frozen=True)
class _Account:
    name: str
    password: str = field(repr=False)


def main(arguments: list[str]) -> int:
    """Send half of a file and say what arrived; 1 when nothing did."""
    parser = argparse.ArgumentParser(prog="ci/probe-upload", description=__doc__)
    parser.add_argument("url", nargs="?", default=DEMO, help=f"of the site (default: {DEMO})")
    parser.add_argument("--user", required=True, help="an account of the site")
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="that sending the half takes (default: 2)"
    )
    options = parser.parse_args(arguments)
    password = os.environ.get(PASSWORD) or getpass.getpass(f"Password of {options.user}: ")
    there = way(options.url, options.seconds)
    with localhost_is_here():
        found = answered(half_upload_arrives)(there, _Account(options.user, password))
    good = found.outcome is Outcome.OK
    say(f"{'ok' if good else 'FAIL':<6}{found.words}")
    if found.advice:
        say(f"      {found.advice}")
    return 0 if good else 1


def way(url: str, seconds: float) -> Ingress:
    """The way to a site from here.

    Args:
        url: of the site.
        seconds: that sending the half takes.
    """
    address = httpx.URL(url.rstrip("/") + "/")
    secure = address.scheme == "https"
    there = Endpoint(address.host, address.port or (443 if secure else 80))
    site = Address(str(address), there, secure)
    return Ingress(site, there, None, ANSWER_SECONDS, inside=False, send_seconds=seconds)
