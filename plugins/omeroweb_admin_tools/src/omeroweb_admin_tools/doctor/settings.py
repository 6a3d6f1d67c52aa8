"""The servers that checks ask, and no others.

Names are those of the Docker edition, where it has them. What is not set is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from omero_plugin_common import platform_fields
from omero_plugin_common.env_utils import (
    get_env,
    get_float_env,
    get_int_env,
    get_optional_env,
    get_secret_env,
)
from omero_plugin_common.redis_sentinel import Sentinels
from omeroweb_admin_tools.addresses import HOST, Address, Endpoint, address, invalid, port

_PREFIX: Final = "ADMIN_TOOLS_"
WEB: Final = f"{_PREFIX}OMERO_WEB_URL"
DATABASE_HOST: Final = f"{_PREFIX}OMERO_DB_HOST"
DATABASE_PORT: Final = f"{_PREFIX}OMERO_DB_PORT"
DATABASE_NAME: Final = f"{_PREFIX}OMERO_DB_NAME"
DATABASE_USER: Final = f"{_PREFIX}OMERO_DB_USER"
DATABASE_PASSWORD: Final = f"{_PREFIX}OMERO_DB_PASSWORD_FILE"
INGRESS: Final = f"{_PREFIX}INGRESS_ADDRESS"
AUTHORITIES: Final = f"{_PREFIX}CA_FILE"
PROBE_USER: Final = f"{_PREFIX}PROBE_USER"
PROBE_PASSWORD: Final = f"{_PREFIX}PROBE_PASSWORD_FILE"
SECONDS: Final = f"{_PREFIX}DIAGNOSTIC_TIMEOUT_SECONDS"
PUBLIC_URL: Final = "PUBLIC_URL"
# The volumes that a pod may have, by what they are for.
VOLUMES: Final = {"uploads": "OMERO_WEB_UPLOAD_DIR", "exports": "OMERO_IMS_EXPORT_DIR"}

_FIELD: Final = "spec.web.plugins.adminTools"
platform_fields.declare(
    dict.fromkeys(
        (
            *(WEB, INGRESS, AUTHORITIES, SECONDS),
            *(DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_USER, DATABASE_PASSWORD),
            *(PROBE_USER, PROBE_PASSWORD),
        ),
        _FIELD,
    )
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account that may log in; its password is not shown when the object is printed."""

    name: str
    password_variable: str

    @property
    def password(self) -> str:
        """The password.

        Raises:
            EnvironmentProblem: its file cannot be used.
        """
        return get_secret_env(self.password_variable)


def seconds() -> float:
    """For one answer of a server on the same network."""
    return get_float_env(SECONDS, 3.5, low=0.1, high=60)


def omero_server() -> Endpoint | None:
    """OMERO.server."""
    return _endpoint("OMERO_HOST", "OMERO_PORT", 4064)


def plugin_database() -> Endpoint | None:
    """The plugin database."""
    return _endpoint("OMP_DATA_HOST", "OMP_DATA_PORT", 5433)


def redis() -> Endpoint | None:
    """Redis; where Sentinels say where it is, the first of them."""
    if found := Sentinels.from_environment():
        return Endpoint(*found.addresses[0])
    return _endpoint("REDIS_HOST", "REDIS_PORT", 6379)


def omero_database() -> Endpoint | None:
    """OMERO's own database, where this pod may ask it."""
    return _endpoint(DATABASE_HOST, DATABASE_PORT, 5432)


def omero_database_account() -> Account | None:
    """Who reads in OMERO's own database; None where this pod has no such account."""
    return _account(DATABASE_USER, DATABASE_PASSWORD)


def omero_database_name() -> str:
    """The name of OMERO's own database."""
    return get_env(DATABASE_NAME, "omero")


def web() -> Address | None:
    """OMERO.web inside the cluster, such as its Service."""
    return address(WEB)


def public() -> Address | None:
    """The site as browsers see it; None where its host is not known."""
    return address(PUBLIC_URL) if "://" in (get_optional_env(PUBLIC_URL) or "") else None


def ingress() -> Endpoint | None:
    """Where the site's Ingress is asked instead of its public name, such as its Service."""
    text = get_optional_env(INGRESS)
    if text is None:
        return None
    host, _, number = text.rpartition(":")
    if not HOST.fullmatch(host) or not number.isascii() or not number.isdigit():
        raise invalid(INGRESS, "is not a host and a port, such as traefik.kube-system:443")
    return Endpoint(host, port(INGRESS, int(number)))


def authorities() -> Path | None:
    """Certificates of authorities that the site's certificate may have besides the usual ones."""
    text = get_optional_env(AUTHORITIES)
    return Path(text) if text else None


def probe_account() -> Account | None:
    """Who logs in and sends half a file; an account without any privilege."""
    return _account(PROBE_USER, PROBE_PASSWORD)


def job_service_account() -> str | None:
    """The account that logs in to OMERO.server; None in pods that do not have it."""
    named = get_optional_env("JOB_SERVICE_USER")
    return named if named and get_optional_env("JOB_SERVICE_PASSWORD_FILE") else None


def volumes() -> dict[str, Path | None]:
    """The folders of the volumes that this pod has; None for one that it does not have."""
    found = {purpose: get_optional_env(variable) for purpose, variable in VOLUMES.items()}
    return {purpose: Path(text) if text else None for purpose, text in found.items()}


def _endpoint(host: str, port: str, usual: int) -> Endpoint | None:
    named = get_optional_env(host)
    return Endpoint(named, get_int_env(port, usual, low=1, high=65535)) if named else None


def _account(user: str, password: str) -> Account | None:
    name = get_optional_env(user)
    return Account(name, password) if name and get_optional_env(password) else None
