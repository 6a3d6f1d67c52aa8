"""The site as browsers see it: its page, its login, and a half-sent upload.

The doctor asks from inside; `ci/probe-upload` does the last from outside. Many proxies collect a
whole body before they pass it on: then an interrupted chunk begins again, each time.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import httpx

from omeroweb_admin_tools.addresses import Address, Endpoint
from omeroweb_admin_tools.doctor import network, over_http
from omeroweb_admin_tools.doctor.model import Found, Outcome, failed, ok, skipped, warning

SIZE: Final = 8 * 2**20
PIECES: Final = 64
NOTICED_SECONDS: Final = 20.0
_APP: Final = "omeroweb_upload"
_TUS: Final = {"Tus-Resumable": "1.0.0"}
_LOGIN: Final = "webclient/login/"


class Visitor(Protocol):
    """Who logs in."""

    @property
    def name(self) -> str:
        """The account."""

    @property
    def password(self) -> str:
        """Its password."""


@dataclass(frozen=True, slots=True)
class Ingress:
    """The way to the site.

    Attributes:
        site: its public address.
        there: where that is asked: the public host, or the Ingress' Service inside the cluster.
        authorities: trusted besides the usual ones.
        seconds: for each step of an answer.
        inside: whether who asks is in the cluster, and may not reach what browsers reach.
        send_seconds: that sending half of an upload takes.
    """

    site: Address
    there: Endpoint
    authorities: Path | None
    seconds: float
    inside: bool = True
    send_seconds: float = 2.0

    def tls(self) -> ssl.SSLContext:
        """Certificates are checked as a browser does."""
        context = ssl.create_default_context()
        if self.authorities is not None:
            context.load_verify_locations(self.authorities)
        return context

    def client(self) -> httpx.Client:
        """A visitor with cookies, who asks for addresses below the site's path."""
        parts = urlsplit(self.site.url)
        return httpx.Client(
            base_url=f"{parts.scheme}://{self.there}{parts.path}",
            headers={"Host": self.site.host, "Referer": self.site.url},
            verify=self.tls() if self.site.secure else True,
            timeout=self.seconds,
            trust_env=False,
            follow_redirects=False,
            event_hooks={"request": [self._name_the_site]},
        )

    def connect(self) -> socket.socket:
        """A connection, with TLS where the site has it."""
        plain = socket.create_connection((self.there.host, self.there.port), self.seconds)
        if not self.site.secure:
            return plain
        try:
            return self.tls().wrap_socket(plain, server_hostname=self.site.endpoint.host)
        except BaseException:
            plain.close()
            raise

    def _name_the_site(self, request: httpx.Request) -> None:
        """The name of the certificate, where another address is asked."""
        request.extensions["sni_hostname"] = self.site.endpoint.host


def port_answers(way: Ingress) -> Found:
    """Whether the site's public address can be reached from inside the cluster."""
    return _only_from_inside(way, network.port_answers(way.there, way.seconds))


def certificate_is_trusted(way: Ingress) -> Found:
    """Whether browsers trust the site's certificate, for how long."""
    if not way.site.secure:
        return warning(
            f"{way.site.url} is reached without TLS: passwords and images can be read on the way",
            "Set spec.web.ingress.tls, or PUBLIC_URL to the address over HTTPS",
        )
    if network.port_answers(way.there, way.seconds).outcome is not Outcome.OK:
        return skipped(f"{way.there} cannot be reached from inside: see the check ingress.tcp")
    name = way.site.endpoint.host
    return network.trusted_tls(way.there, name, way.seconds, way.authorities)


def login_page_answers(way: Ingress) -> Found:
    """Whether the login page comes through the Ingress."""
    with _visitor(way) as client:
        answer = client.get(_LOGIN)
        if answer.status_code != httpx.codes.OK:
            return _refused(way, _LOGIN, answer)
        if not client.cookies.get("csrftoken"):
            return failed(
                f"{way.site.url}{_LOGIN} is no page of OMERO.web",
                "See to which Service the Ingress or Gateway sends this address",
            )
    return ok(f"{way.site.url}{_LOGIN} answers")


def login_works(way: Ingress, account: Visitor) -> Found:
    """Whether an account can log in through the Ingress."""
    with _visitor(way) as client:
        refused = _log_in(way, client, account)
        if refused is not None:
            return refused
        _log_out(client)
    return ok(f"{account.name} logged in at {way.site.url}")


def half_upload_arrives(way: Ingress, account: Visitor) -> Found:
    """Whether an interrupted upload can be continued through everything that is before the site.

    Nothing is imported: the upload is cancelled at the end.
    """
    with _visitor(way) as client:
        refused = _log_in(way, client, account)
        if refused is not None:
            return refused
        try:
            return _declared(way, client)
        finally:
            _log_out(client)


def _declared(way: Ingress, client: httpx.Client) -> Found:
    _send_token(client)
    answer = client.post(f"{_APP}/start/", json=_declaration())
    if not answer.is_success:
        return _refused(way, f"{_APP}/start/", answer)
    job = str(answer.json()["job_id"])
    try:
        return _half(way, client, f"{_APP}/upload/{job}/0/")
    finally:
        client.post(f"{_APP}/cancel/{job}/", json={})


def _half(way: Ingress, client: httpx.Client, address: str) -> Found:
    sent, cut_off = _send_half(way, client, address)
    words = f"{sent / 2**20:.1f} MiB in {way.send_seconds:g} s"
    if cut_off:
        return failed(
            f"The connection was ended from outside after {words}",
            "A proxy limits the time of a body (Traefik: respondingTimeouts.readTimeout of the "
            "entry point)",
        )
    stored = _stored(client, address)
    if not stored:
        return failed(
            f"{words} were sent, and the site has none of it",
            "A proxy collects whole bodies, so interrupted uploads begin again (nginx: "
            "proxy_request_buffering off)",
        )
    return ok(f"{words} were sent, and the site has {stored / 2**20:.1f} MiB of it")


class _Unanswered(Exception):
    """The site does not answer; what that means."""

    def __init__(self, found: Found) -> None:
        super().__init__(found.words)
        self.found = found


def answered(check: Callable[..., Found]) -> Callable[..., Found]:
    """A check for which a site that does not answer is a finding."""

    def guarded(*arguments: Any) -> Found:
        try:
            return check(*arguments)
        except _Unanswered as error:
            return error.found

    return guarded


@contextmanager
def _visitor(way: Ingress) -> Iterator[httpx.Client]:
    try:
        with way.client() as client:
            yield client
    except (httpx.HTTPError, OSError) as error:
        found = over_http.no_answer(way.site.url, error, way.seconds)
        unreached = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        if unreached and not over_http.is_about_tls(error):
            found = _only_from_inside(way, found)
        raise _Unanswered(found) from error


def _only_from_inside(way: Ingress, found: Found) -> Found:
    """A pod that cannot reach the Ingress does not prove that browsers cannot."""
    if found.outcome is not Outcome.FAILED:
        return found
    if not way.inside:
        return failed(found.words, "See whether a browser on this machine reaches the site")
    return warning(
        f"{found.words} from inside the cluster",
        "If browsers reach the site, only this check cannot: allow the pods to reach the Ingress "
        "(spec.networkPolicy.egress), or name its Service in ADMIN_TOOLS_INGRESS_ADDRESS",
    )


def _log_in(way: Ingress, client: httpx.Client, account: Visitor) -> Found | None:
    client.get(_LOGIN)
    form = {
        "username": account.name,
        "password": account.password,
        "server": "1",
        "csrfmiddlewaretoken": client.cookies.get("csrftoken") or "",
    }
    answer = client.post(_LOGIN, data=form)
    if answer.status_code == httpx.codes.FOUND:
        return None
    if answer.status_code == httpx.codes.OK:
        return failed(
            f"{way.site.url} did not accept the login of {account.name}",
            "See whether the account exists in OMERO, is active and has this password, and whether "
            "OMERO.server answers",
        )
    return _refused(way, _LOGIN, answer)


def _log_out(client: httpx.Client) -> None:
    """The session in OMERO ends, too; a GET would only show a page that asks."""
    _send_token(client)
    client.post("webclient/logout/")


def _send_token(client: httpx.Client) -> None:
    client.headers["X-CSRFToken"] = client.cookies.get("csrftoken") or ""


def _refused(way: Ingress, path: str, answer: httpx.Response) -> Found:
    code = answer.status_code
    words = f"{way.site.url}{path} answers {code}"
    if answer.is_redirect:
        target = answer.headers.get("location", "").partition("?")[0][:200]
        return failed(f"{words} and leads to {target}", "Set PUBLIC_URL to the address it leads to")
    if code == httpx.codes.TOO_MANY_REQUESTS:
        return warning(words, "There were too many logins: wait some minutes")
    if code in (502, 503, 504):
        return failed(words, "No pod behind the Ingress is ready: see kubectl get pods")
    return failed(words, "See the log of the web pods, and which Service has this address")


def _declaration() -> dict[str, Any]:
    return {
        "files": [{"relative_path": "check/half.bin", "size": SIZE}],
        "target": {"new_dataset": "check of uploads"},
    }


def _send_half(way: Ingress, client: httpx.Client, address: str) -> tuple[int, bool]:
    """Bytes that were sent before the line was cut, and whether somebody else cut it."""
    path = urlsplit(way.site.url).path + address
    fields = {
        **_TUS,
        "Host": way.site.host,
        "Cookie": "; ".join(f"{each.name}={each.value}" for each in client.cookies.jar),
        "Referer": way.site.url,
        "X-CSRFToken": client.headers["X-CSRFToken"],
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(SIZE),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    piece, sent = os.urandom(SIZE // 2 // PIECES), 0
    with way.connect() as line:
        line.sendall(f"PATCH {path} HTTP/1.1\r\n{lines}\r\n".encode())
        try:
            for _ in range(PIECES):
                line.sendall(piece)
                sent += len(piece)
                time.sleep(way.send_seconds / PIECES)
        except OSError:
            return sent, True
    return sent, False


def _stored(client: httpx.Client, address: str) -> int:
    """What the site has, as soon as that is more than nothing."""
    until = time.monotonic() + NOTICED_SECONDS
    while time.monotonic() < until:
        answer = client.head(address, headers=_TUS)
        stored = answer.headers.get("Upload-Offset", "0")
        if stored.isdecimal() and int(stored) > 0:
            return int(stored)
        time.sleep(0.5)
    return 0
