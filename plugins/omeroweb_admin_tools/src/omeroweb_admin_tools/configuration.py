"""What a site sets for this plugin: whose logs, figures and objects are where."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Final, Literal, get_args

from omero_plugin_common import platform_fields
from omero_plugin_common.env_utils import (
    EnvironmentProblem,
    get_choice_env,
    get_env,
    get_float_env,
    get_secret_env,
    get_secret_lines_env,
)
from omero_plugin_common.errors import Unavailable
from omeroweb_admin_tools.addresses import Address, address, invalid
from omeroweb_admin_tools.planning.logs.model import Site

NAMESPACE: Final = "ADMIN_TOOLS_NAMESPACE"
INSTANCE: Final = "ADMIN_TOOLS_INSTANCE"
STACK: Final = "ADMIN_TOOLS_LOG_STACK"
URL: Final = "ADMIN_TOOLS_LOG_URL"
# The name is that of the Docker edition.
SECONDS: Final = "ADMIN_TOOLS_LOG_REQUEST_TIMEOUT_SECONDS"
PROMETHEUS: Final = "ADMIN_TOOLS_PROMETHEUS_URL"
GRAFANA: Final = "ADMIN_TOOLS_GRAFANA_URL"
GRAFANA_KEY: Final = "ADMIN_TOOLS_GRAFANA_KEY_FILE"
KUBERNETES: Final = "ADMIN_TOOLS_KUBERNETES_URL"
TOKEN: Final = "ADMIN_TOOLS_KUBERNETES_TOKEN_FILE"  # noqa: S105 - the name of a variable
AUTHORITIES: Final = "ADMIN_TOOLS_KUBERNETES_CA_FILE"

_FIELD: Final = "spec.web.plugins.adminTools"
platform_fields.declare(
    {
        NAMESPACE: _FIELD,
        INSTANCE: _FIELD,
        STACK: f"{_FIELD}.logs",
        URL: f"{_FIELD}.logs",
        PROMETHEUS: "spec.monitoring.prometheusUrl",
        GRAFANA: "spec.monitoring.grafanaUrl",
        GRAFANA_KEY: "spec.monitoring.grafanaServiceUrl",
        **dict.fromkeys((KUBERNETES, TOKEN, AUTHORITIES), f"{_FIELD}.kubernetes"),
    }
)
Stack = Literal["loki", "victorialogs"]
# For all questions of a request together.
_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class LogStore:
    """The log store of a site.

    Attributes:
        stack: its kind.
        url: its address, with a slash at the end.
        site: whose logs are asked for.
        seconds: for all questions of a request together.
    """

    stack: Stack
    url: str
    site: Site
    seconds: float


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Where the figures of a site are; attributes as those of `LogStore`."""

    url: str
    site: Site
    seconds: float = _SECONDS


@dataclass(frozen=True, slots=True)
class KubernetesApi:
    """The API server of the cluster; attributes as those of `LogStore`."""

    url: str
    site: Site
    seconds: float = _SECONDS

    @property
    def token(self) -> str:
        """Who asks; the kubelet renews the file.

        Raises:
            EnvironmentProblem: the file cannot be used.
        """
        return get_secret_env(TOKEN)

    @property
    def authorities(self) -> ssl.SSLContext:
        """Whose certificates are trusted.

        Raises:
            EnvironmentProblem: the file cannot be used.
        """
        try:
            return ssl.create_default_context(cafile=get_env(AUTHORITIES))
        except OSError as error:
            raise invalid(AUTHORITIES, f"names no certificates ({error.strerror})") from None


def log_store() -> LogStore:
    """The log store.

    Raises:
        Unavailable: the site has none, or what is set for it cannot be used.
    """
    try:
        return LogStore(
            log_stack(),
            _needed(log_address(), URL),
            site(),
            get_float_env(SECONDS, _SECONDS, low=0.1, high=50),
        )
    except EnvironmentProblem as problem:
        raise Unavailable(f"There is no log store to ask: {problem}", code="no_log_store") from None


def prometheus() -> Prometheus:
    """Where the figures are.

    Raises:
        Unavailable: the site has no Prometheus, or what is set for it cannot be used.
    """
    try:
        return Prometheus(_needed(address(PROMETHEUS), PROMETHEUS), site())
    except EnvironmentProblem as problem:
        raise Unavailable(
            f"There is no Prometheus to ask: {problem}", code="no_prometheus"
        ) from None


def kubernetes_api() -> KubernetesApi:
    """The API server.

    Raises:
        Unavailable: these pods may not ask it, or what is set for it cannot be used.
    """
    try:
        return KubernetesApi(_needed(address(KUBERNETES), KUBERNETES), site())
    except EnvironmentProblem as problem:
        raise Unavailable(
            f"There is no Kubernetes API to ask: {problem}", code="no_kubernetes"
        ) from None


def grafana() -> Address | None:
    """Grafana as browsers see it; nothing where the site has none.

    Raises:
        InvalidValue: it is no address.
    """
    return address(GRAFANA)


def grafana_key() -> str:
    """The key by which Grafana believes OMERO.web, as PEM.

    Raises:
        EnvironmentProblem: Grafana is not below the address of the site, or there is no such file.
    """
    return "\n".join(get_secret_lines_env(GRAFANA_KEY))


def site() -> Site:
    """Which site this is.

    Raises:
        EnvironmentProblem: the pod was not told.
    """
    return Site(get_env(NAMESPACE), get_env(INSTANCE))


def log_address() -> Address | None:
    """Where the log store is; nothing where the site has none.

    Raises:
        InvalidValue: it is no address.
    """
    return address(URL)


def log_stack() -> Stack:
    """Which log store it is.

    Raises:
        EnvironmentProblem: the site does not say, or says something else.
    """
    return get_choice_env(STACK, get_args(Stack))


def _needed(found: Address | None, variable: str) -> str:
    # `get_env` names the field of the site.
    return get_env(variable) if found is None else found.url
