"""A database that CloudNativePG runs: `Cluster`, `Pooler`, and backups by its Barman plugin.

One `Cluster` for each database, so that OMERO's and the plugins' have sizes, backups and failovers
of their own. https://cloudnative-pg.io/docs/ and
https://cloudnative-pg.io/plugin-barman-cloud/docs/usage/
"""

from collections.abc import Iterator, Sequence

from omero_operator.api.v1alpha1.backup import S3
from omero_operator.api.v1alpha1.cloudnative_pg import CloudNativePg, PgBackup, PgPooler
from omero_operator.api.v1alpha1.data import Database
from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import (
    NETWORK_POLICY,
    OBJECT_STORE,
    PG_CLUSTER,
    PG_POOLER,
    PG_SCHEDULED_BACKUP,
    Manifest,
)

PORT = 5432
# Of its labels, pods of instances and of PgBouncer have these.
CLUSTER_LABEL = "cnpg.io/cluster"
POOLER_LABEL = "cnpg.io/poolerName"
PLUGIN = "barman-cloud.cloudnative-pg.io"
_STATUS_PORT = 8000
_SOURCE = "backup"
_HIBERNATION = "cnpg.io/hibernation"


def pooler_name(cluster: str) -> str:
    """Pooler, and the Service that it makes."""
    return f"{cluster}-pooler"


def store_name(cluster: str) -> str:
    """ObjectStore and ScheduledBackup."""
    return f"{cluster}-backup"


def build(
    ctx: Context, component: Component, database: Database, name: str, owner: str
) -> Iterator[Manifest]:
    """The objects that CloudNativePG makes a database of; none in another mode.

    Args:
        ctx: Build context.
        component: The database.
        database: Its block of the specification.
        name: Name of the Cluster.
        owner: Role that owns the database, which has the same name.
    """
    settings = database.cloud_native_pg
    if settings is None:
        return
    yield _cluster(ctx, component, database, settings, name, owner)
    if settings.pooler:
        yield _pooler(ctx, component, settings.pooler, name)
    if settings.backup:
        yield _store(ctx, component, settings.backup, name)
        yield _schedule(ctx, component, settings.backup, name)


def _cluster(
    ctx: Context,
    component: Component,
    database: Database,
    settings: CloudNativePg,
    name: str,
    owner: str,
) -> Manifest:
    storage_class = database.storage.storage_class_name
    volume = {"storageClass": storage_class} if storage_class else {}
    spec: Manifest = {
        "instances": settings.instances,
        "imageName": settings.image,
        "storage": {"size": database.storage.size, **volume},
        "resources": component.resources(ctx.spec),
        **_begins(settings, name, owner),
    }
    if settings.wal_size:
        spec["walStorage"] = {"size": settings.wal_size, **volume}
    if database.parameters:
        spec["postgresql"] = {"parameters": dict(database.parameters)}
    if ctx.images.pull_secrets:
        spec["imagePullSecrets"] = [{"name": each} for each in ctx.images.pull_secrets]
    if settings.pooler:
        # PgBouncer shows the server's certificate; clients check its name.
        service = pooler_name(name)
        names = [service, f"{service}.{ctx.namespace}", f"{service}.{ctx.namespace}.svc"]
        spec["certificates"] = {"serverAltDNSNames": names}
    if settings.backup:
        plugin = _plugin(name, settings.backup.server_name)
        spec["plugins"] = [{**plugin, "enabled": True, "isWALArchiver": True}]
    # Its volumes go with it, so it has no owner: as volumes of our own, it outlives the platform.
    return ctx.manifest(
        PG_CLUSTER,
        name,
        component.name,
        retained=True,
        annotations={_HIBERNATION: "on" if ctx.spec.hibernated else "off"},
        spec=spec,
    )


def _begins(settings: CloudNativePg, name: str, owner: str) -> Manifest:
    """What a new Cluster has in it: an empty database, or a backup."""
    source = settings.recover_from
    if source is None:
        empty = {"database": owner, "owner": owner, "encoding": "UTF8", "dataChecksums": True}
        return {"bootstrap": {"initdb": empty}}
    recovery: Manifest = {"source": _SOURCE, "database": owner, "owner": owner}
    if source.target_time:
        recovery["recoveryTarget"] = {"targetTime": source.target_time}
    # What its definition adds to an item is written out: a list that differs is written again.
    plugin = {**_plugin(name, source.server_name), "enabled": True, "isWALArchiver": False}
    return {
        "bootstrap": {"recovery": recovery},
        "externalClusters": [{"name": _SOURCE, "plugin": plugin}],
    }


def _plugin(cluster: str, server_name: str) -> Manifest:
    parameters = {"barmanObjectName": store_name(cluster)}
    if server_name:
        parameters["serverName"] = server_name
    return {"name": PLUGIN, "parameters": parameters}


def _pooler(ctx: Context, component: Component, settings: PgPooler, cluster: str) -> Manifest:
    return ctx.manifest(
        PG_POOLER,
        pooler_name(cluster),
        component.name,
        spec={
            "cluster": {"name": cluster},
            "instances": ctx.replicas(settings.instances),
            "type": "rw",
            # In the other modes a program's settings and locks would be somebody else's.
            "pgbouncer": {"poolMode": "session", "parameters": dict(settings.parameters)},
        },
    )


def _store(ctx: Context, component: Component, settings: PgBackup, cluster: str) -> Manifest:
    s3 = settings.s3
    keys = s3.credentials_secret_ref
    configuration: Manifest = {
        "destinationPath": _folder(ctx, s3),
        "endpointURL": s3.address,
        "s3Credentials": {
            "accessKeyId": {"name": keys.name, "key": keys.access_key_id_key},
            "secretAccessKey": {"name": keys.name, "key": keys.secret_access_key_key},
        },
        "wal": {"compression": "gzip"},
        "data": {"compression": "gzip"},
    }
    if ca := s3.ca_secret_ref:
        configuration["endpointCA"] = {"name": ca.name, "key": ca.key}
    spec: Manifest = {
        "configuration": configuration,
        "retentionPolicy": f"{settings.retention_days}d",
    }
    if s3.region:
        region = {"name": "AWS_DEFAULT_REGION", "value": s3.region}
        spec["instanceSidecarConfiguration"] = {"env": [region]}
    # A Cluster that stays needs it, and so does who makes a new one of its backups.
    name = store_name(cluster)
    return ctx.manifest(OBJECT_STORE, name, component.name, retained=True, spec=spec)


def _folder(ctx: Context, s3: S3) -> str:
    """The site's own folder; Barman makes one for each Cluster in it."""
    return "/".join(filter(None, (f"s3://{s3.bucket}", s3.prefix, ctx.namespace, ctx.name)))


def _schedule(ctx: Context, component: Component, settings: PgBackup, cluster: str) -> Manifest:
    # CloudNativePG's schedules begin with a field for seconds, where they are no words.
    schedule = settings.schedule
    return ctx.manifest(
        PG_SCHEDULED_BACKUP,
        store_name(cluster),
        component.name,
        spec={
            "cluster": {"name": cluster},
            "schedule": schedule if schedule.startswith("@") else f"0 {schedule}",
            "suspend": ctx.spec.hibernated,
            "immediate": True,
            # The records of backups outlive all else: the files that they tell of do.
            "backupOwnerReference": "none",
            "method": "plugin",
            "pluginConfiguration": {"name": PLUGIN},
        },
    )


def policy(
    ctx: Context,
    component: Component,
    settings: CloudNativePg,
    cluster: str,
    who: Sequence[Manifest],
) -> Manifest:
    """Who may connect to the pods of a Cluster and its PgBouncer; these may connect to anything.

    Args:
        ctx: Build context.
        component: The database.
        settings: Its block of the specification.
        cluster: Name of the Cluster.
        who: Selectors of the site's pods that use the database, as peers of a policy.
    """
    own = [{"podSelector": {"matchLabels": {CLUSTER_LABEL: cluster}}}]
    own.append({"podSelector": {"matchLabels": {POOLER_LABEL: pooler_name(cluster)}}})
    operator = {
        "namespaceSelector": _matching(settings.operator.namespace_labels),
        "podSelector": _matching(settings.operator.pod_labels),
    }
    return ctx.manifest(
        NETWORK_POLICY,
        f"{ctx.name}-{component.name}-cluster",
        component.name,
        spec={
            "podSelector": {"matchLabels": {CLUSTER_LABEL: cluster}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {"from": [*who, *own], "ports": [_port(PORT)]},
                {"from": own, "ports": [_port(_STATUS_PORT)]},
                {"from": [operator], "ports": [_port(PORT), _port(_STATUS_PORT)]},
            ],
        },
    )


def peers(cluster: str) -> list[Manifest]:
    """The pods that a program connects to, as peers of a policy."""
    labels = ({CLUSTER_LABEL: cluster}, {POOLER_LABEL: pooler_name(cluster)})
    return [{"podSelector": {"matchLabels": each}} for each in labels]


def _matching(labels: dict[str, str]) -> Manifest:
    return {"matchLabels": dict(labels)} if labels else {}


def _port(number: int) -> Manifest:
    return {"protocol": "TCP", "port": number}
