"""Small pieces of manifests that several components share."""

from collections.abc import Mapping, Sequence
from typing import Any

from omero_operator.desired.component import Component
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import (
    CLAIM,
    DISRUPTION_BUDGET,
    SERVICE,
    SERVICE_ACCOUNT,
    Manifest,
)
from omero_operator.identity.labels import CHECKSUM, SNAPSHOT_GROUP, pod_labels, selector

SECRETS_ROOT = "/run/secrets/omero-platform"
TMP = "/tmp"  # noqa: S108 - always a volume of the pod's own

# Components whose volumes are in one snapshot, where backups have such.
_IN_SNAPSHOT_GROUP = ("server", "database", "plugin-database")


def env(**values: str) -> list[Manifest]:
    """Environment variables with literal values."""
    return [{"name": name, "value": value} for name, value in values.items()]


def secret_env(name: str, secret: str, key: str) -> Manifest:
    """An environment variable whose value stays in a Secret."""
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def empty_dir(name: str, **settings: str) -> Manifest:
    """A scratch volume; with `medium="Memory"` one that never touches a disk."""
    return {"name": name, "emptyDir": dict(settings)}


def mount(name: str, path: str, sub_path: str = "") -> Manifest:
    """A volume mount; read-only exactly for configuration, which comes by `sub_path`."""
    result: Manifest = {"name": name, "mountPath": path}
    return result | {"subPath": sub_path, "readOnly": True} if sub_path else result


def secret_file(purpose: str, secret: str, key: str) -> tuple[Manifest, Manifest, str]:
    """One key of a Secret as a file.

    Args:
        purpose: Short name, unique in the pod; the file's folder is named after it.
        secret: Name of the Secret.
        key: Key inside it.

    Returns:
        Volume, mount, and the file's path. The file is readable by the pod's group alone.
    """
    folder = f"{SECRETS_ROOT}/{purpose}"
    volume = {
        "name": f"secret-{purpose}",
        "secret": {
            "secretName": secret,
            "defaultMode": 0o440,
            "items": [{"key": key, "path": key}],
        },
    }
    volume_mount = {"name": f"secret-{purpose}", "mountPath": folder, "readOnly": True}
    return volume, volume_mount, f"{folder}/{key}"


def container(
    ctx: Context, name: str, image: str, *, read_only: bool = True, **body: Any
) -> Manifest:
    """A container that the restricted Pod Security level admits.

    Args:
        ctx: Build context.
        name: Name of the container.
        image: Image reference.
        read_only: Whether its root file system is read-only.
        **body: Anything else of a container.

    Returns:
        The container.
    """
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": ctx.images.pull_policy,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": read_only,
        },
        **body,
    }


def pod_template(
    ctx: Context,
    component: Component,
    *,
    containers: Sequence[Manifest],
    volumes: Sequence[Manifest],
    checksums: Mapping[str, str] | None = None,
    runs_as: str = "",
    **body: Any,
) -> Manifest:
    """A pod template with the platform's scheduling and the restricted security settings.

    Args:
        ctx: Build context.
        component: Component of the pod.
        containers: Its containers.
        volumes: Its volumes.
        checksums: Digests of configuration; a change rolls the pods.
        runs_as: Image whose user the pod has, where that is not its own.
        **body: Anything else of a pod specification.

    Returns:
        The template.
    """
    annotations = {f"{CHECKSUM}-{key}": value for key, value in (checksums or {}).items()}
    if len(containers) > 1:
        # Which one `kubectl logs` and `kubectl exec` mean.
        annotations["kubectl.kubernetes.io/default-container"] = containers[0]["name"]
    metadata: Manifest = {"labels": pod_labels(ctx.name, component.name)}
    if annotations:
        metadata["annotations"] = annotations
    scheduling = ctx.spec.scheduling
    spec: Manifest = {
        "serviceAccountName": account_name(ctx, component),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": _pod_security(ctx, runs_as or component.image),
        "containers": list(containers),
        "volumes": list(volumes),
        # An empty list is dropped by the API server and would differ in every pass.
        **{key: value for key, value in body.items() if value != []},
    }
    if ctx.images.pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in ctx.images.pull_secrets]
    if scheduling.node_selector:
        spec["nodeSelector"] = dict(scheduling.node_selector)
    if scheduling.tolerations:
        spec["tolerations"] = [
            {key: value for key, value in toleration.model_dump().items() if value}
            for toleration in scheduling.tolerations
        ]
    if scheduling.priority_class_name:
        spec["priorityClassName"] = scheduling.priority_class_name
    return {"metadata": metadata, "spec": spec}


def _pod_security(ctx: Context, image: str) -> Manifest:
    """What the restricted level asks for, and the image's user unless the cluster gives one."""
    user = ctx.images.users()[image]
    ids = {"runAsUser": user, "runAsGroup": user, "fsGroup": user}
    return {
        "runAsNonRoot": True,
        **(ids if ctx.spec.security.user_ids == "Fixed" else {}),
        # Without this, every start walks the whole image repository to change owners.
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def spread(ctx: Context, component: Component) -> list[Manifest]:
    """Prefer different nodes for the replicas of a component."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": selector(ctx.name, component.name)},
        }
    ]


def disruption_budget(ctx: Context, name: str, component: Component) -> Manifest:
    """Drain one pod of a component after the other.

    Pods that are not ready may always go: they serve nobody, and while Redis is away all workers
    are so and would block the drain of a node until it is back.
    """
    return ctx.manifest(
        DISRUPTION_BUDGET,
        name,
        component.name,
        spec={
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": selector(ctx.name, component.name)},
        },
    )


def account_name(ctx: Context, component: Component) -> str:
    """ServiceAccount of a component's pods."""
    # As its other children are called: `<name>-db`, not `<name>-database`.
    return component.volume(ctx.names) if component.volume else f"{ctx.name}-{component.name}"


def account(ctx: Context, component: Component) -> Manifest:
    """A ServiceAccount without rights and without a token in the pods."""
    return ctx.manifest(
        SERVICE_ACCOUNT,
        account_name(ctx, component),
        component.name,
        automountServiceAccountToken=False,
    )


def service(
    ctx: Context, name: str, component: Component, ports: Sequence[Manifest], **body: Any
) -> Manifest:
    """A Service in front of a component's pods."""
    annotations = body.pop("annotations", None)
    return ctx.manifest(
        SERVICE,
        name,
        component.name,
        annotations=annotations,
        spec={
            "type": "ClusterIP",
            # Both families where the cluster has both; else the one that it has.
            "ipFamilyPolicy": "PreferDualStack",
            "selector": selector(ctx.name, component.name),
            "ports": list(ports),
            **body,
        },
    )


def port(name: str, number: int, target: str = "", **body: Any) -> Manifest:
    """A port of a Service."""
    return {
        "name": name,
        "port": number,
        "targetPort": target or name,
        "protocol": "TCP",
        **body,
    }


def container_port(name: str, number: int) -> Manifest:
    """A port of a container."""
    return {"name": name, "containerPort": number, "protocol": "TCP"}


def claim(ctx: Context, component: Component, *, source: Manifest | None = None) -> list[Manifest]:
    """The volume claim of a component; none when the user brings an existing one.

    The claim is an object of its own, not a StatefulSet template: it can grow by a plain update,
    and its life does not depend on the workload's.

    Args:
        ctx: Build context.
        component: Whose.
        source: What a new volume is made from; it is made empty without it.
    """
    if not component.has_volume(ctx.spec):
        return []
    storage = component.storage(ctx.spec)
    now = claim_name(ctx, component)
    names = dict.fromkeys((now, ctx.copies.get(now, now)))
    spec: Manifest = {
        "accessModes": [getattr(storage, "access_mode", "ReadWriteOnce")],
        "resources": {"requests": {"storage": storage.size}},
    }
    if storage.storage_class_name:
        spec["storageClassName"] = storage.storage_class_name
    if source:
        spec["dataSource"] = source
    claims = [
        ctx.manifest(CLAIM, name, component.name, retained=True, spec=spec)
        for name in names
        if name != storage.existing_claim
    ]
    if ctx.spec.backup.in_groups and component.name in _IN_SNAPSHOT_GROUP:
        for each in claims:
            each["metadata"]["labels"][SNAPSHOT_GROUP] = ctx.name
    return claims


def claim_name(ctx: Context, component: Component) -> str:
    """The claim with a component's data: the user's own, or the one that the operator makes.

    A move of the data to another volume is followed.
    """
    own = component.volume(ctx.names) if component.volume else ""
    return moved(ctx, component.storage(ctx.spec).existing_claim or own)


def moved(ctx: Context, name: str) -> str:
    """The claim that has the data of this one by now."""
    for _ in ctx.claims:
        name = ctx.claims.get(name, name)
    return name


def claim_volume(ctx: Context, volume: str, component: Component) -> Manifest:
    """The volume that mounts a component's claim."""
    return {"name": volume, "persistentVolumeClaim": {"claimName": claim_name(ctx, component)}}


def probe(action: Manifest, *, period: int, timeout: int, failures: int) -> Manifest:
    """A probe; seconds for period and timeout.

    Each failure is an Event, from which the conditions quote. The kubelet sends 25 of them for a
    pod and then one in 5 minutes, so a short period spends them while the pod still starts.
    """
    return {
        **action,
        "periodSeconds": period,
        "timeoutSeconds": timeout,
        "failureThreshold": failures,
    }
