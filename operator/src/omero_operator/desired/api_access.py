"""Access of a pod to the API server: a Role of its own, a token, and the way there.

The token is in the one container that asks, and in no other pod.
"""

from collections.abc import Iterator, Sequence

from omero_operator.desired import parts
from omero_operator.desired.component import Opening
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import ROLE, ROLE_BINDING, SERVICE_ACCOUNT, Manifest

_VOLUME = "kubernetes-api"
_FOLDER = f"{parts.SECRETS_ROOT}/kubernetes-api"
_TOKEN, _AUTHORITIES = "token", "ca.crt"
# Inside a cluster, its certificate is for this name.
_API_SERVER = "https://kubernetes.default.svc"
_TOKEN_SECONDS = 3600


def role(
    ctx: Context, name: str, component: str, account: str, rules: Sequence[Manifest]
) -> list[Manifest]:
    """A Role in the site's namespace, and its binding.

    Args:
        ctx: Build context.
        name: Name of both.
        component: The component that they belong to.
        account: ServiceAccount of the pods that have the token.
        rules: What it allows; the operator must have these rights itself.
    """
    reference = {"apiGroup": ROLE.group, "kind": ROLE.name, "name": name}
    subject = {"kind": SERVICE_ACCOUNT.name, "name": account, "namespace": ctx.namespace}
    return [
        ctx.manifest(ROLE, name, component, rules=list(rules)),
        ctx.manifest(ROLE_BINDING, name, component, roleRef=reference, subjects=[subject]),
    ]


def rule(group: str, plurals: Sequence[str], *verbs: str) -> Manifest:
    """A rule of such a Role."""
    return {"apiGroups": [group], "resources": list(plurals), "verbs": list(verbs)}


def environment(prefix: str) -> dict[str, str]:
    """The variables that say where the API server and the token are.

    Args:
        prefix: Beginning of their names.
    """
    return {
        f"{prefix}_KUBERNETES_URL": _API_SERVER,
        f"{prefix}_KUBERNETES_TOKEN_FILE": f"{_FOLDER}/{_TOKEN}",
        f"{prefix}_KUBERNETES_CA_FILE": f"{_FOLDER}/{_AUTHORITIES}",
    }


def volume() -> Manifest:
    """A token that the kubelet renews, and the authority of the API server."""
    token = {"path": _TOKEN, "expirationSeconds": _TOKEN_SECONDS}
    authority = {
        "name": "kube-root-ca.crt",
        "items": [{"key": _AUTHORITIES, "path": _AUTHORITIES}],
    }
    sources = [{"serviceAccountToken": token}, {"configMap": authority}]
    return {"name": _VOLUME, "projected": {"defaultMode": 0o440, "sources": sources}}


def mount() -> Manifest:
    """Where a container finds them."""
    return {"name": _VOLUME, "mountPath": _FOLDER, "readOnly": True}


def openings(ctx: Context, reason: str) -> Iterator[Opening]:
    """The way to the API server, whose addresses one field says for all pods that ask it."""
    kubernetes = ctx.spec.web.plugins.admin_tools.kubernetes
    hosts = tuple(kubernetes.api_server_cidrs) or ("",)
    for port in kubernetes.api_server_ports:
        yield Opening(port, reason, hosts)
