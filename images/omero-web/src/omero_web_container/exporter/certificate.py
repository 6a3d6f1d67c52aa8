"""Until when the certificate of OMERO.server is valid, as clients get it on its port with TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from prometheus_client.core import Metric

from omero_plugin_common import env_utils
from omero_web_container.exporter.source import Failed, Figure

EXPIRY: Final = Figure(
    "omero_certificate_expiry_timestamp_seconds",
    "When a certificate of the site expires, in seconds since 1970.",
    ("address",),
)
_SECONDS: Final = 10.0


def read() -> Sequence[Metric]:
    """Make a handshake and read the certificate, whoever signed it.

    Raises:
        Failed: nobody answers, or not with TLS and a certificate.
    """
    host = env_utils.get_env("OMERO_HOST")
    port = env_utils.get_int_env("OMERO_PORT", 4064, low=1, high=65535)
    return [EXPIRY.by({(f"{host}:{port}",): expiry(host, port)})]


def expiry(host: str, port: int) -> float:
    """When the certificate at an address expires, in seconds since 1970.

    Raises:
        Failed: as `read`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    # Also of a server that is older than what OpenSSL takes by default.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    try:
        with (
            socket.create_connection((host, port), _SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            raw = secure.getpeercert(binary_form=True)
    except OSError as error:
        raise Failed(f"{host}:{port}: no handshake: {error}") from error
    if not raw:
        raise Failed(f"{host}:{port} has no certificate")
    return x509.load_der_x509_certificate(raw).not_valid_after_utc.timestamp()
