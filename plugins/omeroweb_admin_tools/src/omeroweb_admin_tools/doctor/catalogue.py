"""All checks of a site, from what the pod was told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, TypeVar

# First: it imports what has to be imported before Glacier2.
from omeroweb_admin_tools.doctor import omero_server  # isort: skip
from omeroweb_admin_tools import configuration
from omeroweb_admin_tools.addresses import Address, Endpoint, address
from omeroweb_admin_tools.doctor import (
    databases,
    ingress,
    network,
    over_http,
    places,
    settings,
    volume,
    worker,
)
from omeroweb_admin_tools.doctor.cluster import kubernetes_api_can_be_read
from omeroweb_admin_tools.doctor.ingress import Ingress
from omeroweb_admin_tools.doctor.model import Check, Found, skipped
from omeroweb_admin_tools.doctor.settings import Account

# Beyond what a check allows its server: the check itself says more than that its time is over.
_SPARE: Final = 2.0
_LOGIN_SECONDS: Final = 30.0
# One step of a login: a directory of users (LDAP) may be asked.
_LOGIN_STEP_SECONDS: Final = 15.0
_WORKER_SECONDS: Final = 15.0
_DATABASE_SECONDS: Final = 20.0
_CHECKSUM_SECONDS: Final = 120.0
_UPLOAD_SECONDS: Final = 120.0
_VOLUME_SECONDS: Final = 20.0
_KUBERNETES_SECONDS: Final = 15.0
Where = TypeVar("Where")


def checks() -> list[Check]:
    """Every check there is; one for something that the site does not have says so.

    Raises:
        EnvironmentProblem: ADMIN_TOOLS_DIAGNOSTIC_TIMEOUT_SECONDS cannot be used. Other settings
            that cannot be used are failed checks.
    """
    seconds = settings.seconds()
    return [
        *_reached("omero", "OMERO.server", settings.omero_server, "OMERO_HOST", seconds),
        *_omero(seconds),
        *_databases(seconds),
        *_redis_and_worker(seconds),
        *_over_http(seconds),
        *_ingress(seconds),
        *_volumes(),
    ]


def chosen(known: list[Check], parts: list[str]) -> list[Check]:
    """Those whose names begin with one of these parts, at a dot.

    Args:
        known: all checks.
        parts: such as `redis` or `omero.login`; all checks where there is none.

    Raises:
        LookupError: no check has such a name.
    """
    for part in parts:
        if not any(_begins(each.name, part) for each in known):
            raise LookupError(part)
    return [each for each in known if not parts or any(_begins(each.name, p) for p in parts)]


def _begins(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")


def _reached(
    name: str,
    words: str,
    where: Callable[[], Endpoint | None],
    variable: str,
    seconds: float,
) -> Iterator[Check]:
    """Its name has an address, and its port answers."""
    by_name = _given(where, variable, lambda there: network.name_has_address(there.host))
    by_port = _given(where, variable, partial(_port_answers, seconds=seconds))
    spare = seconds + _SPARE
    yield Check(f"{name}.dns", f"The name of {words} has an address", spare, by_name)
    yield Check(f"{name}.tcp", f"The port of {words} accepts connections", spare, by_port)


def _port_answers(there: Endpoint, seconds: float) -> Found:
    return network.port_answers(there, seconds)


def _omero(seconds: float) -> Iterator[Check]:
    tls = _given(settings.omero_server, "OMERO_HOST", lambda there: network.any_tls(there, seconds))
    yield Check("omero.tls", "OMERO.server speaks TLS", 2 * seconds + _SPARE, tls)
    yield Check(
        "omero.login",
        "The job-service account can log in to OMERO.server",
        _LOGIN_SECONDS,
        omero_server.login_works,
    )
    yield Check(
        "omero.database",
        "OMERO.server gets answers from its database",
        _LOGIN_SECONDS,
        omero_server.database_answers,
    )
    yield Check(
        "omero.repository",
        "OMERO.server has the repository that its database knows",
        _LOGIN_SECONDS,
        omero_server.repository_is_the_databases,
    )
    yield Check(
        "omero.checksums",
        "A sample of imported files is as it was imported",
        _CHECKSUM_SECONDS,
        omero_server.sampled_files_are_unchanged,
    )


def _databases(seconds: float) -> Iterator[Check]:
    where, variable = settings.omero_database, settings.DATABASE_HOST
    yield from _reached("omero-database", "OMERO's database", where, variable, seconds)
    sql = _given(
        where,
        variable,
        lambda there: databases.omero_database_answers(there, settings.omero_database_account()),
    )
    yield Check("omero-database.sql", "OMERO's database has its tables", _DATABASE_SECONDS, sql)
    where, variable = settings.plugin_database, "OMP_DATA_HOST"
    yield from _reached("plugin-database", "the plugin database", where, variable, seconds)
    sql = _given(where, variable, lambda _: databases.plugin_database_accepts_changes())
    yield Check(
        "plugin-database.sql", "The plugin database accepts changes", _DATABASE_SECONDS, sql
    )


def _redis_and_worker(seconds: float) -> Iterator[Check]:
    where, variable = settings.redis, "REDIS_HOST"
    yield from _reached("redis", "Redis", where, variable, seconds)
    keys = _given(where, variable, lambda _: databases.redis_stores())
    yield Check("redis.keys", "Redis stores keys and has memory left", 4 * seconds + _SPARE, keys)
    trip = _given(where, variable, lambda _: worker.round_trip(_WORKER_SECONDS))
    proves = "A worker takes a message from the queue, and its answer comes back"
    # Connecting to Redis takes its own time, twice.
    yield Check("worker.round-trip", proves, _WORKER_SECONDS + 5 * _SPARE, trip)


def _over_http(seconds: float) -> Iterator[Check]:
    # Connecting, sending and reading have this time each.
    spare = 3 * seconds + _SPARE
    web = _given(settings.web, settings.WEB, partial(_login_page, seconds=seconds))
    yield Check("web.http", "OMERO.web answers inside the cluster", spare, web)
    logs = _given(
        configuration.log_address,
        configuration.URL,
        lambda t: over_http.log_store_is_ready(t, configuration.log_stack(), seconds),
    )
    yield Check("logs.http", "The store of logs can be asked", spare, logs)
    yield Check(
        "kubernetes.api",
        "The objects of the site can be read from the Kubernetes API",
        _KUBERNETES_SECONDS,
        _given(
            partial(address, configuration.KUBERNETES),
            configuration.KUBERNETES,
            lambda _: kubernetes_api_can_be_read(),
        ),
    )
    prometheus = _given(
        partial(address, configuration.PROMETHEUS),
        configuration.PROMETHEUS,
        lambda t: over_http.prometheus_has_targets(t, seconds),
    )
    yield Check("prometheus.http", "Prometheus answers and sees targets", spare, prometheus)


def _login_page(there: Address, seconds: float) -> Found:
    """Asked for by its public name, since OMERO.web may know no other."""
    site = settings.public()
    return over_http.page_answers(there, "webclient/login/", seconds, site.host if site else "")


def _ingress(seconds: float) -> Iterator[Check]:
    spare = 3 * seconds + _SPARE

    def through(look: Callable[[Ingress], Found], seconds: float = seconds) -> Callable[[], Found]:
        return _given(settings.public, settings.PUBLIC_URL, partial(_along, look, seconds))

    def logged_in(look: Callable[..., Found]) -> Callable[[], Found]:
        def check(way: Ingress) -> Found:
            account = settings.probe_account()
            if account is None:
                return skipped(
                    f"No account for checks is configured: {settings.PROBE_USER} and "
                    f"{settings.PROBE_PASSWORD}"
                )
            return ingress.answered(look)(way, account)

        return through(check, max(seconds, _LOGIN_STEP_SECONDS))

    def upload(way: Ingress, account: Account) -> Found:
        if not places.site_has("uploads"):
            return skipped("This site does not have the plugin Upload")
        return ingress.half_upload_arrives(way, account)

    yield Check(
        "ingress.dns",
        "The site's public name has an address",
        spare,
        _given(
            settings.public,
            settings.PUBLIC_URL,
            lambda site: network.name_has_address(site.endpoint.host),
        ),
    )
    yield Check(
        "ingress.tcp",
        "The site's public address accepts connections from inside",
        spare,
        through(ingress.port_answers),
    )
    yield Check(
        "ingress.tls",
        "Browsers trust the site's certificate, and it does not end soon",
        spare,
        through(ingress.certificate_is_trusted),
    )
    yield Check(
        "ingress.http",
        "The login page comes through the Ingress",
        spare,
        through(ingress.answered(ingress.login_page_answers)),
    )
    yield Check(
        "ingress.login",
        "An account can log in through the Ingress",
        3 * _LOGIN_STEP_SECONDS,
        logged_in(ingress.login_works),
    )
    yield Check(
        "ingress.half-upload",
        "An interrupted upload can be continued: proxies pass on what they have",
        _UPLOAD_SECONDS,
        logged_in(upload),
    )


def _along(look: Callable[[Ingress], Found], seconds: float, site: Address) -> Found:
    there = settings.ingress() or site.endpoint
    return look(Ingress(site, there, settings.authorities(), seconds))


def _volumes() -> Iterator[Check]:
    for purpose in settings.VOLUMES:
        yield Check(
            f"volume.{purpose}",
            f"The volume of {purpose} stores files and has space left",
            _VOLUME_SECONDS,
            partial(_volume, purpose),
        )


def _volume(purpose: str) -> Found:
    return volume.takes_files(settings.volumes()[purpose], purpose)


def _given(
    where: Callable[[], Where | None], variable: str, look: Callable[[Where], Found]
) -> Callable[[], Found]:
    """A check of something that a site may not have; its setting is read when it runs."""

    def check() -> Found:
        there = where()
        return skipped(f"{variable} is not set") if there is None else look(there)

    return check
