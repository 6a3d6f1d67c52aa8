"""A database or Redis of others: a small Deployment in its place, whose readiness asks for changes.

So what is full, read-only or away shows in the component's condition, and a start waits for it, as
with one of our own. The pod only sleeps; the kubelet runs the probe in it.
"""

from collections.abc import Mapping, Sequence

from omero_operator.desired import parts
from omero_operator.desired.component import SMALL_HELPER, Component
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import DEPLOYMENT, Manifest
from omero_operator.identity.labels import selector


def build(
    ctx: Context,
    component: Component,
    *,
    image: str,
    probe: Sequence[str],
    env: Sequence[Manifest],
    checksums: Mapping[str, str],
    volumes: Sequence[Manifest] = (),
    mounts: Sequence[Manifest] = (),
) -> Sequence[Manifest]:
    """The objects of a component that others run.

    Args:
        ctx: Build context.
        component: The component.
        image: Image reference; one that has the client.
        probe: Command that fails, in words, while the server cannot write.
        env: Environment of the command.
        checksums: Digests of the Secrets that it reads.
        volumes: Volumes with files of Secrets.
        mounts: Their mounts.

    Returns:
        An account and a Deployment with one pod.
    """
    _, name = component.workload_of(ctx)
    check = parts.container(
        ctx,
        "check",
        image,
        command=["sleep", "infinity"],
        env=list(env),
        resources=SMALL_HELPER.resources(ctx.spec.helpers.resources),
        volumeMounts=[*mounts, parts.mount("tmp", parts.TMP)],
        readinessProbe=parts.probe(
            {"exec": {"command": list(probe)}}, period=10, timeout=8, failures=2
        ),
    )
    return [
        parts.account(ctx, component),
        ctx.manifest(
            DEPLOYMENT,
            name,
            component.name,
            spec={
                "replicas": ctx.replicas(1),
                "selector": {"matchLabels": selector(ctx.name, component.name)},
                "template": parts.pod_template(
                    ctx,
                    component,
                    checksums=checksums,
                    containers=[check],
                    volumes=[*volumes, parts.empty_dir("tmp")],
                    # `sleep` as process 1 ignores the signal to end.
                    terminationGracePeriodSeconds=1,
                ),
            },
        ),
    ]
