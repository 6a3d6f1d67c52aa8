"""`ci/probe`: checks a running site from outside, without a login.

It requests a few dozen pages, sends a dozen wrong passwords for an account that does not exist,
and keeps sixty slow connections open for some seconds. It rejects every address that is not this
machine's own, unless `--allow-remote` says that the site is yours to probe. Because of the slow
connections, probe a site only while nobody uses it.

The site's certificate must be one that this machine trusts; for one of another authority set
`SSL_CERT_FILE`.
"""

from __future__ import annotations

import argparse
import ipaddress
import re
import secrets
import socket
import ssl
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from html.parser import HTMLParser
from typing import Any, Final

import httpx

from omero_ci.console import duration, say
from tools.common.errors import CommandError

DEMO: Final = "http://omero.localhost:8080/"
ANSWER_SECONDS: Final = 10.0
SLOW_CONNECTIONS: Final = 60
SLOW_SECONDS: Final = 10.0
WRONG_LOGINS: Final = 12
_TRACE: Final = "Traceback (most recent call last)"
# A page of OMERO.web, of its JSON API and of each application, with what nobody would ask for.
JUNK: Final = (
    "figure/unit_conversion/x/y/z/",
    "zarr/vizarr/1",
    "zarr/v0.4/image/x.zarr/.zattrs",
    "iviewer/?images=x",
    "gallery/?id=x",
    "mapr/api/gene/?value=%00",
    "webgateway/render_image/x/",
    "webgateway/render_image/0/0/0/?c=x",
    "webclient/?show=image-x",
    "webclient/api/images/?id=x&page=x",
    "api/v0/m/images/x/",
    "api/v0/m/images/?limit=x",
    "api/v9/m/",
    "webclient/render_thumbnail/0/?size=x",
    "no/such/page/%ff",
)
HEADERS: Final = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy")


class Site:
    """A site, and a visitor with cookies who opens a connection for each request.

    Attributes:
        client: of the visitor.
    """

    def __init__(self, url: str) -> None:
        """Name its address, with a slash at the end."""
        self.url = httpx.URL(url)
        self._tls = ssl.create_default_context()
        self.client = httpx.Client(
            base_url=self.url,
            verify=self._tls,
            timeout=ANSWER_SECONDS,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def ask(
        self,
        path: str,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Ask for a path, or send a form there. A redirect is an answer."""
        return self.client.request("POST" if form else "GET", path, data=form, headers=headers)

    def cookie(self, name: str) -> str:
        """The value of a cookie; empty where there is none."""
        return self.client.cookies.get(name, "") or ""

    @property
    def has_tls(self) -> bool:
        """Whether its address begins with https."""
        return self.url.scheme == "https"

    def connect(self) -> socket.socket:
        """A connection, with TLS where the site has it."""
        port = self.url.port or (443 if self.has_tls else 80)
        plain = socket.create_connection((self.url.host, port), ANSWER_SECONDS)
        return (
            self._tls.wrap_socket(plain, server_hostname=self.url.host) if self.has_tls else plain
        )


Check = Callable[[Site], Iterator[str]]


def main(arguments: list[str]) -> int:
    """Probe a site and print a line for each check; 1 when one of them complains."""
    options = _options(arguments)
    with localhost_is_here():
        return _probe(options)


def _probe(options: argparse.Namespace) -> int:
    url = options.url.rstrip("/") + "/"
    refuse_others(url, allow_remote=options.allow_remote)
    checks: dict[str, Check] = {
        "headers of the login page": headers,
        "cookies": cookies,
        "files of other hosts": other_hosts,
        "another host's name": foreign_name,
        "stack traces in answers": traces,
        "names inside the cluster": inner_names,
        "wrong passwords": wrong_passwords,
        "slow connections": lambda site: slow_connections(site, options.slow_seconds),
    }
    failed, began = 0, time.monotonic()
    for name, check in checks.items():
        try:
            complaints = list(check(Site(url)))
        except (OSError, httpx.HTTPError) as error:
            complaints = [f"no answer: {error}"]
        failed += bool(complaints)
        say(f"{'FAIL' if complaints else 'ok':<6}{name}")
        for complaint in complaints:
            say(f"      {complaint}")
    say(f"{len(checks) - failed} of {len(checks)} in {duration(time.monotonic() - began)}: {url}")
    return 1 if failed else 0


@contextmanager
def localhost_is_here() -> Iterator[None]:
    """Names below `localhost` lead to this machine (RFC 6761, 6.3).

    Every browser does so; a C library without systemd-resolved does not.
    """
    look_up = socket.getaddrinfo

    def found(host: Any, *arguments: Any, **named: Any) -> Any:
        here = isinstance(host, str) and host.rstrip(".").lower().endswith(".localhost")
        return look_up("127.0.0.1" if here else host, *arguments, **named)

    socket.getaddrinfo = found
    try:
        yield
    finally:
        socket.getaddrinfo = look_up


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ci/probe", description=__doc__)
    parser.add_argument("url", nargs="?", default=DEMO, help=f"the site's address ({DEMO})")
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="allow a site on another machine; it must be your own",
    )
    parser.add_argument(
        "--slow-seconds",
        type=float,
        default=SLOW_SECONDS,
        help="how long slow connections stay open",
    )
    options = parser.parse_args(arguments)
    if not re.match(r"https?://[^/]", options.url):
        raise CommandError(
            f"{options.url} is not the address of a site: it must begin with http:// or https://"
        )
    if not 0 < options.slow_seconds <= 60:
        raise CommandError("--slow-seconds must be more than 0 and at most 60")
    return options


def refuse_others(url: str, *, allow_remote: bool) -> None:
    """Refuse an address that is not this machine's own.

    Raises:
        CommandError: with what to do.
    """
    host = httpx.URL(url).host
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(host, None)}
    except OSError as error:
        raise CommandError(f"{host} has no address: {error}") from error
    others = sorted(each for each in found if not ipaddress.ip_address(each).is_loopback)
    if others and not allow_remote:
        raise CommandError(
            f"{host} is {', '.join(others)}, which is not this machine: a probe uses up "
            "connections and login attempts that other people need. If the site is your own, add "
            "--allow-remote"
        )


def headers(site: Site) -> Iterator[str]:
    """The headers that tell a browser to be strict."""
    answer = site.ask("webclient/login/")
    if answer.status_code != 200:
        yield f"the login page answers {answer.status_code}"
    wanted = [*HEADERS, *(["Strict-Transport-Security"] if site.has_tls else [])]
    for name in wanted:
        if not answer.headers.get(name):
            yield f"{name} is missing"


def cookies(site: Site) -> Iterator[str]:
    """Cookies go to this site alone, and only by HTTPS where the site has it."""
    answer = site.ask("webclient/login/")
    for cookie in answer.headers.get_list("Set-Cookie"):
        name, parts = cookie.partition("=")[0], cookie.lower()
        if "samesite=" not in parts:
            yield f"{name} has no SameSite"
        if site.has_tls and "; secure" not in parts:
            yield f"{name} is not Secure"


class _Loaded(HTMLParser):
    """What a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the address of a script, style sheet, picture or frame."""
        given = dict(attrs)
        loads = ["stylesheet", "icon", "preload", "modulepreload"]
        if tag in ("script", "img", "iframe", "source"):
            self.addresses.append(given.get("src") or "")
        elif tag == "link" and set((given.get("rel") or "").lower().split()) & set(loads):
            self.addresses.append(given.get("href") or "")


def other_hosts(site: Site) -> Iterator[str]:
    """Pages that everybody sees load from the site alone."""
    for path in ("webclient/login/", "no/such/page/"):
        page = _Loaded()
        page.feed(site.ask(path).text)
        for address in page.addresses:
            host = urllib.parse.urlsplit(urllib.parse.urljoin(str(site.url), address)).hostname
            if address and not address.startswith("data:") and host != site.url.host:
                yield f"{path} loads {address}"


def foreign_name(site: Site) -> Iterator[str]:
    """A request for another host gets no page, and that name comes back nowhere."""
    name = f"probe-{secrets.token_hex(6)}.example.org"
    for header in ("Host", "X-Forwarded-Host"):
        for path in ("webclient/login/", "api/"):
            answer = site.ask(path, headers={header: name})
            # An Ingress controller may put its own name into X-Forwarded-Host: then it is a page.
            if header == "Host" and answer.status_code < 400:
                yield f"{path} answers {answer.status_code} to the Host {name}"
            if name in answer.text or name in str(answer.headers):
                yield f"{path} shows the name that was given as {header}"


def traces(site: Site) -> Iterator[str]:
    """No answer to junk shows code."""
    for path in JUNK:
        answer = site.ask(path)
        if _TRACE in answer.text:
            yield f"{path} answers {answer.status_code} with a stack trace"


def inner_names(site: Site) -> Iterator[str]:
    """What strangers are told of servers has the public name."""
    text = site.ask("api/v0/servers/").text
    for host in re.findall(r'"host": *"([^"]*)"', text):
        if host != site.url.host:
            yield f"api/v0/servers/ names {host}"


def wrong_passwords(site: Site) -> Iterator[str]:
    """After a few wrong passwords a login is refused, with the time to wait."""
    site.ask("webclient/login/")
    statuses = []
    name = f"probe-{secrets.token_hex(6)}"
    for _ in range(WRONG_LOGINS):
        form = {"username": name, "password": secrets.token_hex(8), "server": "1"}
        form["csrfmiddlewaretoken"] = site.cookie("csrftoken")
        answer = site.ask("webclient/login/", form, {"Referer": str(site.url)})
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            if not answer.headers.get("Retry-After"):
                yield "the rejection does not say how long to wait (Retry-After)"
            return
    yield f"{WRONG_LOGINS} wrong passwords were checked; statuses {sorted(set(statuses))}"


def slow_connections(site: Site, seconds: float) -> Iterator[str]:
    """While many connections send their request slowly, others get their pages."""
    with ExitStack() as stack:
        lines = []
        for number in range(SLOW_CONNECTIONS):
            line = stack.enter_context(site.connect())
            kind = "GET" if number % 2 else "POST"
            head = f"{kind} /webclient/login/ HTTP/1.1\r\nHost: {site.url.host}\r\n"
            # Half of them are slow with their header, half with their body.
            head += "X-Slow: " if number % 2 else "Content-Length: 100000\r\n\r\n"
            line.sendall(head.encode())
            lines.append(line)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in lines:
                try:
                    line.sendall(b"a")
                except OSError:
                    # The site has closed it, as it should at some time.
                    continue
            answer = site.ask("webclient/login/")
            if answer.status_code != 200:
                seconds = answer.elapsed.total_seconds()
                yield f"the login page answers {answer.status_code} after {seconds:.1f} s"
                return
            time.sleep(1)
