"""What the admin tools need in the pods of OMERO.web: where the site's logs are.

The plugin itself is in the image; these are its settings.
"""

from collections.abc import Iterator

from omero_operator.desired import parts
from omero_operator.desired.component import Opening
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import Manifest


def environment(ctx: Context) -> list[Manifest]:
    """Its variables; a site without a log store has none."""
    settings = ctx.spec.web.plugins.admin_tools
    if not settings.enabled or settings.logs is None:
        return []
    return parts.env(
        ADMIN_TOOLS_LOG_STACK=settings.logs.stack,
        ADMIN_TOOLS_LOG_URL=settings.logs.url,
        ADMIN_TOOLS_LOG_NAMESPACE=ctx.namespace,
        ADMIN_TOOLS_LOG_INSTANCE=ctx.name,
    )


def openings(ctx: Context) -> Iterator[Opening]:
    """Where the log store is asked."""
    settings = ctx.spec.web.plugins.admin_tools
    if settings.enabled and (logs := settings.logs):
        yield Opening(logs.port, "spec.web.plugins.adminTools.logs", (logs.host,))
