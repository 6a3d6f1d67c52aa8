"""Rules over several fields that CEL cannot state, or not in words a person can act on.

Each rule is a function from a specification to errors; the tuple `RULES` is the whole list.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from omero_operator.api import cron, time_zones
from omero_operator.api.quantity import amount
from omero_operator.api.v1alpha1 import ldap
from omero_operator.api.v1alpha1.fields import Storage
from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec

LAST_PORT = 65535
# Where OMERO.server's volume is mounted: `omero.data.dir`.
DATA_DIR = "/OMERO"
_MANAGED = "omero.managed.dir"
NODE_DESCRIPTORS = "omero.server.nodedescriptors"
ICE_TRANSPORTS = "omero.client.icetransports"


@dataclass(frozen=True)
class FieldError:
    """A field that cannot be carried out as written.

    Attributes:
        path: Where in the resource, e.g. `spec.timeZone`.
        message: What is wrong and what to write instead.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def _time_zone_exists(spec: PlatformSpec) -> Iterator[FieldError]:
    try:
        time_zones.canonical(spec.time_zone)
    except ValueError as error:
        yield FieldError("spec.timeZone", str(error))


def _schedules_start(spec: PlatformSpec) -> Iterator[FieldError]:
    """Each schedule is one that the CronJob controller reads, and starts a job at some time."""
    reindex = spec.maintenance.reindex
    for name, schedule, first_week_only in (
        ("backup", spec.backup.schedule, False),
        ("maintenance.vacuum", spec.maintenance.vacuum.schedule, False),
        ("maintenance.reindex", reindex.schedule, reindex.first_week_only),
    ):
        path = f"spec.{name}.schedule"
        try:
            starts = cron.longest_gap(schedule, first_week_only=first_week_only)
            ever = cron.longest_gap(schedule)
        except ValueError as error:
            yield FieldError(path, str(error))
            continue
        if ever is None:
            yield FieldError(
                path, f"'{schedule}' never starts a job: none of its months has such a day"
            )
        elif starts is None:
            yield FieldError(
                path,
                f"'{schedule}' never starts a job on days 1 to 7 of a month; set firstWeekOnly: "
                "false, or choose one of these days",
            )


def _secret_property_once(spec: PlatformSpec) -> Iterator[FieldError]:
    for path, plain, references in (
        ("spec.server", spec.server.config, spec.server.config_secret_refs),
        ("spec.web", spec.web.config, spec.web.config_secret_refs),
    ):
        for reference in references:
            if reference.property in plain:
                yield FieldError(
                    f"{path}.configSecretRefs",
                    f"'{reference.property}' is also in {path}.config; remove one of them",
                )


def _ports_exist(spec: PlatformSpec) -> Iterator[FieldError]:
    ports = {f"spec.ai.providers[{each.name}].baseUrl": each.port for each in spec.ai.providers}
    if found := re.match(r"https?://[^/:]+:(\d+)", spec.web.public_url or ""):
        ports["spec.web.publicUrl"] = int(found[1])
    for path, port in ports.items():
        if port > LAST_PORT:
            yield FieldError(path, f"port {port} does not exist; the highest port is {LAST_PORT}")


def managed_folder(spec: PlatformSpec) -> str:
    """Where OMERO.server keeps imported images: `omero.managed.dir`, or OMERO's default."""
    given = spec.server.config.get(_MANAGED, "${omero.data.dir}/ManagedRepository")
    return given.replace("${omero.data.dir}", DATA_DIR)


def _managed_repository_on_the_volume(spec: PlatformSpec) -> Iterator[FieldError]:
    """OMERO makes a folder of any name; beside the volume, images are gone with their pod."""
    name = _MANAGED
    if any(reference.property == name for reference in spec.server.config_secret_refs):
        yield FieldError(
            "spec.server.configSecretRefs",
            f"'{name}' is not a secret, and the operator must know its folder; put it into "
            "spec.server.config",
        )
    path = PurePosixPath(managed_folder(spec))
    if ".." in path.parts or PurePosixPath(DATA_DIR) not in path.parents:
        yield FieldError(
            f"spec.server.config[{name}]",
            f"'{spec.server.config[name]}' is not a folder below {DATA_DIR}, where the volume is "
            f"mounted, so images would be lost; write {DATA_DIR}/… or ${{omero.data.dir}}/…",
        )


def _ldap_can_log_in(spec: PlatformSpec) -> Iterator[FieldError]:
    server = spec.server
    secret = {reference.property for reference in server.config_secret_refs}
    for name, words in ldap.complaints(server.config, secret):
        yield FieldError(f"spec.server.config[{name}]", words)


def _processors_once(spec: PlatformSpec) -> Iterator[FieldError]:
    if spec.server.script_processors > 1 and NODE_DESCRIPTORS in spec.server.config:
        yield FieldError(
            "spec.server.scriptProcessors",
            f"the processors are also listed in spec.server.config[{NODE_DESCRIPTORS}]; remove one "
            "of them",
        )


def _websockets_have_their_transport(spec: PlatformSpec) -> Iterator[FieldError]:
    given = spec.server.config.get(ICE_TRANSPORTS, "ws")
    if spec.server.websockets and "ws" not in given.split(","):
        yield FieldError(
            f"spec.server.config[{ICE_TRANSPORTS}]",
            f"'{given}' lacks the transport ws, which spec.server.websockets needs; add it, or "
            "remove the property",
        )


def _existing_claims_differ(spec: PlatformSpec) -> Iterator[FieldError]:
    blocks: list[tuple[str, Storage]] = [("server", spec.server.storage)]
    if spec.database.mode == "managed":
        blocks.append(("database", spec.database.storage))
    if spec.plugin_database.mode == "managed":
        blocks.append(("pluginDatabase", spec.plugin_database.storage))
    if spec.web.plugins.upload.enabled and not spec.web.uploads.in_place:
        blocks.append(("web.uploads", spec.web.uploads.storage))
    if spec.web.plugins.imaris.enabled:
        blocks.append(("imaris", spec.imaris.storage))
    users: dict[str, str] = {}
    for block, storage in blocks:
        if not storage.existing_claim:
            continue
        first = users.setdefault(storage.existing_claim, block)
        if first != block:
            yield FieldError(
                f"spec.{block}.storage.existingClaim",
                f"'{storage.existing_claim}' is also the claim of spec.{first}; their data must be "
                "separate, give each its own claim",
            )


def _backups_are_elsewhere(spec: PlatformSpec) -> Iterator[FieldError]:
    """A store among the images would be in each of its own backups, and lost with them."""
    kept = {
        "server": spec.server.storage,
        "database": spec.database.storage,
        "pluginDatabase": spec.plugin_database.storage,
        "web.uploads": spec.web.uploads.storage,
        "imaris": spec.imaris.storage,
    }
    for block, storage in kept.items():
        if spec.backup.claim and storage.existing_claim == spec.backup.claim:
            yield FieldError(
                "spec.backup.claim",
                f"'{spec.backup.claim}' is also the claim of spec.{block}, so backups would be "
                "lost with what they are of; give them a claim of their own",
            )


def _networks_exist(spec: PlatformSpec) -> Iterator[FieldError]:
    listed = {"spec.web.front.trustedProxies": spec.web.front.trusted_proxies}
    for number, egress in enumerate(spec.network_policy.egress):
        listed[f"spec.networkPolicy.egress[{number}].cidrs"] = egress.cidrs
    for path, networks in listed.items():
        for network in networks:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                yield FieldError(
                    path,
                    f"{error}; write a network such as 192.0.2.0/24, or one address as "
                    "192.0.2.17/32",
                )


_THOUSANDTH = ". The letter m means a thousandth of a byte"


def _sizes_are_possible(spec: PlatformSpec) -> Iterator[FieldError]:
    uploads, imaris = spec.web.uploads, spec.imaris
    for field, size, low, high, example in (
        ("web.front.maxRequestSize", spec.web.front.max_request_size, "1Mi", "1Ti", "256Mi"),
        ("web.uploads.maxBytes", uploads.max_bytes, "1Mi", "1Pi", "1Ti"),
        ("web.uploads.javaHeap", uploads.java_heap, "64Mi", "64Gi", "512Mi"),
        ("imaris.memory", imaris.memory, "64Mi", "64Gi", "512Mi"),
        ("imaris.maxBytes", imaris.max_bytes, "1Mi", "1Pi", "500Gi"),
        ("imaris.maxImageBytes", imaris.max_image_bytes, "1Mi", "1Pi", "1Ti"),
        # Redis takes 0, and what is less than a byte, for no limit.
        ("redis.maxMemory", spec.redis.max_memory, "1Mi", "1Ti", "512Mi"),
        ("server.storage.size", spec.server.storage.size, "1Mi", "1000Pi", "500Gi"),
        ("database.storage.size", spec.database.storage.size, "1Mi", "1Pi", "20Gi"),
        ("pluginDatabase.storage.size", spec.plugin_database.storage.size, "1Mi", "1Pi", "10Gi"),
        ("web.uploads.storage.size", uploads.storage.size, "1Mi", "1000Pi", "100Gi"),
        ("imaris.storage.size", imaris.storage.size, "1Mi", "1000Pi", "100Gi"),
    ):
        if size is not None and not amount(low) <= amount(size) <= amount(high):
            yield FieldError(
                f"spec.{field}",
                f"'{size}' is not between {low} and {high}; for example {example}"
                f"{_THOUSANDTH if size.endswith('m') else ''}",
            )


def _snapshots_have_volumes(spec: PlatformSpec) -> Iterator[FieldError]:
    """A group has volumes of databases, and a volume is made from a snapshot or exists."""
    databases = (spec.database, spec.plugin_database)
    if spec.backup.in_groups and all(database.elsewhere for database in databases):
        yield FieldError(
            "spec.backup.files.method",
            "a groupSnapshot needs a database that the operator runs, and both are elsewhere; use "
            "snapshot",
        )
    place = spec.bootstrap.restore_from
    if place and place.volume_snapshot_name and spec.server.storage.existing_claim:
        yield FieldError(
            "spec.bootstrap.restoreFrom.volumeSnapshotName",
            "no volume is made from it while spec.server.storage.existingClaim names one that "
            "exists; remove one of them",
        )


RULES: tuple[Callable[[PlatformSpec], Iterator[FieldError]], ...] = (
    _time_zone_exists,
    _schedules_start,
    _secret_property_once,
    _managed_repository_on_the_volume,
    _processors_once,
    _websockets_have_their_transport,
    _ldap_can_log_in,
    _existing_claims_differ,
    _backups_are_elsewhere,
    _ports_exist,
    _networks_exist,
    _sizes_are_possible,
    _snapshots_have_volumes,
)


def check(spec: PlatformSpec) -> list[FieldError]:
    """Apply every rule.

    Args:
        spec: A specification that already fits the schema.

    Returns:
        All errors, in the order of the rules; empty when the specification is valid.
    """
    return [error for rule in RULES for error in rule(spec)]
