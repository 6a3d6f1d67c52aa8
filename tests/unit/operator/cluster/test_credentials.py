"""Generated credentials: made once, kept whatever they are, filled where somebody emptied them."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Collection

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from omero_operator.cluster import credentials
from omero_operator.cluster.errors import AlreadyExistsError
from omero_operator.desired import generated, plan
from omero_operator.desired.component import PRIVATE_KEY, PUBLIC_KEY, RANDOM, Credential
from omero_operator.identity.kinds import SECRET, Manifest
from omero_operator.identity.labels import RETAINED, ROTATABLE, ROTATE, STARTED
from operator_builders import NAMESPACE, Cluster, by_title, context, foreign, observed, secret

CTX = context()
WANTED = plan.credentials(CTX)
DATABASE = "demo-db-credentials"


def ensure_all(cluster: Cluster, lost: Collection[str] = ()) -> credentials.Made:
    """One pass: read the children, make what is missing."""
    labelled = [
        item | {"kind": "Secret"}
        for item in cluster.objects.values()
        if item["metadata"].get("labels", {}).get("app.kubernetes.io/instance") == "demo"
    ]
    view = observed(*labelled)
    manifests = generated.build(CTX, WANTED)
    return asyncio.run(credentials.ensure(cluster, WANTED, manifests, view, lost))


def ensure(cluster: Cluster) -> dict[str, Manifest]:
    """One pass without anything in its way."""
    made = ensure_all(cluster)
    assert made.strangers == made.refusals == {}
    return made.secrets


def decoded(item: Manifest) -> dict[str, str]:
    return {key: base64.b64decode(value).decode() for key, value in item["data"].items()}


def test_all_are_made_at_first() -> None:
    cluster = Cluster()
    made = ensure(cluster)
    assert made.keys() == {credential.name for credential in WANTED}
    assert cluster.writes == [f"create Secret/{credential.name}" for credential in WANTED]
    assert decoded(made[DATABASE])["username"] == "omero"


def test_passwords_are_long_random_and_need_no_quoting() -> None:
    made = {name: decoded(item) for name, item in ensure(Cluster()).items()}
    random = [
        made[credential.name][key]
        for credential in WANTED
        for key, value in credential.keys
        if value == RANDOM
    ]
    assert len(set(random)) == len(random) == len(WANTED) - 1
    # One in 64 began with a dash once, which OMERO's first start takes for an option.
    for value in (*random, *(credentials._MADE[RANDOM]() for _ in range(500))):
        assert re.fullmatch("[A-Za-z][A-Za-z0-9]{31}", value)


def test_plugins_get_a_key_for_fernet() -> None:
    keys = decoded(ensure(Cluster())["demo-plugin-keys"])["keys"]
    assert Fernet(keys).decrypt(Fernet(keys).encrypt(b"x")) == b"x"


def test_settled_platform_writes_nothing() -> None:
    cluster = Cluster()
    first = ensure(cluster)
    cluster.writes.clear()
    assert {n: s["data"] for n, s in ensure(cluster).items()} == {
        n: s["data"] for n, s in first.items()
    }
    assert cluster.writes == []


@pytest.mark.parametrize(
    ("data", "filled"),
    [
        ({"username": "b21lcm8="}, {"password"}),
        ({"password": "cHc=", "username": ""}, {"username"}),
        ({}, {"username", "password"}),
    ],
    ids=["password gone", "name emptied", "all gone"],
)
def test_only_what_is_missing_is_filled(data: dict[str, str], filled: set[str]) -> None:
    cluster = Cluster(secret(DATABASE, data, "database"))
    made = ensure(cluster)[DATABASE]["data"]
    assert all(made.values())
    assert {key for key in made if made[key] != data.get(key)} == filled


def test_changed_password_is_a_rotation_and_stays() -> None:
    """A key of somebody else's is none of ours, and no pod is rolled for it."""
    data = {"username": "b21lcm8=", "password": "bXkgb3du"}
    cluster = Cluster(secret(DATABASE, {**data, "note": "eA=="}, "database"))
    assert ensure(cluster)[DATABASE]["data"] == data
    assert f"patch Secret/{DATABASE}" not in cluster.writes


def asked_to_rotate(name: str, word: str, data: dict[str, str]) -> Manifest:
    item = secret(name, data, "database")
    item["metadata"].setdefault("annotations", {})[ROTATE] = word
    return item


def test_each_word_rotates_once() -> None:
    old = {"username": "b21lcm8=", "password": "b2xk", "note": "eA=="}
    cluster = Cluster(asked_to_rotate(DATABASE, "2026-11-30", old))
    first = decoded(ensure(cluster)[DATABASE])
    assert first["username"] == "omero"
    assert re.fullmatch("[A-Za-z][A-Za-z0-9]{31}", first["password"])
    cluster.writes.clear()
    assert decoded(ensure(cluster)[DATABASE]) == first
    assert cluster.writes == []
    live = next(item for item in cluster.objects.values() if item["metadata"]["name"] == DATABASE)
    assert live["data"]["note"] == "eA==", "a key of somebody else's"
    live["metadata"]["annotations"][ROTATE] = "once more"
    assert decoded(ensure(cluster)[DATABASE])["password"] != first["password"]
    assert cluster.writes == [f"patch Secret/{DATABASE}"]


@pytest.mark.parametrize("credential", [each for each in WANTED if each.lives_in], ids=str)
def test_what_others_know_and_cannot_be_told_again_is_not_rotated(
    credential: Credential,
) -> None:
    data = {key: "b2xk" for key, _ in credential.keys}
    cluster = Cluster(asked_to_rotate(credential.name, "now", data))
    assert ensure(cluster)[credential.name]["data"] == data
    (manifest,) = generated.build(CTX, [credential])
    assert ROTATABLE not in manifest["metadata"]["labels"]


def test_secret_without_labels_is_found_by_its_name() -> None:
    """Somebody removed the labels, or another pass was quicker: its password is the one in use."""
    ours = secret(DATABASE, {"username": "b21lcm8=", "password": "b2xk"}, "database")
    unlabelled = foreign(ours)
    unlabelled["metadata"]["annotations"] = {RETAINED: "demo"}
    cluster = Cluster(unlabelled)
    assert ensure(cluster)[DATABASE]["data"]["password"] == "b2xk"


def test_secret_that_came_and_went_is_an_error() -> None:
    """The pass fails and is tried again: a made-up answer would be worse."""
    cluster = Cluster()
    cluster.refusals[f"create Secret/{DATABASE}"] = 409
    with pytest.raises(AlreadyExistsError):
        ensure(cluster)


def test_overtaken_filling_is_told() -> None:
    """The patch names the version it was made from; two passes cannot both fill a key."""
    cluster = Cluster(secret(DATABASE, {}, "database"))

    def overtake(call: str) -> None:
        if call == f"patch Secret/{DATABASE}":
            cluster.before = lambda _: None
            cluster.replace(SECRET, DATABASE, data={"password": "b3RoZXI="})

    cluster.before = overtake
    with pytest.raises(AlreadyExistsError):
        ensure(cluster)
    found = cluster.find(SECRET, DATABASE)
    assert found is not None
    assert found["data"] == {"password": "b3RoZXI="}


def test_secret_of_somebody_else_is_not_filled() -> None:
    """The user's own Secret happens to have the name; the pass says so and goes on."""
    theirs = foreign(secret(DATABASE, {"theirs": "eA=="}), instance="other")
    cluster = Cluster(theirs)
    made = ensure_all(cluster)
    assert DATABASE not in made.secrets and made.strangers.keys() == {DATABASE}
    found = cluster.find(SECRET, DATABASE, NAMESPACE)
    assert found is not None
    assert found["data"] == {"theirs": "eA=="}


QUOTA = "exceeded quota: few, requested: count/secrets=1"


@pytest.mark.parametrize("verb", ["create", "patch"])
def test_refused_secret_holds_back_who_uses_it_and_stops_no_other(verb: str) -> None:
    """Rolled to a template without the checksum, their pods could not start any more."""
    cluster = Cluster(*([secret(DATABASE, {}, "database")] if verb == "patch" else []))
    cluster.refusals[f"{verb} Secret/{DATABASE}"] = (403, QUOTA)
    made = ensure_all(cluster)
    assert made.secrets.keys() == {credential.name for credential in WANTED} - {DATABASE}
    found = credentials.failures(CTX, observed(), made)
    assert {f.component for f in found} == {"database", "server", "maintenance"}
    assert all(f.holds and f.reason == "Rejected" and QUOTA in f.message for f in found)


def test_without_the_key_of_the_checksums_everybody_is_held_back() -> None:
    cluster = Cluster()
    cluster.refusals[f"create Secret/{CTX.names.checksum_key}"] = 403
    found = credentials.failures(CTX, observed(), ensure_all(cluster))
    assert {f.component for f in found} == set(plan.with_pods(context()))
    assert {f.reason for f in found} == {"Forbidden"}


# --- Secrets whose values live on in the data -----------------------------------------------------

ROOT = "demo-root-credentials"


def test_lost_secret_is_not_made_anew() -> None:
    ensured = ensure_all(Cluster(), lost={ROOT})
    assert ensured.lost == [ROOT]
    assert ROOT not in ensured.secrets


def test_key_that_is_lost_is_not_filled() -> None:
    cluster = Cluster(secret(ROOT, {"username": "cm9vdA==", "password": ""}, "server"))
    assert ensure_all(cluster, lost={ROOT}).lost == [ROOT]
    assert not any(ROOT in write for write in cluster.writes)


def test_secret_that_was_brought_back_is_ours_again() -> None:
    """A person makes it with `kubectl create secret`, without our labels."""
    old = {"username": "cm9vdA==", "password": "b2xk"}
    cluster = Cluster(foreign(secret(ROOT, old)))
    ensured = ensure_all(cluster, lost={ROOT})
    assert ensured.lost == [] and ensured.secrets[ROOT]["data"] == old
    found = cluster.find(SECRET, ROOT)
    assert found is not None
    assert found["metadata"]["annotations"][RETAINED] == "demo"
    assert found["data"] == old


@pytest.mark.parametrize(
    ("name", "value", "users", "rule"),
    [
        (DATABASE, "a${b}", {"database", "server", "maintenance"}, "'${'"),
        (DATABASE, "a\n\nb", {"database", "server", "maintenance"}, "one line"),
        ("demo-root-credentials", "a%b", {"server", "bootstrap"}, "'%'"),
        (
            "demo-redis-credentials",
            "a\tb",
            {"redis", "web", "worker", "uploads", "exports"},
            "control characters",
        ),
    ],
)
def test_value_of_ones_own_that_a_program_cannot_take_holds_its_users(
    name: str, value: str, users: set[str], rule: str
) -> None:
    """A rotation goes through the same rules as a Secret that is brought."""
    text = base64.b64encode(value.encode()).decode()
    cluster = Cluster(secret(name, {"username": "eA==", "password": text}, "database"))
    found = credentials.failures(CTX, observed(), ensure_all(cluster))
    assert {failure.component for failure in found} == users
    for failure in found:
        assert failure.reason == "SecretInvalid" and failure.holds
        assert f"key 'password' of Secret '{name}'" in failure.message and rule in failure.message
        assert value not in failure.message


def test_generated_values_can_be_used() -> None:
    assert credentials.failures(CTX, observed(), ensure_all(Cluster())) == []


def test_rules_of_the_first_start_do_not_hold_a_site_that_runs() -> None:
    """Root's password was changed in OMERO and here; OMERO.server does not read it any more."""
    text = base64.b64encode(b"a%b").decode()
    data = {"username": "eA==", "password": text}
    cluster = Cluster(secret("demo-root-credentials", data, "server"))
    server = by_title(plan.desired(CTX))["StatefulSet/demo-server"]
    server["metadata"].setdefault("annotations", {})[STARTED] = "true"
    assert credentials.failures(CTX, observed(server), ensure_all(cluster)) == []


PAIR = (("private-key.pem", PRIVATE_KEY), ("public-key.pem", PUBLIC_KEY))


def _belong(data: Manifest) -> bool:
    private, public = (base64.b64decode(data[key]) for key, _ in PAIR)
    key = serialization.load_pem_private_key(private, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp256r1"
    return key.public_key() == serialization.load_pem_public_key(public)


def test_a_key_pair_belongs_together_whatever_is_lost_or_changed() -> None:
    pair = Credential("demo-grafana-key", "web", PAIR, purpose="list")
    made, other = (credentials._values(pair, keep={}) for _ in range(2))
    assert _belong(made) and made != other
    private, public = (key for key, _ in PAIR)
    for live in (
        {private: made[private]},
        {private: made[private], public: other[public]},
        {public: made[public]},
    ):
        filled = live | credentials._values(pair, keep=live)
        assert _belong(filled)
        assert filled[private] == live.get(private, filled[private])
    assert credentials._values(pair, keep=made) == {}
    assert _belong(credentials._new_values(pair))
    # Somebody's own, which is no key: their mistake is theirs, and OMERO.web says it.
    assert credentials._values(pair, keep={private: "eA==", public: "eA=="}) == {}
