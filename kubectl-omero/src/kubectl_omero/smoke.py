"""`kubectl omero smoke`: asks a site for what its users ask for."""

from __future__ import annotations

import argparse
import getpass
import http.client
import http.cookiejar
import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kubectl_omero.errors import GOOD, NOT_GOOD, CommandError
from kubectl_omero.kubectl import Kubectl
from kubectl_omero.platforms import Platform, find

_SECONDS = 30
_PASSWORD = "OMERO_PASSWORD"  # noqa: S105 - the name of a variable


class FailedError(Exception):
    """A check found something wrong; the message says what."""


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("name", nargs="?", default="", help="the platform; needed if several")
    parser.add_argument("--url", help="another address than that of the status")
    parser.add_argument("--user", help="log in as this user as well")
    parser.add_argument(
        "--password-file", type=Path, metavar="FILE",
        help=f"their password; else the variable {_PASSWORD}, else it is asked for",
    )  # fmt: skip
    parser.add_argument("--ca-file", type=Path, metavar="FILE", help="authority to trust (PEM)")
    parser.add_argument(
        "--insecure", action="store_true", help="do not check the certificate; not with --user"
    )
    parser.epilog = "exit codes: 0 all is well, 1 a check failed, 2 it could not be asked"


def run(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """Run the checks; after one that failed, those that need it are not tried."""
    if arguments.insecure and arguments.user:
        raise CommandError("--insecure would show the password to anybody who answers; drop --user")
    platform = find(kubectl, arguments.name)
    url = (arguments.url or platform.status.get("url") or "").rstrip("/")
    if not url.startswith(("https://", "http://")):
        raise CommandError(f"{platform.name} has no address; set spec.web.ingress, or give --url")
    site = Site(url, _trust(arguments))
    checks: list[tuple[str, Callable[[], str]]] = [
        ("conditions", lambda: _conditions(platform)),
        ("login page", site.login_page),
    ]
    if arguments.user:
        if _in_the_clear(url):
            sys.stderr.write(
                f"kubectl-omero: {url} has no TLS: whoever can read the network between here and "
                "there reads the password\n"
            )
        password = _password(arguments)
        checks += [
            ("login", lambda: site.log_in(arguments.user, password)),
            ("projects", site.projects),
            ("logout", site.log_out),
        ]
    return _run(checks)


def _run(checks: list[tuple[str, Callable[[], str]]]) -> int:
    for name, check in checks:
        began = time.monotonic()
        try:
            said = check()
        except FailedError as error:
            sys.stdout.write(f"FAILED  {name}: {error}\n")
            return NOT_GOOD
        sys.stdout.write(f"ok      {name}: {said} ({time.monotonic() - began:.2f} s)\n")
        sys.stdout.flush()
    return GOOD


def _conditions(platform: Platform) -> str:
    ready = platform.condition("Ready")
    if not (platform.seen and ready.good):
        raise FailedError(f"{ready.reason}: {ready.message}; see `kubectl omero status`")
    return "the operator reports it ready"


def _trust(arguments: argparse.Namespace) -> ssl.SSLContext:
    try:
        trust = ssl.create_default_context(cafile=arguments.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise CommandError(f"{arguments.ca_file}: {error}") from error
    if arguments.insecure:
        trust.check_hostname = False
        trust.verify_mode = ssl.CERT_NONE
    return trust


def _in_the_clear(url: str) -> bool:
    """Whether what is sent leaves this machine without TLS."""
    found = urllib.parse.urlsplit(url)
    name = found.hostname or ""
    here = name in ("localhost", "127.0.0.1", "::1") or name.endswith(".localhost")
    return found.scheme == "http" and not here


def _password(arguments: argparse.Namespace) -> str:
    if arguments.password_file:
        try:
            return str(arguments.password_file.read_text("utf-8")).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{arguments.password_file}: {error}") from error
    if _PASSWORD in os.environ:
        return os.environ[_PASSWORD]
    if not sys.stdin.isatty():
        raise CommandError(
            f"nobody is there to be asked for the password of {arguments.user}: give "
            f"--password-file, or set {_PASSWORD}"
        )
    return getpass.getpass(f"password of {arguments.user}: ")


class Site:
    """A browser's requests to OMERO.web and its JSON API.

    The API: https://omero.readthedocs.io/en/stable/developers/json-api.html
    """

    def __init__(self, url: str, trust: ssl.SSLContext) -> None:
        self._url = url
        self._cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=trust),
            urllib.request.HTTPCookieProcessor(self._cookies),
        )
        self._token = ""

    def login_page(self) -> str:
        """The page opens, and asks for a password."""
        page = self._asked("/webclient/login/")
        if 'name="password"' not in page:
            raise FailedError(f"{self._url}/webclient/login/ is no login page of OMERO.web")
        return f"{self._url}/webclient/login/"

    def log_in(self, user: str, password: str) -> str:
        """The user gets a session."""
        self._token = str(self._value("/api/v0/token/", "data"))
        said = self._json("/api/v0/login/", {"username": user, "password": password, "server": "1"})
        if not said.get("success"):
            raise FailedError(str(said.get("message") or said))
        return f"as {user}"

    def projects(self) -> str:
        """The database answers."""
        found = self._value("/api/v0/m/projects/?limit=1", "meta", "totalCount")
        return f"{found} can be read"

    def log_out(self) -> str:
        """The session is closed."""
        self._asked("/webclient/logout/", {})
        return "the session is closed"

    def _value(self, path: str, *names: str) -> Any:
        """One value of a JSON answer."""
        found: Any = self._json(path)
        for name in names:
            if not isinstance(found, dict) or name not in found:
                raise FailedError(f"{self._url}{path} answers without {'.'.join(names)}")
            found = found[name]
        return found

    def _json(self, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        text = self._asked(path, form)
        try:
            found = json.loads(text)
        except ValueError:
            raise FailedError(f"{self._url}{path} does not answer with JSON") from None
        if not isinstance(found, dict):
            raise FailedError(f"{self._url}{path} answers with something else than an object")
        return found

    def _asked(self, path: str, form: dict[str, str] | None = None) -> str:
        request = urllib.request.Request(f"{self._url}{path}")  # noqa: S310 - http or https, see run
        if form is not None:
            request.data = urllib.parse.urlencode(form).encode()
            request.add_header("X-CSRFToken", self._token)
            request.add_header("Referer", f"{self._url}/")
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return str(answer.read().decode("utf-8", "replace"))
        except urllib.error.HTTPError as error:
            raise FailedError(f"{self._url}{path}: {error.code} {_words(error)}") from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise FailedError(f"{self._url}{path}: {reason}") from None


def _words(error: urllib.error.HTTPError) -> str:
    """What a JSON answer says of an error, else the name of its code."""
    try:
        said = json.loads(error.read())
    except ValueError:
        return str(error.reason)
    if not isinstance(said, dict):
        return str(error.reason)
    return str(said.get("message") or said.get("error") or error.reason)
