"""The pods of backups and restores: what `omero-backup` needs to know, and the volumes."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from omero_operator.api.v1alpha1.backup import Backup, RestoreFrom
from omero_operator.api.v1alpha1.rules import DATA_DIR, managed_folder
from omero_operator.desired import connections, parts
from omero_operator.desired.component import Component, Opening, Profile, SecretReference, Size
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest

_STORE, _WORK = "/backup", "/scratch"

Place = Backup | RestoreFrom

SIZES: Mapping[Size, Profile] = {
    "small": Profile("100m", "256Mi", "1Gi"),
    "medium": Profile("500m", "512Mi", "4Gi"),
    "large": Profile("1", "2Gi", "16Gi"),
}


def store(ctx: Context, place: Place, site: str = "") -> str:
    """Where the backups of a site are, as restic writes it."""
    site = site or f"{ctx.namespace}/{ctx.name}"
    if place.s3 is None:
        return f"{_STORE}/{site}"
    words = (f"s3:{place.s3.address}", place.s3.bucket, place.s3.prefix, site)
    return "/".join(filter(None, words))


def template(  # noqa: PLR0913 - what a run differs in
    ctx: Context,
    component: Component,
    place: Place,
    args: Sequence[str],
    *,
    env: Sequence[Manifest],
    site: str = "",
    secrets: Sequence[tuple[Manifest, Manifest]] = (),
    reads_only: bool = False,
    affinity: Manifest | None = None,
) -> Manifest:
    """The pod of a run.

    Args:
        ctx: Build context.
        component: Backup or restore.
        place: Where the backups are.
        args: Arguments of `omero-backup`.
        env: Variables beside those of all runs.
        site: Whose backups, as `NAMESPACE/NAME`; those of this site if empty.
        secrets: Volumes and mounts with Secrets.
        reads_only: Whether it only reads the repository.
        affinity: Beside which other pods it has to be.
    """
    claim = ctx.spec.server.storage.existing_claim or ctx.names.server
    volumes: list[Manifest] = [
        {"name": "data", "persistentVolumeClaim": {"claimName": claim}},
        parts.empty_dir("work"),
        parts.empty_dir("tmp"),
    ]
    mounts: list[Manifest] = [
        parts.mount("data", DATA_DIR) | ({"readOnly": True} if reads_only else {}),
        parts.mount("work", _WORK),
        parts.mount("tmp", parts.TMP),
    ]
    variables = [
        *parts.env(
            BACKUP_SITE=f"{ctx.namespace}/{ctx.name}",
            BACKUP_STORE=store(ctx, place, site),
            BACKUP_WORK_DIR=f"{_WORK}/backup",
            OMERO_DATA_DIR=DATA_DIR,
            OMERO_MANAGED_DIR=managed_folder(ctx.spec),
            # A lock that a killed run left is stale after half an hour.
            READY_SECONDS="2400",
            TZ=ctx.spec.time_zone,
            HOME=parts.TMP,
        ),
        *env,
    ]
    for more, volume, mount in _databases(ctx):
        variables += more
        volumes.append(volume)
        mounts.append(mount)
    given, places = _place(place)
    variables += given
    for volume, mount in (*places, *secrets):
        volumes.append(volume)
        mounts.append(mount)
    program = parts.container(
        ctx,
        component.name,
        ctx.images.maintenance,
        command=["omero-backup"],
        args=list(args),
        env=variables,
        resources=component.resources(ctx.spec),
        volumeMounts=mounts,
        terminationMessagePolicy="FallbackToLogsOnError",
    )
    return parts.pod_template(
        ctx,
        component,
        # It reads what OMERO.server wrote, and restores it for it.
        runs_as="server",
        containers=[program],
        volumes=volumes,
        affinity=affinity or [],
        restartPolicy="Never",
    )


def _databases(ctx: Context) -> Iterator[tuple[list[Manifest], Manifest, Manifest]]:
    yield connections.client("OMERO_DB", "omero-db", connections.omero_database(ctx))
    yield connections.client("PLUGIN_DB", "plugin-db", connections.plugin_database(ctx))


def _place(place: Place) -> tuple[list[Manifest], list[tuple[Manifest, Manifest]]]:
    """Variables, and volumes with their mounts, of where the backups are."""
    env: list[Manifest] = []
    mounted: list[tuple[Manifest, Manifest]] = []
    if place.claim:
        claim = {"name": "store", "persistentVolumeClaim": {"claimName": place.claim}}
        mounted.append((claim, parts.mount("store", _STORE)))
    if place.s3:
        keys = place.s3.credentials_secret_ref
        env.append(parts.secret_env("AWS_ACCESS_KEY_ID", keys.name, keys.access_key_id_key))
        env.append(parts.secret_env("AWS_SECRET_ACCESS_KEY", keys.name, keys.secret_access_key_key))
        if place.s3.region:
            env += parts.env(AWS_DEFAULT_REGION=place.s3.region)
        if authority := place.s3.ca_secret_ref:
            volume, mount, path = parts.secret_file("s3-ca", authority.name, authority.key)
            env += parts.env(BACKUP_S3_CA_FILE=path)
            mounted.append((volume, mount))
    if passphrase := place.passphrase_secret_ref:
        volume, mount, path = parts.secret_file("passphrase", passphrase.name, passphrase.key)
        env += parts.env(BACKUP_PASSPHRASE_FILE=path)
        mounted.append((volume, mount))
    return env, mounted


def references(place: Place | None, component: str, path: str) -> Iterator[SecretReference]:
    """Secrets that the user brings for a destination."""
    if place is None:
        return
    if place.s3:
        keys = place.s3.credentials_secret_ref
        names = (keys.access_key_id_key, keys.secret_access_key_key)
        yield SecretReference(component, f"{path}.s3.credentialsSecretRef", keys.name, names)
        if ca := place.s3.ca_secret_ref:
            yield SecretReference(component, f"{path}.s3.caSecretRef", ca.name, (ca.key,))
    if secret := place.passphrase_secret_ref:
        yield SecretReference(component, f"{path}.passphraseSecretRef", secret.name, (secret.key,))


def openings(place: Place | None, path: str) -> Iterator[Opening]:
    """The way to the server of a bucket."""
    if place is not None and place.s3:
        address = urlsplit(place.s3.address)
        port = address.port or {"https": 443}.get(address.scheme, 80)
        yield Opening(port, f"{path}.s3.endpoint", (address.hostname or "",))
