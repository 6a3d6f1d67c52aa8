"""The pod of a run-once Job in which a command of OMERO.web's image talks to OMERO.server."""

from collections.abc import Sequence

from omero_operator.desired import parts
from omero_operator.desired.bootstrap import BOOTSTRAP
from omero_operator.desired.component import BOOTSTRAP_HELPER
from omero_operator.desired.context import Context
from omero_operator.desired.web_pod import web_environment
from omero_operator.identity.kinds import Manifest


def template(ctx: Context, command: str, more: Sequence[Manifest] = ()) -> Manifest:
    """The template.

    Args:
        ctx: Build context, with the image to use.
        command: Of the image, and name of the container.
        more: Environment beside that of every client.
    """
    environment = web_environment(ctx, ("root", "job-service"))
    client = parts.container(
        ctx,
        command,
        ctx.images.web,
        args=[command],
        env=[*environment.env, *more],
        resources=BOOTSTRAP_HELPER.resources(ctx.spec.helpers.resources),
        volumeMounts=[
            *environment.mounts,
            parts.mount("var", "/opt/omero/web/var"),
            parts.mount("tmp", parts.TMP),
        ],
        terminationMessagePolicy="FallbackToLogsOnError",
    )
    return parts.pod_template(
        ctx,
        BOOTSTRAP,
        containers=[client],
        volumes=[*environment.volumes, parts.empty_dir("var"), parts.empty_dir("tmp")],
        restartPolicy="Never",
    )
