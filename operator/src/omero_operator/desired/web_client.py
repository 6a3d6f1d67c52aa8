"""The pod of a run-once Job in which a command of OMERO.web's image talks to OMERO.server."""

from collections.abc import Sequence
from typing import Final

from omero_operator.desired import parts
from omero_operator.desired.component import BOOTSTRAP_HELPER, Component
from omero_operator.desired.context import Context
from omero_operator.desired.web_pod import Need, web_environment
from omero_operator.identity.kinds import Manifest

# Of OMERO's administrator, and of the service that acts for users.
ACCOUNTS: Final[tuple[Need, ...]] = ("root", "job-service")


def template(
    ctx: Context,
    component: Component,
    command: str,
    *,
    accounts: Sequence[Need] = ACCOUNTS,
    env: Sequence[Manifest] = (),
    mounts: Sequence[Manifest] = (),
    volumes: Sequence[Manifest] = (),
) -> Manifest:
    """The template.

    Args:
        ctx: Build context, with the image to use.
        component: Whose pod it is.
        command: Of the image, and name of the container.
        accounts: Whose passwords it has.
        env: Environment beside that of every client.
        mounts: What is mounted besides.
        volumes: Their volumes.
    """
    environment = web_environment(ctx, accounts)
    client = parts.container(
        ctx,
        command,
        ctx.images.web,
        args=[command],
        env=[*environment.env, *env],
        resources=BOOTSTRAP_HELPER.resources(ctx.spec.helpers.resources),
        volumeMounts=[
            *environment.mounts,
            *mounts,
            parts.mount("var", "/opt/omero/web/var"),
            parts.mount("tmp", parts.TMP),
        ],
        terminationMessagePolicy="FallbackToLogsOnError",
    )
    return parts.pod_template(
        ctx,
        component,
        containers=[client],
        volumes=[
            *environment.volumes,
            *volumes,
            parts.empty_dir("var"),
            parts.empty_dir("tmp"),
        ],
        restartPolicy="Never",
    )
