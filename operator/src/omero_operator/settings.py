"""Settings of the process: read once from the environment, then frozen."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omero_operator import __version__
from omero_operator.desired.context import Images
from omero_operator.operations import catalogue
from omero_operator.operations.catalogue import Catalogue

# variable: (default, what it is). None: no default, must be given. `make image-digests` renews the
# digests of images; a contract test compares them with the chart's.
VARIABLES: dict[str, tuple[str | None, str]] = {
    "OPERATOR_NAMESPACE": (None, "namespace of the operator itself and its Lease"),
    "POD_NAME": ("", "name of this replica; if empty, the host name"),
    "WATCH_NAMESPACES": ("", "namespaces to watch, comma separated; if empty, all"),
    "LEASE_NAME": ("omero-operator", "Lease that makes one of several replicas the active one"),
    "IMAGE_SERVER": ("openmicroscopy/omero-server:5.6.16", "image of OMERO.server"),
    "IMAGE_WEB": ("ghcr.io/omero-platform/omero-web:0.1.0", "image of OMERO.web and workers"),
    "IMAGE_MAINTENANCE": (
        "ghcr.io/omero-platform/postgres-maintenance:0.1.0",
        "image of database maintenance",
    ),
    "IMAGE_POSTGRES": (
        "postgres:16.15-trixie@sha256:a3b7f434b2dc57ce85a67e171163eb8ab1a1ebcb39d27484661f26b1dfbe30d6",
        "image of both databases",
    ),
    "IMAGE_REDIS": (
        "redis:8.4.7-alpine3.22@sha256:1040cf74af3c0684b2d1b436577e85bda646b3508039d4fb967f9f294a597367",
        "image of Redis",
    ),
    "IMAGE_POSTGRES_EXPORTER": (
        "quay.io/prometheuscommunity/postgres-exporter:v0.18.1",
        "image of the exporter beside both databases",
    ),
    "IMAGE_REDIS_EXPORTER": (
        "oliver006/redis_exporter:v1.74.0",
        "image of the exporter beside Redis",
    ),
    "IMAGE_PULL_POLICY": ("IfNotPresent", "when nodes fetch images"),
    "IMAGE_PULL_SECRETS": ("", "Secrets with registry credentials, comma separated"),
    "IMAGE_VOLUMES": (
        "false",
        "true: nodes mount plugin images as volumes; false: init containers copy the plugins",
    ),
    "RELEASE": (__version__, "name of the release that these images are, for spec.version"),
    "RELEASES_FILE": ("", "file with the releases before it; if empty, none"),
    "HEALTH_HOST": ("::", "address of the two ports below; :: is every IPv4 and IPv6 address"),
    "HEALTH_PORT": ("8080", "port of the liveness probe, path /healthz"),
    "METRICS_PORT": ("8081", "port of the Prometheus metrics, path /metrics; 0: no metrics"),
    "FULL_PASS_SECONDS": ("120", "seconds between two full passes of a settled platform"),
    "LOG_LEVEL": ("INFO", "DEBUG, INFO, WARNING or ERROR"),
    "LOG_FORMAT": ("text", "text or json"),
}


class SettingsError(ValueError):
    """A variable is missing or has an invalid value."""


@dataclass(frozen=True)
class Settings:
    """See `VARIABLES` for the meaning of each."""

    namespace: str
    identity: str
    watch_namespaces: tuple[str, ...]
    lease_name: str
    images: Images
    catalogue: Catalogue
    health_host: str
    health_port: int
    metrics_port: int
    full_pass: float
    log_level: str
    log_format: str


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings.

    Args:
        environment: Variables, by default those of the process.

    Raises:
        SettingsError: Names the variable, its value and what it should be.
    """
    raw = {name: environment.get(name) or default for name, (default, _) in VARIABLES.items()}
    missing = [name for name, value in raw.items() if value is None]
    if missing:
        raise SettingsError(f"{missing[0]} is not set: {VARIABLES[missing[0]][1]}")
    value = {name: str(text) for name, text in raw.items()}
    return Settings(
        namespace=value["OPERATOR_NAMESPACE"],
        identity=value["POD_NAME"] or os.uname().nodename,
        watch_namespaces=watched(value),
        lease_name=value["LEASE_NAME"],
        images=images(environment),
        catalogue=releases(environment),
        health_host=value["HEALTH_HOST"],
        health_port=int(_number(value, "HEALTH_PORT", 1, 65535)),
        metrics_port=int(_number(value, "METRICS_PORT", 0, 65535)),
        full_pass=_number(value, "FULL_PASS_SECONDS", 1, 3600),
        log_level=_one_of(value, "LOG_LEVEL", "DEBUG", "INFO", "WARNING", "ERROR"),
        log_format=_one_of(value, "LOG_FORMAT", "text", "json"),
    )


def images(environment: Mapping[str, str]) -> Images:
    """The images of this installation.

    Raises:
        SettingsError: As `read`.
    """
    value = {
        name: environment.get(name) or str(default)
        for name, (default, _) in VARIABLES.items()
        if name.startswith("IMAGE_")
    }
    references: dict[str, Any] = {name: value[f"IMAGE_{name.upper()}"] for name in Images.users()}
    return Images(
        **references,
        pull_policy=_one_of(value, "IMAGE_PULL_POLICY", "Always", "IfNotPresent", "Never"),
        pull_secrets=_list(value["IMAGE_PULL_SECRETS"]),
        volumes=_one_of(value, "IMAGE_VOLUMES", "true", "false") == "true",
    )


def releases(environment: Mapping[str, str]) -> Catalogue:
    """The releases of this installation.

    Raises:
        SettingsError: As `read`.
    """
    version = environment.get("RELEASE") or __version__
    file = environment.get("RELEASES_FILE", "")
    try:
        return catalogue.read(file, version, images(environment).references)
    except catalogue.CatalogueError as error:
        raise SettingsError(f"RELEASES_FILE: {error}") from error


def watched(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The namespaces of WATCH_NAMESPACES; empty means all of them."""
    return _list(environment.get("WATCH_NAMESPACES", ""))


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _one_of(value: Mapping[str, str], name: str, *choices: str) -> str:
    if value[name] not in choices:
        raise SettingsError(f"{name} is '{value[name]}', but must be one of {', '.join(choices)}")
    return value[name]


def _number(value: Mapping[str, str], name: str, low: float, high: float) -> float:
    try:
        number = float(value[name])
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise SettingsError(f"{name} is '{value[name]}', but must be from {low:g} to {high:g}")
    return number


def describe() -> Sequence[str]:
    """One line per variable, for `--help`."""
    width = max(map(len, VARIABLES))
    return [
        f"  {name:<{width}}  {text} ({'required' if default is None else default or 'empty'})"
        for name, (default, text) in VARIABLES.items()
    ]
