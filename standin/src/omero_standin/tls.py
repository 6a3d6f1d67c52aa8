"""The server's own certificate.

Self-signed, made at the first start, as `omero-certificates` does in the real image.
"""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

_DAYS: Final = 365
# Like omero-certificates: the file's own protection is its mode, the password is only what the
# format asks for.
PASSWORD: Final = "secret"


def server_certificate(folder: Path) -> Path:
    """Certificate and key as `server.p12` in a folder; one that is still valid tomorrow is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "server.p12"
    if not (path.is_file() and _valid_tomorrow(path)):
        _make(path)
    return path


def _valid_tomorrow(path: Path) -> bool:
    try:
        loaded = pkcs12.load_pkcs12(path.read_bytes(), PASSWORD.encode())
    except ValueError:
        return False
    until = loaded.cert.certificate.not_valid_after_utc if loaded.cert else _now()
    return until > _now() + datetime.timedelta(days=1)


def _make(path: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "localhost"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "OMERO stand-in"),
        ]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - datetime.timedelta(hours=1))
        .not_valid_after(_now() + datetime.timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(private, hashes.SHA256())
    )
    protection = serialization.BestAvailableEncryption(PASSWORD.encode())
    content = pkcs12.serialize_key_and_certificates(b"server", private, made, None, protection)
    # Written beside and renamed: another start never reads half a file.
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.touch(mode=0o600)
    beside.write_bytes(content)
    beside.replace(path)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
