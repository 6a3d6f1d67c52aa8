"""The exporter: Deployment `<name>-exporter`, which tells Prometheus what nobody else counts.

It asks Redis, the plugin database, OMERO.server and OMERO.web, and logs in to OMERO.server with an
account that cannot change anything.
"""

from collections.abc import Sequence

from omero_operator.api.v1alpha1.status import ConditionType
from omero_operator.desired import admin_tools, monitoring, parts
from omero_operator.desired.component import BOOTSTRAP_HELPER, Component
from omero_operator.desired.context import Context
from omero_operator.desired.public_url import variables
from omero_operator.desired.web_pod import web_environment
from omero_operator.identity.kinds import DEPLOYMENT, Manifest
from omero_operator.identity.labels import selector

PORT = 4086


def build(ctx: Context) -> Sequence[Manifest]:
    """The objects of the exporter."""
    environment = web_environment(ctx, ("redis", "plugin-database", "monitoring"))
    answers = {"httpGet": {"path": "/metrics", "port": "metrics"}}
    container = parts.container(
        ctx,
        "exporter",
        ctx.images.web,
        args=["exporter"],
        env=[
            *environment.env,
            *parts.env(
                EXPORTER_QUEUES=",".join(monitoring.queues(ctx)),
                EXPORTER_WEB_URL=f"http://{ctx.names.web}",
                METRICS_PORT=str(PORT),
                **variables(ctx.spec),
            ),
            *admin_tools.exporter_environment(ctx),
        ],
        ports=monitoring.container_port(ctx, PORT),
        resources=BOOTSTRAP_HELPER.resources(ctx.spec.helpers.resources),
        volumeMounts=[
            *environment.mounts,
            parts.mount("var", "/opt/omero/web/var"),
            parts.mount("tmp", parts.TMP),
        ],
        startupProbe=parts.probe(answers, period=5, timeout=5, failures=120),
        readinessProbe=parts.probe(answers, period=15, timeout=5, failures=3),
        livenessProbe=parts.probe(answers, period=30, timeout=10, failures=4),
    )
    return [
        parts.account(ctx, EXPORTER),
        ctx.manifest(
            DEPLOYMENT,
            ctx.names.exporter,
            EXPORTER.name,
            annotations=ctx.started(EXPORTER.name),
            spec={
                "replicas": ctx.replicas(1, EXPORTER.name),
                # Two at a time would tell everything twice.
                "strategy": {"type": "Recreate"},
                "selector": {"matchLabels": selector(ctx.name, EXPORTER.name)},
                "template": parts.pod_template(
                    ctx,
                    EXPORTER,
                    checksums=environment.checksums,
                    containers=[container],
                    volumes=[
                        *environment.volumes,
                        parts.empty_dir("var"),
                        parts.empty_dir("tmp"),
                    ],
                ),
            },
        ),
    ]


EXPORTER: Component = Component(
    name=monitoring.EXPORTER,
    title="the exporter",
    condition=ConditionType.EXPORTER,
    build=build,
    block="monitoring",
    switches=("monitoring.exporters",),
    image="web",
    workload=lambda ctx: (DEPLOYMENT, ctx.names.exporter),
    requires=("plugin-database", "redis", "server", "bootstrap"),
    ports=lambda ctx: monitoring.ports(ctx, PORT),
    openings=admin_tools.log_openings,
)
