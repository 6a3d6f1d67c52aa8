"""Uploads: Deployment `<name>-uploads`, which receives files and imports them into OMERO.

A slow line holds a thread of gunicorn for hours, and an import holds a Java machine; neither may
cost those who look at images anything. So the Ingress sends everything of the plugin here, and the
volume with the files is mounted in these pods alone.
"""

from collections.abc import Mapping, Sequence

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.api.v1alpha1.uploads import Uploads
from omero_operator.desired import front, monitoring, parts, plugin_pods, upload, web_secrets
from omero_operator.desired.component import ANYONE, Component, Port, Profile, Size
from omero_operator.desired.context import Context
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
    given = ctx.spec.web.uploads
    imports = parts.env(IMPORT_WORKER_CONCURRENCY=str(imports_of_a_pod(given)))
    resources = IMPORTS[ctx.spec.size].resources(given.import_worker.resources)
    return [
        parts.account(ctx, UPLOADS),
        *parts.claim(ctx, UPLOADS),
        plugin_pods.service(ctx, UPLOADS, ctx.names.uploads),
        *plugin_pods.serving(
            ctx,
            UPLOADS,
            plugin_pods.Server("uploads", upload.PATH, given.streams, upload.settings(ctx)),
            plugin_pods.Files(
                _staging_volume(ctx), upload.mount_path(ctx), given.storage.access_mode
            ),
            plugin_pods.Worker(
                "import-worker", "import-", resources, [*upload.settings(ctx), *imports]
            ),
            # Who imports in place makes links in folders of OMERO.server.
            runs_as="server" if given.in_place else "",
            affinity=_beside_the_server(ctx),
        ),
    ]


def _staging_volume(ctx: Context) -> Manifest:
    if not ctx.spec.web.uploads.in_place:
        return parts.claim_volume(ctx, "staging", UPLOADS)
    claim = ctx.spec.server.storage.existing_claim or ctx.names.server
    return {"name": "staging", "persistentVolumeClaim": {"claimName": claim}}


def _beside_the_server(ctx: Context) -> Manifest | None:
    """On the node of OMERO.server, where they share a volume of one node; nothing otherwise."""
    given = ctx.spec.web.uploads
    if not given.in_place or given.storage.access_mode != "ReadWriteOnce":
        return None
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
    switches=("web.plugins.upload.enabled",),
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
    ports=lambda ctx: (
        Port(front.PORT, (ANYONE,)),
        *monitoring.ports(ctx, monitoring.OMERO_WEB, monitoring.WORKERS["import-worker"]),
    ),
    secret_references=lambda ctx: web_secrets.references(ctx, UPLOADS.name),
)
