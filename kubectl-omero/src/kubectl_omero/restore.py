"""`kubectl omero restore`: a new site from a backup."""

from __future__ import annotations

import argparse
import copy
import json
import sys
from collections.abc import Iterator
from typing import Any

from kubectl_omero import asking, waiting
from kubectl_omero.errors import GOOD, NOT_GOOD, CommandError
from kubectl_omero.files import read
from kubectl_omero.kubectl import Kubectl
from kubectl_omero.platforms import KIND, Platform

_WAIT_SECONDS = 24 * 3600.0

# Fields of a destination that a restore needs as well.
_PLACE = ("claim", "s3", "passphraseSecretRef")

Spec = dict[str, Any]


def add_to(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument("name", help="the site to make; there is none of this name yet")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "-f", "--filename", default="", metavar="FILE",
        help="the resource of the site that made the backup, as YAML or JSON; - for standard input",
    )  # fmt: skip
    source.add_argument(
        "--like", default="", metavar="NAME",
        help="a site of this namespace whose backup and specification are used",
    )  # fmt: skip
    parser.add_argument("--backup", default="latest", metavar="ID", help="default: the latest")
    parser.add_argument(
        "--site", default="", metavar="NAMESPACE/NAME",
        help="the site that made the backup; default: as the resource says",
    )  # fmt: skip
    parser.add_argument(
        "--volume-snapshot", default="", metavar="NAME",
        help="the VolumeSnapshot with the files of the backup, if it has one (docs/backup.md); "
        "default: that of the latest backup of the site of --like",
    )  # fmt: skip
    parser.add_argument("--host", default="", help="host name of the new site's Ingress")
    parser.add_argument(
        "--dry-run", action="store_true", help="print the resource as YAML, make nothing"
    )
    asking.add_to(parser)
    waiting.add_to(parser, _WAIT_SECONDS)
    parser.epilog = (
        "The site gets new volumes; the backup and the site that made it are only read. "
        "A copy beside the old site makes no backups itself, and has an Ingress only with --host. "
        "If backups are encrypted, bring back the old site's Secrets first (docs/backup.md)."
    )


def run(arguments: argparse.Namespace, kubectl: Kubectl) -> int:
    """Show what is made, ask, make it."""
    old = _source(arguments, kubectl)
    resource = new_site(arguments, kubectl.namespace, old)
    text = json.dumps(resource)
    troubles = list(_troubles(kubectl, resource))
    if arguments.dry_run:
        for trouble in troubles:
            sys.stderr.write(f"kubectl-omero: {trouble}\n")
        sys.stdout.write(
            kubectl.text("create", "--dry-run=client", "--output=yaml", "--filename=-", stdin=text)
        )
        return NOT_GOOD if troubles else GOOD
    if troubles:
        raise CommandError("; ".join(troubles))
    # What the API server would reject is said before the question.
    kubectl.text("create", "--dry-run=server", "--filename=-", stdin=text)
    for line in _summary(resource):
        sys.stdout.write(f"{line}\n")
    if not asking.agreed(arguments, f"Make the site {arguments.name}?"):
        sys.stdout.write("nothing was made\n")
        return GOOD
    kubectl.text("create", "--filename=-", stdin=text)
    sys.stdout.write(f"{arguments.name}: the operator makes the site from the backup\n")
    if not arguments.wait:
        return GOOD
    return waiting.until(
        kubectl,
        arguments.name,
        lambda now: now.condition("Ready" if now.condition("Restored").good else "Restored"),
        lambda now: now.condition("Ready").good,
        arguments.timeout,
        _why_failed,
    )


def _why_failed(platform: Platform) -> str:
    restored = platform.condition("Restored")
    return restored.message if restored.reason == "RestoreFailed" else ""


def _source(arguments: argparse.Namespace, kubectl: Kubectl) -> dict[str, Any]:
    """The resource of the site that made the backup."""
    if arguments.like:
        found: dict[str, Any] = kubectl.json("get", KIND, arguments.like)
        return found
    # kubectl reads YAML; this program has no library for it.
    read_by = ("create", "--dry-run=client", "--output=json", "--validate=false", "--filename=-")
    # Without a namespace: the old site may have been in another one.
    found = json.loads(kubectl.text(*read_by, stdin=read(arguments.filename), namespace=""))
    if found.get("kind") != "OmeroPlatform":
        raise CommandError(
            f"{arguments.filename} has {found.get('kind')}, and should have one OmeroPlatform"
        )
    return found


# --- the resource ---------------------------------------------------------------------------------


def new_site(arguments: argparse.Namespace, namespace: str, old: dict[str, Any]) -> dict[str, Any]:
    """The resource of the new site.

    Args:
        arguments: Of the command.
        namespace: Where it is made.
        old: The resource of the site that made the backup.

    Raises:
        CommandError: It does not say where backups are, or uses volumes that exist.
    """
    metadata = old["metadata"]
    spec = copy.deepcopy(old.get("spec") or {})
    made_by = arguments.site or f"{metadata.get('namespace') or namespace}/{metadata['name']}"
    itself = made_by == f"{namespace}/{arguments.name}"
    place = _place(spec, old)
    if reused := list(_existing_claims(spec)):
        raise CommandError(
            f"{metadata['name']} uses volumes that exist ({', '.join(reused)}), which the new site "
            "would share. Take these fields out of a file of the resource, and use --filename"
        )
    restore = {
        "backup": arguments.backup,
        **({} if itself else {"site": made_by}),
        **place,
        **_files(arguments, old),
    }
    spec["bootstrap"] = {**(spec.get("bootstrap") or {}), "restoreFrom": restore}
    spec.pop("hibernated", None)
    _set_host(spec, arguments.host, keep=itself)
    if not itself and spec.get("backup"):
        spec["backup"]["enabled"] = False
    labels = {"labels": metadata["labels"]} if metadata.get("labels") else {}
    return {
        "apiVersion": old["apiVersion"],
        "kind": old["kind"],
        "metadata": {"name": arguments.name, "namespace": namespace, **labels},
        "spec": spec,
    }


def _place(spec: Spec, old: dict[str, Any]) -> dict[str, Any]:
    """Where the backups are: where the site makes them, else where it was made from."""
    before = (spec.get("bootstrap") or {}).get("restoreFrom") or {}
    for block in (spec.get("backup") or {}, before):
        found = {key: block[key] for key in _PLACE if block.get(key)}
        if "claim" in found or "s3" in found:
            return found
    raise CommandError(
        f"the resource of {old['metadata']['name']} has neither spec.backup.claim nor "
        "spec.backup.s3, so it does not say where its backups are"
    )


def _files(arguments: argparse.Namespace, old: dict[str, Any]) -> dict[str, str]:
    """The snapshot with the files: the one that is named, or that of the latest backup."""
    if arguments.volume_snapshot:
        return {"volumeSnapshotName": arguments.volume_snapshot}
    last = (old.get("status") or {}).get("backup") or {}
    asked = arguments.like and arguments.backup in ("latest", last.get("backup"))
    if not asked or not last.get("volumeSnapshot"):
        return {}
    # Named, since the latest one may be another before the restore begins.
    return {"backup": last["backup"], "volumeSnapshotName": last["volumeSnapshot"]}


def _existing_claims(spec: Any, path: str = "spec") -> Iterator[str]:
    """Fields that name a volume with data; backups of the old site are in no such one."""
    if not isinstance(spec, dict):
        return
    for key, value in spec.items():
        if key == "existingClaim" and value:
            yield f"{path}.{key}"
        yield from _existing_claims(value, f"{path}.{key}")


def _set_host(spec: Spec, host: str, *, keep: bool) -> None:
    """Two sites cannot have one host name."""
    web = spec.get("web") or {}
    ingress = web.get("ingress")
    if host:
        spec["web"] = {**web, "ingress": {**(ingress or {}), "host": host}}
    elif ingress and not keep:
        web.pop("ingress")


# --- before it is made ----------------------------------------------------------------------------


def _troubles(kubectl: Kubectl, resource: dict[str, Any]) -> Iterator[str]:
    """Why it cannot work, as far as it can be seen from here."""
    name = resource["metadata"]["name"]
    if _there(kubectl, KIND, name):
        yield f"there is a site {name} already; a site that holds data is never overwritten"
        return
    selector = f"--selector=app.kubernetes.io/part-of=omero-platform,{_instance(name)}"
    volumes = [each["metadata"]["name"] for each in kubectl.items("pvc", selector)]
    if volumes:
        yield (
            f"a site {name} has left volumes ({', '.join(sorted(volumes))}): the new one would use "
            "them, and a backup is restored into empty volumes only. Delete them if nobody needs "
            "what is in them, or choose another name"
        )
    for kind, needed in _needed(resource["spec"]["bootstrap"]["restoreFrom"]):
        if not _there(kubectl, kind, needed):
            where = resource["metadata"]["namespace"]
            yield f"{kind} {needed} is not in the namespace '{where}', and the restore reads it"


def _instance(name: str) -> str:
    return f"app.kubernetes.io/instance={name}"


def _needed(place: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if claim := place.get("claim"):
        yield "pvc", claim
    if snapshot := place.get("volumeSnapshotName"):
        yield "volumesnapshot", snapshot
    s3 = place.get("s3") or {}
    for reference in (s3.get("credentialsSecretRef"), s3.get("caSecretRef")):
        if reference:
            yield "secret", reference["name"]
    if passphrase := place.get("passphraseSecretRef"):
        yield "secret", passphrase["name"]


def _there(kubectl: Kubectl, kind: str, name: str) -> bool:
    return bool(kubectl.text("get", kind, name, "--ignore-not-found", "--output=name").strip())


def _summary(resource: dict[str, Any]) -> Iterator[str]:
    name, namespace = resource["metadata"]["name"], resource["metadata"]["namespace"]
    spec = resource["spec"]
    restore = spec["bootstrap"]["restoreFrom"]
    place = f"claim {restore['claim']}" if "claim" in restore else f"bucket {_bucket(restore)}"
    yield f"Site     {namespace}/{name}, with new volumes"
    made_by = restore.get("site", f"{namespace}/{name}")
    yield f"Backup   {restore['backup']} of {made_by}, in {place}"
    if snapshot := restore.get("volumeSnapshotName"):
        yield f"Files    VolumeSnapshot {snapshot}"
    yield f"Address  {((spec.get('web') or {}).get('ingress') or {}).get('host') or 'none: --host'}"
    if restore.get("passphraseSecretRef"):
        yield (
            "Secrets  new ones, unless those of the old site are here: docs/backup.md says how to "
            "bring them back first"
        )


def _bucket(restore: dict[str, Any]) -> str:
    return f"{restore['s3']['bucket']} on {restore['s3']['endpoint']}"
