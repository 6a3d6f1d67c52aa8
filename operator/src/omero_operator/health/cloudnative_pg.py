"""What CloudNativePG says of a Cluster, and of the backups that it makes of it."""

import datetime

from omero_operator.api import cron
from omero_operator.desired import plan
from omero_operator.desired.context import Context
from omero_operator.identity.kinds import PG_CLUSTER, Manifest
from omero_operator.state.condition import ConditionValue, progressing
from omero_operator.state.observed import Observed

_HEALTHY = "Cluster in healthy state"


def words(cluster: Manifest) -> str:
    """How a Cluster is, in CloudNativePG's own words."""
    status = cluster.get("status", {})
    phase = status.get("phase") or "CloudNativePG has not looked at it yet"
    told = [f"Cluster {cluster['metadata']['name']}: {phase}", status.get("phaseReason", "")]
    instances = cluster["spec"]["instances"]
    told.append(f"{status.get('readyInstances', 0)} of {instances} instances are ready")
    return "; ".join(filter(None, told))


def unready(name: str, observed: Observed) -> ConditionValue | None:
    """Why a Cluster cannot be connected to, as far as CloudNativePG knows; None where it should.

    Args:
        name: Name of the Cluster.
        observed: What the cluster shows.
    """
    cluster = observed.child(PG_CLUSTER, name)
    if cluster is None:
        return ConditionValue("Unknown", "Creating", f"Cluster {name} is being created")
    status = cluster.get("status", {})
    if status.get("phase") == _HEALTHY and status.get("readyInstances"):
        return None
    return progressing(words(cluster))


def backups_trouble(ctx: Context, observed: Observed) -> ConditionValue | None:
    """What is wrong with the backups of the site's Clusters; None where nothing is.

    Args:
        ctx: Build context.
        observed: What the cluster shows.
    """
    for _, settings, name in plan.pg_clusters(ctx):
        if settings.backup is None or ctx.spec.hibernated:
            continue
        own = [each for each in observed.pg_backups if each["spec"]["cluster"]["name"] == name]
        if value := _trouble(name, settings.backup.schedule, own, observed):
            return value
    return None


def backups_words(ctx: Context, observed: Observed) -> str:
    """When the last complete backups of the site's Clusters ended; empty where it has none."""
    told = []
    for _, settings, name in plan.pg_clusters(ctx):
        if settings.backup:
            own = [each for each in observed.pg_backups if each["spec"]["cluster"]["name"] == name]
            told.append(f"Cluster {name}: {_last(own)}")
    return "; ".join(told)


def _trouble(
    name: str, schedule: str, backups: list[Manifest], observed: Observed
) -> ConditionValue | None:
    ended = sorted(filter(_ended, backups), key=_time)
    if ended and _phase(ended[-1]) != "completed":
        error = ended[-1].get("status", {}).get("error") or _phase(ended[-1])
        which = ended[-1]["metadata"]["name"]
        words = f"Backup {which} of Cluster {name} failed: {error}; {_last(backups)}"
        return ConditionValue("False", "LastRunFailed", words)
    good = _good(backups)
    period = cron.longest_gap(schedule)
    since = good or _made(name, observed)
    if since and period and observed.now - datetime.datetime.fromisoformat(since) > 2 * period:
        words = f"Cluster {name}: {_last(backups)}; that is more than two periods of its schedule"
        return ConditionValue("False", "Overdue", words)
    if not good:
        words = f"Cluster {name}: {_last(backups)}"
        return ConditionValue("Unknown", "NoBackupYet", words)
    return None


def _made(name: str, observed: Observed) -> str:
    cluster = observed.child(PG_CLUSTER, name) or {}
    return str(cluster.get("metadata", {}).get("creationTimestamp", ""))


def _phase(backup: Manifest) -> str:
    return str(backup.get("status", {}).get("phase", ""))


def _ended(backup: Manifest) -> bool:
    return _phase(backup) in ("completed", "failed", "invalid backup definition")


def _time(backup: Manifest) -> str:
    return str(backup["metadata"]["creationTimestamp"])


def _good(backups: list[Manifest]) -> str:
    """When the last complete one ended; empty where there is none."""
    done = (each for each in backups if _phase(each) == "completed")
    return max((each["status"].get("stoppedAt") or _time(each) for each in done), default="")


def _last(backups: list[Manifest]) -> str:
    found = _good(backups)
    return f"the last complete backup is of {found}" if found else "there is no complete backup"
