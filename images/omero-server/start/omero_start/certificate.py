"""The certificate of Glacier2: the site's own from a Secret, or one that the server makes.

Glacier2 reads a PKCS#12 file. Its password is random, new at each start, and in no argument.
"""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from omero_start import programs
from omero_start.failure import CannotStart
from omero_start.settings import Settings

# A certificate that nobody vouches for gets no better by being replaced often; it is renewed at
# the first start in the year before its end, with the same key.
_DAYS = 3650
_RENEW_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True)
class Certificate:
    """What Glacier2 is told.

    Attributes:
        folder: Where its files are.
        password: Of the PKCS#12 file.
        expires: When it ends, as openssl writes it.
    """

    folder: Path
    password: str
    expires: str


def prepare(settings: Settings, private: Path) -> Certificate:
    """The files for Glacier2 in `var/certs`.

    Raises:
        CannotStart: When the Secret's certificate and key cannot be used.
    """
    if settings.tls_folder:
        chain, key = settings.tls_folder / "tls.crt", settings.tls_folder / "tls.key"
        for file in (chain, key):
            if not file.is_file():
                raise CannotStart(f"{file} is missing: the TLS Secret needs tls.crt and tls.key")
    else:
        chain, key = _own(settings)
    folder = settings.var / "certs"
    folder.mkdir(parents=True, exist_ok=True)
    password = secrets.token_urlsafe(24)
    password_file = private / "pkcs12-password"
    programs.write_private(password_file, password)
    target = folder / "server.p12"
    programs.run(
        [
            *("openssl", "pkcs12", "-export", "-name", "server", "-in", str(chain)),
            *("-inkey", str(key), "-passout", f"file:{password_file}", "-out", str(target)),
            *("-keypbe", "aes-256-cbc", "-certpbe", "aes-256-cbc", "-macalg", "SHA256"),
        ],
        f"the certificate {chain} and its key cannot be used",
    )
    target.chmod(0o600)
    password_file.unlink()
    authority = settings.tls_folder / "ca.crt" if settings.tls_folder else chain
    shutil.copyfile(authority if authority.is_file() else chain, folder / "server.pem")
    return Certificate(folder, password, _end(chain))


def _own(settings: Settings) -> tuple[Path, Path]:
    """A certificate of the server's own, on the volume, where OMERO's plugin has it as well."""
    # One that may not write there makes one for each start.
    folder = settings.var / "own-certs" if settings.read_only else settings.data / "certs"
    folder.mkdir(exist_ok=True, parents=True)
    key, chain = folder / "server.key", folder / "server.pem"
    if not key.is_file() or not key.stat().st_size:
        fresh = key.with_suffix(".new")
        programs.run(["openssl", "genrsa", "-out", str(fresh), "2048"], "a key could not be made")
        fresh.chmod(0o600)
        fresh.rename(key)
    if not _lasts(chain, settings.tls_names):
        names = ",".join(f"DNS:{name}" for name in settings.tls_names)
        fresh = chain.with_suffix(".new")
        programs.run(
            [
                *("openssl", "req", "-new", "-x509", "-key", str(key), "-out", str(fresh)),
                *("-days", str(_DAYS), "-addext", f"subjectAltName={names}"),
                *("-subj", f"/O=OMERO.server/CN={settings.tls_names[0][:64]}"),
            ],
            "a certificate could not be made",
        )
        fresh.rename(chain)
    return chain, key


def _lasts(chain: Path, names: tuple[str, ...]) -> bool:
    """Whether a certificate of the server's own can stay: long enough valid, for the same names."""
    if not chain.is_file():
        return False
    try:
        said = programs.run(
            [
                *("openssl", "x509", "-in", str(chain), "-noout", "-ext", "subjectAltName"),
                *("-checkend", str(_RENEW_SECONDS)),
            ],
            "",
        )
    except CannotStart:
        return False
    return all(f"DNS:{name}" in said.replace(",", " ").split() for name in names)


def _end(chain: Path) -> str:
    said = programs.run(["openssl", "x509", "-in", str(chain), "-noout", "-enddate"], str(chain))
    return said.strip().removeprefix("notAfter=")
