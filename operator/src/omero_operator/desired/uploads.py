"""Uploads: Deployment `<name>-uploads`, which receives files and imports them into OMERO.

A slow line holds a thread of gunicorn for hours, and an import holds a Java machine; neither may
cost those who look at images anything. So the Ingress sends everything of the plugin here, and the
volume with the files is mounted in these pods alone.
"""

from collections.abc import Mapping, Sequence

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.api.v1alpha1.uploads import Uploads
from omero_operator.desired import (
    celery,
    front,
    parts,
    upload,
    web_apps,
    web_secrets,
    web_server,
)
from omero_operator.desired.component import ANYONE, Component, Port, Profile, Size
from omero_operator.desired.context import Context
from omero_operator.desired.web_pod import SERVER_NEEDS, WORKER_NEEDS, web_environment
from omero_operator.identity.kinds import DEPLOYMENT, Manifest
from omero_operator.identity.labels import selector

# Of the container that imports: Python and, for each import at the same time, a Java machine.
IMPORTS: Mapping[Size, Profile] = {
    "small": Profile("100m", "512Mi", "2Gi"),
    "medium": Profile("500m", "1Gi", "4Gi"),
    "large": Profile("2", "2Gi", "8Gi"),
}


def imports_of_a_pod(given: Uploads) -> int:
    """Imports that one pod runs at the same time: its part of those of the site, rounded up."""
    return -(-given.imports // given.replicas)


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of the uploads."""
    name = ctx.names.uploads
    given = ctx.spec.web.uploads
    manifests = [
        parts.account(ctx, UPLOADS),
        *parts.claim(ctx, UPLOADS),
        parts.service(ctx, name, UPLOADS, [parts.port("http", 80)]),
        ctx.manifest(
            DEPLOYMENT,
            name,
            UPLOADS.name,
            annotations=ctx.started(UPLOADS.name),
            spec={
                "replicas": ctx.replicas(given.replicas, UPLOADS.name),
                "strategy": _strategy(given.storage.access_mode),
                "selector": {"matchLabels": selector(ctx.name, UPLOADS.name)},
                "template": _template(ctx),
            },
        ),
    ]
    if given.replicas > 1:
        manifests.append(parts.disruption_budget(ctx, name, UPLOADS))
    return manifests


def _strategy(access_mode: str) -> Manifest:
    """A volume of one node may be on another one than the new pod, which would wait forever."""
    if access_mode == "ReadWriteOnce":
        return {"type": "Recreate"}
    return {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}


def _template(ctx: Context) -> Manifest:
    given = ctx.spec.web.uploads
    staging = [parts.mount("staging", upload.mount_path(ctx))]
    serving = web_environment(ctx, SERVER_NEEDS)
    importing = web_environment(ctx, WORKER_NEEDS)
    uploads = web_server.container(
        ctx,
        "uploads",
        "uploads",
        UPLOADS.resources(ctx.spec),
        serving,
        env=[*upload.settings(ctx), *parts.env(FRONT_STREAMS=str(given.streams))],
        mounts=staging,
    )
    imports = str(imports_of_a_pod(given))
    import_worker = celery.container(
        ctx,
        "import-worker",
        "import-",
        IMPORTS[ctx.spec.size].resources(given.import_worker.resources),
        importing,
        env=[*upload.settings(ctx), *parts.env(IMPORT_WORKER_CONCURRENCY=imports)],
        mounts=staging,
    )
    volumes = [
        *web_server.volumes(ctx, serving),
        *importing.volumes,
        _staging_volume(ctx),
        parts.empty_dir("import-var"),
        parts.empty_dir("import-tmp"),
    ]
    return parts.pod_template(
        ctx,
        UPLOADS,
        checksums={**importing.checksums, **web_server.checksums(ctx, serving)},
        containers=[
            uploads,
            import_worker,
            front.container(ctx, only=upload.PATH, streams=given.streams),
        ],
        initContainers=web_apps.init_containers(ctx),
        # Both containers use the same Secrets.
        volumes=list({volume["name"]: volume for volume in volumes}.values()),
        topologySpreadConstraints=parts.spread(ctx, UPLOADS),
        affinity=_beside_the_server(ctx),
        # Who imports in place makes links in folders of OMERO.server.
        runs_as="server" if given.in_place else "",
        # Long enough for an import to reach its next checkpoint.
        terminationGracePeriodSeconds=120,
    )


def _staging_volume(ctx: Context) -> Manifest:
    if not ctx.spec.web.uploads.in_place:
        return parts.claim_volume(ctx, "staging", UPLOADS)
    claim = ctx.spec.server.storage.existing_claim or ctx.names.server
    return {"name": "staging", "persistentVolumeClaim": {"claimName": claim}}


def _beside_the_server(ctx: Context) -> Manifest | list[Manifest]:
    """On the node of OMERO.server, where they share a volume of one node; nothing otherwise."""
    given = ctx.spec.web.uploads
    if not given.in_place or given.storage.access_mode != "ReadWriteOnce":
        return []
    term = {
        "labelSelector": {"matchLabels": selector(ctx.name, "server")},
        "topologyKey": "kubernetes.io/hostname",
    }
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


UPLOADS: Component = Component(
    name="uploads",
    title="the uploads",
    condition=ConditionType.UPLOADS,
    build=build,
    block="web.uploads",
    switch="web.plugins.upload",
    image="web",
    workload=lambda ctx: (DEPLOYMENT, ctx.names.uploads),
    requires=("plugin-database", "redis", "server", "bootstrap"),
    sizes={
        "small": Profile("50m", "256Mi", "1Gi"),
        "medium": Profile("250m", "512Mi", "2Gi"),
        "large": Profile("1", "1Gi", "4Gi"),
    },
    volume=lambda names: names.uploads,
    # The Ingress controller runs in a namespace that the operator cannot know.
    ports=lambda _: (Port(front.PORT, (ANYONE,)),),
    secret_references=lambda ctx: web_secrets.references(ctx, UPLOADS.name),
)
