"""Labels, selectors and owner references of children."""

from typing import Any

from omero_operator import __version__
from omero_operator.api.v1alpha1.omeroplatform import API_VERSION, GROUP, KIND

MANAGER = "omero-operator"

INSTANCE = "app.kubernetes.io/instance"
COMPONENT = "app.kubernetes.io/component"
MANAGED_BY = "app.kubernetes.io/managed-by"
# The operator that last wrote an object; never on pods.
VERSION = "app.kubernetes.io/version"

# What the operator last applied, as a hash: tells a removed field from one it never set.
APPLIED = f"{GROUP}/applied"
# What a pod was started with, as a hash: a change rolls the pods.
CHECKSUM = f"{GROUP}/config-checksum"
# On what holds data or passwords, with the platform's name: never pruned, without an owner.
RETAINED = f"{GROUP}/retained"
# On the same objects: tools that deploy what stands in Git do not delete what does not stand there.
# Argo CD: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/
# Flux: https://fluxcd.io/flux/components/kustomize/kustomizations/#prune
# Helm: https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource
NEVER_PRUNE = {
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
    "helm.sh/resource-policy": "keep",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
}
# On a workload that was started: it stays so, whatever before it becomes unready later.
STARTED = f"{GROUP}/started"
# On a workload whose replicas an autoscaler sets, with the number that the specification asks for.
AUTOSCALED = f"{GROUP}/autoscaled"
# On a workload that an autoscaler of the site's own scales, with the autoscaler's kind.
SCALED_BY = f"{GROUP}/scaled-by"
# On a workload whose site has another release than the operator's own: that release, and a digest
# of what its builders make of the specification.
HELD = f"{GROUP}/held"
PAUSED = f"{GROUP}/paused"
# On a platform: each new value asks for a backup.
BACKUP_NOW = f"{GROUP}/backup"
# On claims that are in one snapshot together, with the platform's name. The snapshot controller
# compares such labels alone; it knows no expressions.
SNAPSHOT_GROUP = f"{GROUP}/snapshot-group"
# On a NetworkPolicy: what is open to the outside, and why.
EGRESS = f"{GROUP}/egress"
# On a platform: uids of lost claims and Secrets, comma separated, whose loss a person accepts.
ACCEPT_LOSS = f"{GROUP}/accept-loss"
# On a generated Secret whose values can be made anew: what `kubectl annotate` may select.
ROTATABLE = f"{GROUP}/rotatable"
# On such a Secret: a person's word, such as a date. New values are made once for each word; the
# second annotation is the operator's, with the word that it has carried out.
ROTATE = f"{GROUP}/rotate"
ROTATED = f"{GROUP}/rotated"
# On platforms with deletionPolicy Delete: their deletion waits until the operator deleted the data.
FINALIZER = f"{GROUP}/data"


def labels(platform: str, component: str) -> dict[str, str]:
    """The full label set of a child.

    The version is the operator's, which changes on an operator upgrade; it stands on objects and
    never on pods or in selectors, so that an upgrade of the operator restarts nothing.
    """
    return {
        **pod_labels(platform, component),
        MANAGED_BY: MANAGER,
        VERSION: __version__,
    }


def pod_labels(platform: str, component: str) -> dict[str, str]:
    """Labels of pods: the selector and what people filter by."""
    return {
        "app.kubernetes.io/name": f"omero-{component}",
        **selector(platform, component),
    }


def selector(platform: str, component: str) -> dict[str, str]:
    """The immutable labels by which a workload finds its pods."""
    return {
        INSTANCE: platform,
        COMPONENT: component,
        "app.kubernetes.io/part-of": "omero-platform",
    }


def children_of(platform: str) -> str:
    """Label selector for all children of one platform."""
    return f"{MANAGED_BY}={MANAGER},{INSTANCE}={platform}"


ALL_CHILDREN = f"{MANAGED_BY}={MANAGER}"

PODS = "app.kubernetes.io/part-of=omero-platform"


def pods_of(platform: str) -> str:
    """Label selector for all pods of one platform."""
    return f"{PODS},{INSTANCE}={platform}"


def platform_of(item: dict[str, Any]) -> str:
    """Name of the platform that an object belongs to; empty where it belongs to none.

    The owner counts first: a label may be what somebody changed by mistake.
    """
    metadata = item["metadata"]
    for owner in metadata.get("ownerReferences", []):
        if owner["kind"] == KIND:
            return str(owner["name"])
    retained = metadata.get("annotations", {}).get(RETAINED, "")
    return str(retained or metadata.get("labels", {}).get(INSTANCE, ""))


def owner_reference(platform: str, uid: str) -> dict[str, Any]:
    """The reference by which Kubernetes deletes a child together with its platform."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "name": platform,
        "uid": uid,
        "controller": True,
        "blockOwnerDeletion": False,
    }
