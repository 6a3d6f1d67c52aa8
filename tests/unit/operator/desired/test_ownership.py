"""What goes with its platform, and what stays."""

from __future__ import annotations

import pytest

from omero_operator.desired.plan import desired
from omero_operator.identity.labels import NEVER_PRUNE, RETAINED, owner_reference
from operator_builders import EXTERNAL_DATABASE, NAME, UID, context, spec, title

OWNER = [owner_reference(NAME, UID)]
DATA = {
    "PersistentVolumeClaim/demo-server",
    "PersistentVolumeClaim/demo-db",
    "PersistentVolumeClaim/demo-plugin-db",
    "PersistentVolumeClaim/demo-uploads",
    "PersistentVolumeClaim/demo-exports",
    "Secret/demo-root-credentials",
    "Secret/demo-db-credentials",
    "Secret/demo-plugin-db-credentials",
    "Secret/demo-redis-credentials",
    "Secret/demo-checksum-key",
    "Secret/demo-web-secret-key",
    "Secret/demo-plugin-keys",
    "Secret/demo-omp-hash-secret",
    "Secret/demo-job-service-credentials",
}


def owners(policy: str) -> dict[str, object]:
    ctx = context(spec(deletionPolicy=policy), secret_properties={"omero.a": "b"})
    return {title(m): m["metadata"].get("ownerReferences") for m in desired(ctx)}


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_data_and_its_passwords_have_no_owner(policy: str) -> None:
    """Kubernetes would delete them with their platform, whatever the policy has become."""
    found = owners(policy)
    assert {name for name, owner in found.items() if owner is None} == DATA
    assert all(owner == OWNER for name, owner in found.items() if name not in DATA)


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_data_is_marked_so_that_nobody_prunes_it(policy: str) -> None:
    """The mark has the platform's name: a new one of that name may use the data again."""
    ctx = context(spec(deletionPolicy=policy), secret_properties={"omero.a": "b"})
    marks = {
        title(m): m["metadata"]["annotations"][RETAINED]
        for m in desired(ctx)
        if RETAINED in m["metadata"].get("annotations", {})
    }
    assert marks == dict.fromkeys(DATA, NAME)
    for manifest in desired(ctx):
        never = NEVER_PRUNE.items() <= manifest["metadata"].get("annotations", {}).items()
        assert never == (title(manifest) in DATA), title(manifest)


@pytest.mark.parametrize("block", ["server", "database", "pluginDatabase"])
def test_claim_that_the_user_brings_is_not_written(block: str) -> None:
    claim = {"server": "demo-server", "database": "demo-db", "pluginDatabase": "demo-plugin-db"}
    plan = desired(context(spec(**{block: {"storage": {"existingClaim": "mine"}}})))
    titles = {title(m) for m in plan}
    assert f"PersistentVolumeClaim/{claim[block]}" not in titles
    assert "PersistentVolumeClaim/mine" not in titles
    (workload,) = [m for m in plan if title(m) == f"StatefulSet/{claim[block]}"]
    volumes = {v["name"]: v for v in workload["spec"]["template"]["spec"]["volumes"]}
    assert volumes["data"]["persistentVolumeClaim"] == {"claimName": "mine"}


def test_external_database_leaves_no_claim_and_no_secret() -> None:
    titles = {title(m) for m in desired(context(spec(database=EXTERNAL_DATABASE)))}
    assert {name for name in titles if name.endswith(("demo-db", "demo-db-credentials"))} == {
        "Deployment/demo-db",
        "ServiceAccount/demo-db",
    }


def test_all_children_live_in_the_namespace_of_their_platform() -> None:
    """Owner references do not cross namespaces: such a child would be deleted at once."""
    assert {m["metadata"]["namespace"] for m in desired(context(namespace="n"))} == {"n"}
