"""`ci/probe-upload`: whether uploads can be resumed through everything that is before a site.

It logs in, declares a file, sends half of it, and cuts the line. The site must then say that it has
more than nothing. If a proxy on the way collects a whole body before it passes it on, the site has
never seen a byte, and each interruption begins a chunk again. A half that takes longer than a
proxy allows (`--seconds 90`) shows a limit on the time of a body. At the end the upload is
cancelled; nothing is imported.

The password of the account is read from the variable PROBE_PASSWORD, or asked for.
"""

from __future__ import annotations

import argparse
import getpass
import os
import time
from dataclasses import dataclass
from typing import Any, Final

import httpx

from omero_ci.console import say
from omero_ci.probe import DEMO, Site, localhost_is_here
from tools.common.errors import CommandError
from tools.common.wait import wait_until

PASSWORD: Final = "PROBE_PASSWORD"  # noqa: S105 - the name of a variable
SIZE: Final = 8 * 2**20
_PIECES: Final = 64
_NOTICED_SECONDS: Final = 60
_APP: Final = "omeroweb_upload"
_TUS: Final = {"Tus-Resumable": "1.0.0"}


@dataclass(frozen=True)
class Arrived:
    """How it went.

    Attributes:
        sent: bytes that left this machine.
        stored: bytes that the site has.
        seconds: that sending took.
        cut_off: whether something on the way ended the connection before we did.
    """

    sent: int
    stored: int
    seconds: float
    cut_off: bool

    @property
    def good(self) -> bool:
        """Whether an interrupted chunk can be continued."""
        return self.stored > 0 and not self.cut_off


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
    with localhost_is_here():
        arrived = half_send(options.url, options.user, password, seconds=options.seconds)
    say(_verdict(arrived))
    return 0 if arrived.good else 1


def half_send(url: str, user: str, password: str, *, seconds: float = 2.0) -> Arrived:
    """Send half of a file, cut the line, and ask what arrived.

    Args:
        url: of the site.
        user: an account.
        password: its password.
        seconds: that sending takes.

    Raises:
        CommandError: the login or the upload was refused.
    """
    site = Site(url.rstrip("/") + "/")
    client = _logged_in(site, user, password)
    job = _declared(client)
    address = f"{_APP}/upload/{job}/0/"
    try:
        sent, took, cut_off = _send_half(site, client, address, seconds)
        return Arrived(sent, _stored(client, address), took, cut_off)
    finally:
        client.post(f"{_APP}/cancel/{job}/", json={})


def _logged_in(site: Site, user: str, password: str) -> httpx.Client:
    client = site.client
    client.get("webclient/login/")
    form = {"username": user, "password": password, "server": "1"}
    form["csrfmiddlewaretoken"] = site.cookie("csrftoken")
    client.headers["Referer"] = str(site.url)
    answer = client.post("webclient/login/", data=form)
    if answer.status_code != httpx.codes.FOUND:
        raise CommandError(f"{site.url} refused the login of {user}: {answer.status_code}")
    client.headers["X-CSRFToken"] = site.cookie("csrftoken")
    return client


def _declared(client: httpx.Client) -> str:
    body: dict[str, Any] = {
        "files": [{"relative_path": "probe/half.bin", "size": SIZE}],
        "target": {"new_dataset": "probe of uploads"},
    }
    answer = client.post(f"{_APP}/start/", json=body)
    if not answer.is_success:
        raise CommandError(f"the upload was refused: {answer.status_code} {answer.text[:300]}")
    return str(answer.json()["job_id"])


def _send_half(
    site: Site, client: httpx.Client, address: str, seconds: float
) -> tuple[int, float, bool]:
    fields = {
        **_TUS,
        "Host": site.url.netloc.decode(),
        "Cookie": "; ".join(f"{each.name}={each.value}" for each in client.cookies.jar),
        "Referer": str(site.url),
        "X-CSRFToken": client.headers["X-CSRFToken"],
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(SIZE),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    path = site.url.join(address).raw_path.decode()
    piece, sent, began = os.urandom(SIZE // 2 // _PIECES), 0, time.monotonic()
    with site.connect() as line:
        line.sendall(f"PATCH {path} HTTP/1.1\r\n{lines}\r\n".encode())
        try:
            for _ in range(_PIECES):
                line.sendall(piece)
                sent += len(piece)
                time.sleep(seconds / _PIECES)
        except OSError:
            return sent, time.monotonic() - began, True
    return sent, time.monotonic() - began, False


def _stored(client: httpx.Client, address: str) -> int:
    """What the site says, as soon as it is more than nothing."""
    said = 0

    def more_than_nothing() -> bool:
        nonlocal said
        answer = client.head(address, headers=_TUS)
        said = int(answer.headers.get("Upload-Offset", "0"))
        return said > 0

    try:
        wait_until(more_than_nothing, _NOTICED_SECONDS, str, pause=1)
    except CommandError:
        return 0
    return said


def _verdict(arrived: Arrived) -> str:
    half = f"{arrived.sent / 2**20:.1f} MiB in {arrived.seconds:.0f} s"
    if arrived.cut_off:
        return (
            f"FAIL  the connection was ended from outside after {half}: a proxy limits the time of "
            "a body (Traefik: respondingTimeouts.readTimeout of the entry point)"
        )
    if not arrived.stored:
        return (
            f"FAIL  {half} were sent, and the site has none of it: a proxy collects whole bodies "
            "(nginx: proxy_request_buffering off)"
        )
    return f"ok    {half} were sent, and the site has {arrived.stored / 2**20:.1f} MiB of it"
