"""Names, ports and TLS: what every other check needs."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from omeroweb_admin_tools.addresses import Endpoint
from omeroweb_admin_tools.doctor.model import Found, failed, ok, warning

# A certificate is renewed a month before its end; a fortnight before, somebody has to look.
SOON_DAYS: Final = 14
# What X509_verify_cert_error_string says is for programmers; these have something to do.
_EXPIRED: Final = 10
_NOT_YET: Final = 9
_OTHER_NAME: Final = frozenset({62, 64})


@dataclass(frozen=True, slots=True)
class Peer:
    """Who answered over TLS.

    Attributes:
        version: of TLS, such as TLSv1.3.
        expires: the end of its certificate; None where it has none.
    """

    version: str
    expires: datetime | None


def name_has_address(host: str) -> Found:
    """Whether a name can be looked up."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return ok(f"{host} is an address, no name")
    try:
        lines = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no name"
        return failed(
            f"The name {host} has no address: {said}",
            "See whether the Service or host of this name exists, and whether the cluster's DNS "
            "(CoreDNS) runs and may be asked by this pod",
        )
    addresses = list(dict.fromkeys(str(line[4][0]) for line in lines))
    return ok(f"{host} is {', '.join(addresses[:4])}")


def port_answers(there: Endpoint, seconds: float) -> Found:
    """Whether a TCP port accepts connections."""
    try:
        with socket.create_connection((there.host, there.port), seconds):
            return ok(f"{there} accepts connections")
    except OSError as error:
        return unreachable(there, error, seconds)


def unreachable(there: Endpoint, error: OSError, seconds: float) -> Found:
    """What an error of a connection means.

    Args:
        there: what was to be reached.
        error: how that ended.
        seconds: that were waited.
    """
    if isinstance(error, socket.gaierror):
        return failed(f"The name {there.host} has no address", "See the check of its name")
    if isinstance(error, TimeoutError):
        return failed(
            f"{there} did not answer within {seconds:g} s",
            "Something drops packets silently (a network policy, a firewall), or the node is down",
        )
    if isinstance(error, ConnectionRefusedError):
        return failed(
            f"{there} refuses connections",
            "Nothing listens there: see whether its pod runs and is ready, and whether the port "
            "is right",
        )
    if isinstance(error, ConnectionError):
        return failed(
            f"{there} closed the connection at once",
            "See the log of its pod; it may allow no more connections",
        )
    return failed(f"{there} cannot be reached: {error.strerror or type(error).__name__}")


def trusted_tls(
    there: Endpoint, name: str, seconds: float, authorities: Path | None = None
) -> Found:
    """Whether a server has a certificate that clients trust, for how long.

    Args:
        there: where it is.
        name: that the certificate must be for.
        seconds: to connect, and as many for the handshake.
        authorities: certificates that are trusted besides the usual ones.
    """
    context = ssl.create_default_context()
    if authorities is not None:
        try:
            context.load_verify_locations(authorities)
        except OSError as error:
            said = getattr(error, "strerror", None) or "it has no certificates"
            return failed(f"The authorities in {authorities} cannot be read: {said}")
    return _judged(there, seconds, lambda: _peer(there, name, context, seconds), _ends)


def any_tls(there: Endpoint, seconds: float) -> Found:
    """Whether a server speaks TLS, as OMERO.server does: clients do not check its certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    # Older servers have no certificate at all: their keys are exchanged anonymously.
    context.set_ciphers("ALL:aNULL:@SECLEVEL=0")
    return _judged(there, seconds, lambda: _peer(there, None, context, seconds), _ends_unchecked)


def _judged(
    there: Endpoint,
    seconds: float,
    ask: Callable[[], Peer],
    judge: Callable[[Endpoint, Peer], Found],
) -> Found:
    try:
        return judge(there, ask())
    except ssl.SSLCertVerificationError as error:
        return _not_trusted(there, error)
    except ssl.SSLError as error:
        return failed(
            f"{there} does not speak TLS as clients need it: {error.reason or 'no handshake'}",
            "See whether this is the port for TLS, and which versions its configuration allows",
        )
    except TimeoutError:
        return failed(
            f"{there} did not finish a TLS handshake within {seconds:g} s",
            "If its port accepts connections, it does not speak TLS, or the process behind it "
            "hangs: see its log, and restart it",
        )
    except OSError as error:
        return unreachable(there, error, seconds)


def _peer(there: Endpoint, name: str | None, context: ssl.SSLContext, seconds: float) -> Peer:
    plain = socket.create_connection((there.host, there.port), seconds)
    with closing(plain), context.wrap_socket(plain, server_hostname=name) as line:
        certificate = line.getpeercert(binary_form=True)
        expires = None
        if certificate:
            expires = x509.load_der_x509_certificate(certificate).not_valid_after_utc
        return Peer(line.version() or "TLS", expires)


def _ends(there: Endpoint, peer: Peer) -> Found:
    words = f"{there} speaks {peer.version}"
    if peer.expires is None:
        return failed(f"{words}, without a certificate", "Give it a certificate for its name")
    left = (peer.expires - datetime.now(UTC)).days
    words = f"{words}; its certificate ends on {peer.expires:%Y-%m-%d}, in {left} days"
    if left < SOON_DAYS:
        return warning(words, "Renew it, and find out why it was not renewed automatically")
    return ok(words)


def _ends_unchecked(there: Endpoint, peer: Peer) -> Found:
    words = f"{there} speaks {peer.version}"
    if peer.expires is None:
        return ok(f"{words}, without a certificate")
    if peer.expires < datetime.now(UTC):
        return warning(
            f"{words}; its certificate ended on {peer.expires:%Y-%m-%d}",
            "OMERO's clients do not check it unless a user asks for that. `omero certificates` "
            "makes a new one; restart OMERO.server after it",
        )
    return ok(f"{words}; its certificate ends on {peer.expires:%Y-%m-%d}")


def _not_trusted(there: Endpoint, error: ssl.SSLCertVerificationError) -> Found:
    code = error.verify_code
    if code == _EXPIRED:
        return failed(
            f"The certificate of {there} has expired",
            "Renew it, and find out why it was not renewed automatically",
        )
    if code == _NOT_YET:
        return failed(
            f"The certificate of {there} is not valid yet",
            "See whether the clocks of this node and of the authority are right",
        )
    if code in _OTHER_NAME:
        return failed(
            f"The certificate of {there} is for another name: {error.verify_message}",
            "Order one for the name that browsers use, and see which Secret the Ingress has",
        )
    return failed(
        f"The certificate of {there} is not trusted: {error.verify_message}",
        "Send the whole chain up to a known authority, or name the site's own authority in "
        "ADMIN_TOOLS_CA_FILE",
    )
