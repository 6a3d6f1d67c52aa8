"""Upgrading: which release the site runs, and whether another one is available."""

from omero_operator.health.condition import ConditionValue
from omero_operator.state.observed import Observed


def judge(observed: Observed) -> ConditionValue:
    """What goes on between two releases."""
    version = observed.release.version
    if not observed.available:
        return ConditionValue("False", "UpToDate", f"the site runs release {version}")
    return ConditionValue(
        "False",
        "ReleaseAvailable",
        f"the site runs release {version}; this operator also has release {observed.available}: "
        f"set spec.version to {observed.available} for it",
    )
