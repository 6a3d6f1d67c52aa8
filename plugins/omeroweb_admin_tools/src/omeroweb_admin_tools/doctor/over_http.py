"""Servers that are asked over HTTP: OMERO.web, Prometheus, the store of logs.

A redirect is an answer and is not followed, no proxy of the environment is used, no cookie is sent.
"""

from __future__ import annotations

import ssl
from typing import Final

import httpx

from omeroweb_admin_tools.addresses import Address
from omeroweb_admin_tools.configuration import Stack
from omeroweb_admin_tools.doctor.model import Found, failed, ok, warning

_READY: Final[dict[Stack, str]] = {"loki": "ready", "victorialogs": "health"}
_NAMES: Final[dict[Stack, str]] = {"loki": "Loki", "victorialogs": "VictoriaLogs"}
_LARGEST: Final = 1_000_000
_OK: Final = httpx.codes.OK


def page_answers(there: Address, path: str, seconds: float, host: str = "") -> Found:
    """Whether a page answers 200.

    Args:
        there: the server.
        path: below its address.
        seconds: for each step of the answer.
        host: the header `Host`, of a server that answers to its public name alone.
    """
    answer = _get(there, path, seconds, host)
    if isinstance(answer, Found):
        return answer
    if answer.status_code == _OK:
        return ok(f"{there.url}{path} answers 200")
    return _refused(there, path, answer)


def log_store_is_ready(there: Address, kind: Stack, seconds: float) -> Found:
    """Whether the store of logs says that it can be asked."""
    answer = _get(there, _READY[kind], seconds)
    if isinstance(answer, Found):
        return answer
    if answer.status_code == _OK:
        return ok(f"{_NAMES[kind]} is ready at {there.url}")
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return failed(
            f"{_NAMES[kind]} at {there.url} says that it is not ready",
            "It is starting, or its volume is full: see its pod's log and the space on its volume",
        )
    return _refused(there, _READY[kind], answer)


def prometheus_has_targets(there: Address, seconds: float) -> Found:
    """Whether Prometheus answers a query, and sees something."""
    answer = _get(there, "api/v1/query?query=sum(up)%20or%20vector(0)", seconds)
    if isinstance(answer, Found):
        return answer
    if answer.status_code != _OK:
        return _refused(there, "api/v1/query", answer)
    try:
        number = int(float(answer.json()["data"]["result"][0]["value"][1]))
    except (ValueError, KeyError, IndexError, TypeError, OverflowError):
        return failed(
            f"{there.url} does not answer as Prometheus does",
            "See whether ADMIN_TOOLS_PROMETHEUS_URL is the address of Prometheus",
        )
    if number < 1:
        return warning(
            f"Prometheus at {there.url} has no target that is up",
            "See its page /targets: it finds pods by their labels, and network policies must allow "
            "it to ask them",
        )
    return ok(f"Prometheus at {there.url} has {number} targets that are up")


def no_answer(url: str, error: Exception, seconds: float) -> Found:
    """What an error of httpx means.

    Args:
        url: that was asked.
        error: how that ended.
        seconds: that were waited.
    """
    if isinstance(error, httpx.ConnectTimeout):
        return failed(
            f"{url} accepted no connection within {seconds:g} s",
            "Something drops packets silently (a network policy, a firewall), or the node is down",
        )
    if isinstance(error, httpx.TimeoutException):
        return failed(
            f"{url} accepted the connection, and did not answer within {seconds:g} s",
            "The process behind it hangs or is overloaded: see its log and its CPU",
        )
    if is_about_tls(error):
        return failed(f"There is no TLS connection to {url}", "See the check of its certificate")
    if isinstance(error, httpx.ConnectError):
        return failed(f"{url} cannot be reached", "See the checks of its name and of its port")
    return failed(
        f"{url} does not answer as a web server does ({type(error).__name__})",
        "See whether this is its address, and http or https",
    )


def is_about_tls(error: BaseException | None) -> bool:
    """Whether TLS is the cause of an error, or of its cause."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _get(there: Address, path: str, seconds: float, host: str = "") -> httpx.Response | Found:
    """The answer, of which no more than a part is read; or why there is none."""
    url = f"{there.url}{path}"
    shown = url.partition("?")[0]
    headers = {"Accept-Encoding": "identity"} | ({"Host": host} if host else {})
    try:
        with (
            httpx.Client(timeout=seconds, trust_env=False, follow_redirects=False) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            body = bytearray()
            # As it is on the line: a small body could become an endless one.
            for part in answer.iter_raw():
                body += part
                if len(body) > _LARGEST:
                    return failed(f"{shown} sends more than an answer of its kind has")
            return httpx.Response(answer.status_code, headers=_kept(answer), content=bytes(body))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return no_answer(shown, error, seconds)


def _kept(answer: httpx.Response) -> dict[str, str]:
    return {name: answer.headers[name] for name in ("location",) if name in answer.headers}


def _refused(there: Address, path: str, answer: httpx.Response) -> Found:
    code = answer.status_code
    words = f"{there.url}{path} answers {code}"
    if answer.is_redirect:
        target = answer.headers.get("location", "").partition("?")[0][:200]
        return failed(f"{words} and leads to {target}", "Set the address that it leads to")
    if code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return failed(words, "It wants a login, which a check does not have")
    if code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return failed(words, "See the log of its pod, or of what is before it")
    return failed(words, "See whether this is its address, and the path is right")
