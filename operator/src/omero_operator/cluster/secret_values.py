"""Values of Secrets that a program of the site cannot take, as failures of its component."""

import base64
from collections.abc import Iterable, Iterator

from omero_operator.desired import start_order
from omero_operator.desired.context import Context
from omero_operator.desired.secret_rules import Purpose, complaint
from omero_operator.identity.kinds import Manifest
from omero_operator.state.observed import Failure, Observed


def unusable(
    ctx: Context,
    observed: Observed,
    component: str,
    secret: str,
    values: Iterable[tuple[str, Purpose]],
    data: Manifest,
    *,
    holds: bool = True,
) -> Iterator[Failure]:
    """Failures of one component for one Secret; they never have a value in them.

    Args:
        ctx: Build context.
        observed: What is there.
        component: The component that uses the values.
        secret: The Secret in words, for example "Secret 'login' of spec.redis".
        values: Keys, and what each value is for.
        data: The Secret's data; keys that it does not have are passed over.
        holds: Whether the component is left as it is meanwhile.
    """
    for key, purpose in values:
        if not data.get(key):
            continue
        rule = complaint(_now(ctx, observed, purpose), base64.b64decode(data[key]))
        if rule:
            yield Failure(
                component,
                "SecretInvalid",
                f"key '{key}' of {secret} in namespace '{ctx.namespace}' cannot be used: {rule}; "
                "change the Secret",
                holds=holds,
            )


def _now(ctx: Context, observed: Observed, purpose: Purpose) -> Purpose:
    """OMERO.server's own rules for root's password are those of its first start alone."""
    if purpose == "root-password" and start_order.was_started(ctx, "server", observed):
        return "password"
    return purpose
