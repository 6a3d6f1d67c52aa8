"""Volumes and Secrets that held data: what is recorded, when they are lost, and what ends it."""

from __future__ import annotations

from typing import Any

import pytest

from omero_operator.api.v1alpha1.status import DataVolume
from omero_operator.desired import plan
from omero_operator.health import lost_data
from omero_operator.identity.kinds import Manifest
from omero_operator.identity.labels import ACCEPT_LOSS
from omero_operator.state.observed import Failure, Observed
from operator_builders import NOW, context, observed, platform, secret, spec

CTX = context()
CREDENTIALS = plan.credentials(CTX)
KEPT = {
    "demo-checksum-key": {"server", "bootstrap", "web", "worker", "uploads", "exports"}
    | {"database", "plugin-database", "redis", "maintenance"},
    "demo-root-credentials": {"server", "bootstrap"},
    "demo-plugin-keys": {"web", "worker", "uploads", "exports"},
    "demo-omp-hash-secret": {"web", "worker"},
}


LIVES_IN = {each.name: each.lives_in for each in CREDENTIALS}
GUIDE = 'docs/operations.md, "When data is lost"'
ACCEPT = f"`kubectl annotate omero demo --namespace images --overwrite {ACCEPT_LOSS}=c1`"


def claim(name: str = "demo-db", uid: str = "c1", volume: str = "pv1", **status: Any) -> Manifest:
    return {
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "uid": uid, "creationTimestamp": NOW},
        "spec": {"volumeName": volume},
        "status": {"phase": "Bound", **status},
    }


def record(accepted: str = "", created: str = NOW, **status: Any) -> lost_data.Record:
    annotations = {ACCEPT_LOSS: accepted} if accepted else {}
    return lost_data.Record.of(platform(annotations=annotations, created=created, status=status))


HELD = {
    "dataVolumes": [{"component": "database", "claim": "demo-db", "uid": "c1", "volume": "pv1"}]
}


def judged(*claims: Manifest, **status: Any) -> tuple[DataVolume, list[Failure]]:
    """What becomes of the database's record, and its failures."""
    accepted = status.pop("accepted", "")
    view = lost_data.with_volumes(CTX, observed(*claims), {}, record(accepted, **status))
    (volume,) = [each for each in view.data_volumes if each.component == "database"]
    return volume, [each for each in view.failures if each.component == "database"]


def test_bound_claim_is_recorded() -> None:
    volume, failures = judged(claim())
    assert (volume.uid, volume.volume, failures) == ("c1", "pv1", [])


def test_claim_that_was_never_bound_has_held_nothing() -> None:
    volume, failures = judged(claim(phase="Pending"))
    assert (volume.uid, failures) == ("", [])
    assert judged() == (DataVolume(component="database", claim="demo-db"), [])


def test_claim_that_is_gone_is_lost() -> None:
    volume, (failure,) = judged(**HELD)
    assert (failure.reason, failure.holds) == ("VolumeLost", True)
    assert failure.message == (
        "claim 'demo-db' with this site's data (volume pv1) is gone; no empty claim is created in "
        "its place. Create a claim 'demo-db' for that volume or for a backup of it, or accept the "
        f"loss with {ACCEPT}; see {GUIDE}"
    )
    assert volume.uid == "c1"


def test_claim_that_is_going_is_told_before_it_is_lost() -> None:
    going = claim()
    going["metadata"]["deletionTimestamp"] = NOW
    for status in (HELD, {}):
        volume, (failure,) = judged(going, **status)
        assert (failure.reason, failure.holds) == ("VolumeTerminating", True)
        assert failure.message == (
            "claim 'demo-db' was deleted and will be removed when its pod stops; do not restart "
            "that pod. Keep the volume now: `kubectl patch pv pv1 --patch "
            '\'{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}\'`, and copy the data; '
            f"see {GUIDE}"
        )
        assert volume.uid == "c1"


def test_claim_whose_volume_is_gone_is_lost() -> None:
    volume, (failure,) = judged(claim(phase="Lost"), **HELD)
    assert (failure.reason, failure.holds) == ("VolumeLost", True)
    assert failure.message == (
        "claim 'demo-db' has lost its volume pv1; restore the volume, or delete the claim and "
        f"create one for a backup; see {GUIDE}"
    )
    assert (volume.uid, volume.volume) == ("c1", "pv1")


def test_claim_for_the_same_volume_is_a_return() -> None:
    volume, failures = judged(claim(uid="c2"), **HELD)
    assert (volume.uid, volume.volume, failures) == ("c2", "pv1", [])


def test_claim_for_another_volume_wants_a_word() -> None:
    volume, (failure,) = judged(claim(uid="c2", volume="pv2"), **HELD)
    assert (failure.reason, failure.holds) == ("VolumeReplaced", True)
    assert failure.message == (
        "claim 'demo-db' is not the one that held this site's data (volume pv1); if it holds the "
        f"data of a backup, or may start empty, confirm with {ACCEPT}; see {GUIDE}"
    )
    assert volume.uid == "c1"
    volume, failures = judged(claim(uid="c2", volume="pv2"), accepted="c1", **HELD)
    assert (volume.uid, failures) == ("c2", [])


def test_accepted_loss_begins_anew() -> None:
    volume, failures = judged(accepted="x, c1", **HELD)
    assert (volume.uid, failures) == ("", [])


def test_acceptance_is_of_one_loss_alone() -> None:
    """The annotation stays; the next loss is another claim with another uid."""
    next_one = {"dataVolumes": [{**HELD["dataVolumes"][0], "uid": "c2"}]}
    _, (failure,) = judged(accepted="c1", **next_one)
    assert failure.reason == "VolumeLost"


def test_claim_of_the_user_is_watched_as_well() -> None:
    ctx = context(spec(database={"storage": {"existingClaim": "mine"}}))
    view = lost_data.with_volumes(ctx, observed(), {"mine": claim("mine")}, record())
    (volume,) = [each for each in view.data_volumes if each.component == "database"]
    assert (volume.claim, volume.uid) == ("mine", "c1")


def by_hand(item: Manifest, **status: Any) -> tuple[DataVolume, list[Failure]]:
    """What becomes of the record while a claim without our labels is there."""
    accepted = status.pop("accepted", "")
    view = lost_data.with_volumes(CTX, observed(), {"demo-db": item}, record(accepted, **status))
    (volume,) = [each for each in view.data_volumes if each.component == "database"]
    return volume, [each for each in view.failures if each.component == "database"]


def test_claim_made_by_hand_for_the_lost_volume_is_a_return_also_before_it_is_bound() -> None:
    """With late binding it is bound when its pod starts, and that waits for this verdict."""
    volume, failures = by_hand(claim(uid="c2", phase="Pending"), **HELD)
    assert (volume.uid, failures) == ("c2", [])
    other = claim(uid="c3", volume="", phase="Pending")
    assert by_hand(other, **HELD)[1][0].reason == "VolumeReplaced"
    volume, failures = by_hand(other, accepted="c1", **HELD)
    assert (volume.uid, failures) == ("c3", [])


def test_claim_of_somebody_else_is_not_taken_for_ours() -> None:
    """It has the name by chance, and this site never had data there."""
    volume, failures = by_hand(claim(uid="c9"))
    assert (volume.uid, failures) == ("", [])


# --- Secrets --------------------------------------------------------------------------------------


def generated(*without: str, **changed: dict[str, str]) -> Observed:
    """All generated Secrets but those named; values of a key are the key's name."""
    return observed(
        *(
            secret(each.name, {key: key for key, _ in each.keys} | changed.get(each.name, {}))
            for each in CREDENTIALS
            if each.name not in without
        )
    )


def recorded(name: str) -> dict[str, Any]:
    return {"generatedSecrets": [{"name": name, "uid": "s1"}]}


@pytest.mark.parametrize("name", KEPT)
def test_secret_whose_values_live_on_is_lost(name: str) -> None:
    (failures,) = lost_data.secrets(
        CTX, CREDENTIALS, generated(name), record(**recorded(name))
    ).values()
    assert {failure.component for failure in failures} == KEPT[name]
    assert all((f.reason, f.holds) == ("SecretLost", True) for f in failures)
    assert failures[0].message == (
        f"Secret '{name}' is gone or has lost a key, and {LIVES_IN[name]}; no new value is "
        "generated. Create the Secret again with its old content, or accept new values with "
        f"`kubectl annotate omero demo --namespace images --overwrite {ACCEPT_LOSS}=s1`; "
        f"see {GUIDE}"
    )


@pytest.mark.parametrize("name", KEPT)
def test_secret_with_an_emptied_key_is_lost(name: str) -> None:
    (credential,) = [each for each in CREDENTIALS if each.name == name]
    view = generated(**{name: {credential.keys[-1][0]: ""}})
    assert lost_data.secrets(CTX, CREDENTIALS, view, record(**recorded(name))).keys() == {name}


@pytest.mark.parametrize("name", KEPT)
def test_accepted_loss_of_a_secret(name: str) -> None:
    given = record("s1", **recorded(name))
    assert lost_data.secrets(CTX, CREDENTIALS, generated(name), given) == {}


def test_secret_with_all_its_keys_is_not_lost() -> None:
    for name in KEPT:
        assert lost_data.secrets(CTX, CREDENTIALS, generated(), record(**recorded(name))) == {}


def test_secret_without_any_data_is_lost() -> None:
    name = "demo-plugin-keys"
    empty = secret(name, {})
    del empty["data"]
    found = lost_data.secrets(CTX, CREDENTIALS, observed(empty), record(**recorded(name)))
    assert found.keys() == {name}


def test_secret_of_a_new_site_is_not_lost() -> None:
    assert lost_data.secrets(CTX, CREDENTIALS, observed(), record()) == {}


def test_secret_that_can_be_set_again_is_not_lost() -> None:
    """PostgreSQL, Redis and the job account are told the new password."""
    for each in CREDENTIALS:
        if each.name not in KEPT:
            given = record(**recorded(each.name))
            assert lost_data.secrets(CTX, CREDENTIALS, generated(each.name), given) == {}


@pytest.mark.parametrize(
    ("name", "volume"),
    [("demo-root-credentials", "demo-db"), ("demo-plugin-keys", "demo-plugin-db")],
)
def test_new_platform_over_old_data_wants_the_old_secret(name: str, volume: str) -> None:
    """The platform was deleted, its claims stayed, and somebody tidied the Secrets away."""
    older = claim(volume, "old-claim") | {
        "metadata": {
            "name": volume,
            "uid": "old-claim",
            "creationTimestamp": "2020-01-01T00:00:00Z",
        }
    }
    view = observed(older)
    lost = lost_data.secrets(CTX, CREDENTIALS, view, record())
    assert lost.keys() == {name}
    assert f"{ACCEPT_LOSS}=old-claim" in lost[name][0].message
    assert lost_data.secrets(CTX, CREDENTIALS, view, record("old-claim")) == {}


def test_claim_of_the_same_second_as_the_platform_is_not_older() -> None:
    assert lost_data.secrets(CTX, CREDENTIALS, observed(claim()), record(created=NOW)) == {}


def test_record_of_secrets_outlives_their_loss() -> None:
    given = record(**recorded("demo-root-credentials"))
    present = {"demo-plugin-keys": {"metadata": {"uid": "s2"}}}
    found = lost_data.recorded_secrets(CREDENTIALS, present, given)
    assert {each.name: each.uid for each in found} == {
        "demo-plugin-keys": "s2",
        "demo-root-credentials": "s1",
    }


def test_only_secrets_that_cannot_be_made_again_are_recorded() -> None:
    present = {each.name: {"metadata": {"uid": "s"}} for each in CREDENTIALS}
    found = lost_data.recorded_secrets(CREDENTIALS, present, record())
    assert {each.name for each in found} == KEPT.keys()


def test_record_of_an_older_operator_is_read() -> None:
    given = record(dataVolumes=[{"component": "database", "claim": "demo-db"}])
    assert given.volumes == {"database": DataVolume(component="database", claim="demo-db")}
    view = lost_data.with_volumes(CTX, observed(), {}, given)
    assert view.failures == ()
