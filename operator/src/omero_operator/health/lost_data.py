"""Volumes and generated Secrets that held data and are gone, or about to go.

The status records which claim and which Secret it was, by uid. Nothing takes the place of one that
is lost without a person's word: its component is left as it is, and the condition says how to bring
it back, or to accept the loss.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from omero_operator.api.v1alpha1.status import DataVolume, GeneratedSecret
from omero_operator.desired import parts, plan
from omero_operator.desired.component import Credential
from omero_operator.desired.context import Context
from omero_operator.health import volume_growth
from omero_operator.identity.kinds import CLAIM, SECRET, Manifest
from omero_operator.identity.labels import ACCEPT_LOSS
from omero_operator.state.observed import Failure, Observed

GUIDE = 'docs/operations.md, "When data is lost"'


@dataclass(frozen=True)
class Record:
    """What the platform says of its data: the status of the last pass, and a person's word.

    Attributes:
        volumes: Recorded volumes by component.
        secrets: Recorded Secrets by name.
        accepted: Uids whose loss is accepted.
        created: When the platform was made (RFC 3339, UTC).
    """

    volumes: Mapping[str, DataVolume]
    secrets: Mapping[str, GeneratedSecret]
    accepted: frozenset[str]
    created: str

    @classmethod
    def of(cls, platform: Manifest) -> "Record":
        """Read it from a platform, whichever version of the operator wrote its status."""
        status, metadata = platform.get("status", {}), platform["metadata"]
        volumes = [
            DataVolume(
                component=item["component"],
                claim=item["claim"],
                uid=item.get("uid", ""),
                volume=item.get("volume", ""),
                size=item.get("size", ""),
                growth=item.get("growth", ""),
            )
            for item in status.get("dataVolumes", [])
        ]
        accepted = metadata.get("annotations", {}).get(ACCEPT_LOSS, "").split(",")
        return cls(
            volumes={volume.component: volume for volume in volumes},
            secrets={
                item["name"]: GeneratedSecret(name=item["name"], uid=item["uid"])
                for item in status.get("generatedSecrets", [])
            },
            accepted=frozenset(uid.strip() for uid in accepted if uid.strip()),
            created=metadata["creationTimestamp"],
        )


def with_volumes(
    ctx: Context, observed: Observed, brought: Mapping[str, Manifest], record: Record
) -> Observed:
    """Compare the claims with those that held the data.

    Args:
        ctx: Build context.
        observed: What the cluster shows.
        brought: Claims that the user brings, by name.
        record: What the platform says of its data.

    Returns:
        The view with the new record, and with a failure for each component whose volume is lost,
        replaced or going.
    """
    own = observed.named(CLAIM)
    found, failures = [], []
    for component in plan.data_components(ctx):
        name = parts.claim_name(ctx, component)
        before = record.volumes.get(component.name)
        held_data = before is not None and before.claim == name and bool(before.uid)
        # A claim that is not ours is of interest as the user's own, or in place of a lost one.
        foreign = held_data or component.storage(ctx.spec).existing_claim
        live = own.get(name) or (brought.get(name) if foreign else None)
        if before is None or before.claim != name or before.uid in record.accepted:
            before = DataVolume(component=component.name, claim=name)
        reason, message = _problem(ctx, before, live)
        if reason:
            failures.append(Failure(component.name, reason, message, holds=True))
        keeps = reason in ("", "VolumeTerminating") and live and (held_data or _bound(live))
        found.append(_recorded(before, live) if live and keeps else before)
    return replace(observed, data_volumes=tuple(found), failures=(*observed.failures, *failures))


def _bound(claim: Manifest) -> bool:
    """Whether a claim has a volume; before, it has held no data."""
    return bool(claim.get("status", {}).get("phase") == "Bound")


def _recorded(before: DataVolume, live: Manifest) -> DataVolume:
    return before.model_copy(
        update={
            "uid": live["metadata"]["uid"],
            "volume": live["spec"].get("volumeName", ""),
            "size": volume_growth.size(live),
            "growth": volume_growth.words(live),
        }
    )


def accepting(ctx: Context, uid: str) -> str:
    """What a person runs to accept the loss of what had this uid."""
    return (
        f"`kubectl annotate omero {ctx.name} --namespace {ctx.namespace} --overwrite "
        f"{ACCEPT_LOSS}={uid}`"
    )


def _problem(ctx: Context, before: DataVolume, live: Manifest | None) -> tuple[str, str]:
    """Reason and message for a claim that is not the one that held the data; else empty."""
    name, volume = before.claim, before.volume
    accept = accepting(ctx, before.uid)
    if live is None:
        if not before.uid:
            return "", ""
        return "VolumeLost", (
            f"claim '{name}' with this site's data (volume {volume}) is gone; no empty claim is "
            f"created in its place. Create a claim '{name}' for that volume or for a backup of it, "
            f"or accept the loss with {accept}; see {GUIDE}"
        )
    if "deletionTimestamp" in live["metadata"]:
        volume = live["spec"].get("volumeName", "") or volume
        return "VolumeTerminating", (
            f"claim '{name}' was deleted and will be removed when its pod stops; do not restart "
            f"that pod. Keep the volume now: `kubectl patch pv {volume} --patch "
            '\'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}\'`, and copy the data; '
            f"see {GUIDE}"
        )
    if live.get("status", {}).get("phase") == "Lost":
        return "VolumeLost", (
            f"claim '{name}' has lost its volume {volume}; restore the volume, or delete the "
            f"claim and create one for a backup; see {GUIDE}"
        )
    same = live["metadata"]["uid"] == before.uid
    if before.uid and not same and live["spec"].get("volumeName") != volume:
        return "VolumeReplaced", (
            f"claim '{name}' is not the one that held this site's data (volume {volume}); if it "
            f"holds the data of a backup, or may start empty, confirm with {accept}; see {GUIDE}"
        )
    return "", ""


def secrets(
    ctx: Context, credentials: Sequence[Credential], observed: Observed, record: Record
) -> Mapping[str, Sequence[Failure]]:
    """Generated Secrets that are lost, although what knows their values is still there.

    Args:
        ctx: Build context.
        credentials: The Secrets to generate.
        observed: What the cluster shows.
        record: What the platform says of its data.

    Returns:
        The failures of its users by the name of each such Secret, which must not be made anew.
    """
    result = {}
    for credential in credentials:
        uid = _lost(ctx, credential, observed, record)
        if not uid:
            continue
        message = (
            f"Secret '{credential.name}' is gone or has lost a key, and {credential.lives_in}; no "
            "new value is generated. Create the Secret again with its old content, or accept new "
            f"values with `kubectl annotate omero {ctx.name} --namespace {ctx.namespace} "
            f"--overwrite {ACCEPT_LOSS}={uid}`; see {GUIDE}"
        )
        result[credential.name] = [
            Failure(user, "SecretLost", message, holds=True)
            for user in plan.users(ctx, [credential.name])[credential.name]
        ]
    return result


def _lost(ctx: Context, credential: Credential, observed: Observed, record: Record) -> str:
    """The uid by which the loss of a Secret can be accepted; empty where it is not lost."""
    if not credential.lives_in:
        return ""
    live = observed.child(SECRET, credential.name)
    data = live.get("data", {}) if live else {}
    if live is not None and all(data.get(key) for key, _ in credential.keys):
        return ""
    recorded = record.secrets.get(credential.name)
    uid = recorded.uid if recorded else _older_claim(ctx, credential, observed, record)
    return "" if uid in record.accepted else uid


def _older_claim(ctx: Context, credential: Credential, observed: Observed, record: Record) -> str:
    """Uid of a claim that is older than the platform: its data knows a Secret of the one before."""
    for component in plan.data_components(ctx):
        if component.name != credential.data:
            continue
        claim = observed.child(CLAIM, parts.claim_name(ctx, component))
        if claim and claim["metadata"]["creationTimestamp"] < record.created:
            return str(claim["metadata"]["uid"])
    return ""


def recorded_secrets(
    credentials: Sequence[Credential], present: Mapping[str, Manifest], record: Record
) -> list[GeneratedSecret]:
    """The new record of generated Secrets; one that is lost stays in it until that is accepted."""
    kept = {name: secret for name, secret in record.secrets.items() if name not in present}
    now = {
        each.name: GeneratedSecret(name=each.name, uid=present[each.name]["metadata"]["uid"])
        for each in credentials
        if each.lives_in and each.name in present
    }
    return [secret for _, secret in sorted((kept | now).items())]
