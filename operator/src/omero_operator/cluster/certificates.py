"""The certificates that users bring, as far as clients will look at them."""

import base64
from collections.abc import Mapping

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest
from omero_operator.state.observed import Certificate


def of_ingress(ctx: Context, secrets: Mapping[str, Manifest]) -> Certificate | None:
    """The certificate that the user brings for the Ingress; None where there is none.

    Args:
        ctx: Build context.
        secrets: Secrets that the user brings, by name.
    """
    ingress = ctx.spec.web.ingress
    return _of_secret(ingress.tls.secret_name if ingress and ingress.tls else None, secrets)


def of_server(ctx: Context, secrets: Mapping[str, Manifest]) -> Certificate | None:
    """The certificate that the user brings for OMERO.server; None where there is none.

    Args:
        ctx: Build context.
        secrets: Secrets that the user brings, by name.
    """
    tls = ctx.spec.server.tls
    return _of_secret(tls.secret_name if tls else None, secrets)


def _of_secret(name: str | None, secrets: Mapping[str, Manifest]) -> Certificate | None:
    data = secrets.get(name or "", {}).get("data", {})
    if not data.get("tls.crt") or not data.get("tls.key"):
        return None
    return read(base64.b64decode(data["tls.crt"]), base64.b64decode(data["tls.key"]))


def read(chain: bytes, key: bytes) -> Certificate:
    """Read a certificate and compare it with its key.

    Args:
        chain: PEM; the first certificate is the server's own.
        key: PEM, without a password.

    Returns:
        What it says, or why it cannot be used. Nothing of the key is in it.
    """
    try:
        leaf = x509.load_pem_x509_certificates(chain)[0]
        names = _names(leaf)
    except ValueError:
        return Certificate(error="tls.crt is not a certificate in PEM form")
    try:
        private = load_pem_private_key(key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return Certificate(error="tls.key is not a private key in PEM form, or has a password")
    if private.public_key() != leaf.public_key():
        return Certificate(error="tls.key does not match tls.crt")
    return Certificate(leaf.not_valid_before_utc, leaf.not_valid_after_utc, names)


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    """The host names that it is for. Browsers look at no other place (RFC 6125, RFC 9525)."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(names.get_values_for_type(x509.DNSName))
