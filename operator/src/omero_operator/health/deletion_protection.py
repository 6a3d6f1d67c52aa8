"""DeletionProtectionHealthy: whether `spec.deletionProtection` has an effect."""

from omero_operator.desired.context import Context
from omero_operator.identity.names import DELETION_POLICY
from omero_operator.state.condition import ConditionValue
from omero_operator.state.observed import Observed

_INSTALL = (
    f"ask an administrator of the cluster to install the ValidatingAdmissionPolicy "
    f"{DELETION_POLICY} and its binding, which the chart has (docs/operations.md, Protect a site "
    "from deletion)"
)
_PROBLEMS = {
    "not served": (
        "ApiNotInstalled",
        "the API server has no ValidatingAdmissionPolicies: they need Kubernetes 1.30. Upgrade "
        "Kubernetes, or restrict who may delete platforms by their rights",
    ),
    "missing": ("PolicyMissing", f"the API server has no policy for it: {_INSTALL}"),
    "no effect": (
        "PolicyWithoutEffect",
        f"the ValidatingAdmissionPolicyBinding {DELETION_POLICY} was changed and does not deny: "
        f"{_INSTALL}",
    ),
}


def judge(ctx: Context, observed: Observed) -> ConditionValue:
    """Whether the API server refuses to delete the platform, where it should."""
    if not ctx.spec.deletion_protection:
        return ConditionValue("True", "SwitchedOff", "spec.deletionProtection is false")
    found = observed.protection
    if found.state == "in effect":
        words = "the API server refuses to delete this platform"
        return ConditionValue("True", "Protected", words)
    if found.state in _PROBLEMS:
        reason, words = _PROBLEMS[found.state]
        return ConditionValue("False", reason, f"spec.deletionProtection has no effect: {words}")
    return ConditionValue(
        "Unknown",
        "PolicyUnknown",
        f"the operator may not read the policy {DELETION_POLICY}: {found.refusal}; `kubectl delete "
        f"omero {ctx.name} --dry-run=server` shows whether a deletion would be refused",
    )
