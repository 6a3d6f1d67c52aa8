"""Which Service answers which path of the site's address."""

from collections.abc import Sequence

from omero_operator.desired import imaris, upload
from omero_operator.desired.context import Context
from omero_operator.desired.public_url import prefix


def answered(ctx: Context) -> Sequence[tuple[str, str]]:
    """Paths with all below them, and the Service that answers each on its port `http`.

    The web comes last, for controllers that take the first that fits.
    """
    plugins, own = ctx.spec.web.plugins, prefix(ctx.spec)
    return [
        *([(f"{own}{upload.PATH}", ctx.names.uploads)] if plugins.upload.enabled else []),
        *([(f"{own}{imaris.PATH}", ctx.names.exports)] if plugins.imaris.enabled else []),
        (own or "/", ctx.names.web),
    ]
