"""Clusters of CloudNativePG that held data and are gone, or about to go: as volumes of our own."""

from dataclasses import replace

from omero_operator.api.v1alpha1.status import DataVolume
from omero_operator.desired import plan
from omero_operator.desired.context import Context
from omero_operator.health.lost_data import GUIDE, Record, accepting
from omero_operator.identity.kinds import PG_CLUSTER, Manifest
from omero_operator.state.observed import Failure, Observed


def with_clusters(ctx: Context, observed: Observed, record: Record) -> Observed:
    """Compare the Clusters with those that held the data.

    Args:
        ctx: Build context.
        observed: What the cluster shows.
        record: What the platform says of its data.

    Returns:
        The view with the record of Clusters, and with a failure for each one that is lost.
    """
    found, failures = [], []
    for component, _, name in plan.pg_clusters(ctx):
        before = record.volumes.get(component.name)
        if before is None or before.claim != name or before.uid in record.accepted:
            before = DataVolume(component=component.name, claim=name)
        live = observed.child(PG_CLUSTER, name)
        reason, message = _problem(ctx, component.path, before, live)
        if reason:
            failures.append(Failure(component.name, reason, message, holds=True))
        elif live:
            before = before.model_copy(update={"uid": live["metadata"]["uid"]})
        found.append(before)
    volumes = (*observed.data_volumes, *found)
    return replace(observed, data_volumes=volumes, failures=(*observed.failures, *failures))


def _problem(ctx: Context, path: str, before: DataVolume, live: Manifest | None) -> tuple[str, str]:
    accept = accepting(ctx, before.uid)
    if live is None and before.uid:
        return "VolumeLost", (
            f"Cluster '{before.claim}' of CloudNativePG with this site's data is gone; no new one "
            "is created in its place. To have it created from a backup, set "
            f"{path}.cloudNativePG.recoverFrom first; then, or to begin with an empty one, run "
            f"{accept}; see {GUIDE}"
        )
    if live and "deletionTimestamp" in live["metadata"]:
        return "VolumeTerminating", (
            f"Cluster '{before.claim}' of CloudNativePG was deleted, and its volumes with it; see "
            f"{GUIDE}"
        )
    if live and before.uid and live["metadata"]["uid"] != before.uid:
        return "VolumeReplaced", (
            f"Cluster '{before.claim}' of CloudNativePG is not the one that held this site's data; "
            f"if it holds the data of a backup, or may start empty, confirm with {accept}; see "
            f"{GUIDE}"
        )
    return "", ""
