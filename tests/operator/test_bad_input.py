"""Bad input: refused by the API server with the field, or a condition that says what to do."""

from __future__ import annotations

import time
from typing import Any

import pytest

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.identity.kinds import INGRESS, PLATFORM, SECRET, STATEFUL_SET
from operator_ring.kube import Kube, Refused, wait_until
from operator_ring.kubelet import PlayedKubelet
from operator_ring.process import PASSES, OperatorProcess
from operator_ring.releases import MakeOperator, install, own_namespace
from refused_specs import ACCEPTED, NAMES, REFUSED

Spec = dict[str, Any]


@pytest.fixture(scope="module")
def empty(kube: Kube) -> str:
    """A namespace in which nothing is made."""
    return own_namespace(kube)


@pytest.mark.parametrize(("spec", "words"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_the_api_server_names_the_field(kube: Kube, empty: str, spec: Spec, words: str) -> None:
    with pytest.raises(Refused) as refusal:
        kube.request(
            "POST",
            PLATFORM.path(empty) + "?fieldValidation=Strict",
            {
                "apiVersion": PLATFORM.api_version,
                "kind": PLATFORM.name,
                "metadata": {"name": "site"},
                "spec": spec,
            },
        )
    assert words in refusal.value.message


def stored(kube: Kube, namespace: str, spec: Any) -> Any:
    """What the API server has of a specification, read anew."""
    kube.request(
        "POST",
        PLATFORM.path(namespace) + "?fieldValidation=Strict",
        {
            "apiVersion": PLATFORM.api_version,
            "kind": PLATFORM.name,
            "metadata": {"name": "site"},
            "spec": spec,
        },
    )
    return kube.get(PLATFORM, namespace, "site")["spec"]


def test_properties_that_the_operator_does_not_set_are_the_sites(
    kube: Kube, namespace: str
) -> None:
    config = {"omero.db.poolsize": "25", "omero.db.profile": "psql", "omero.data.dir.x": "y"}
    secret = {"property": "omero.db.properties", "secretKeyRef": {"name": "s", "key": "k"}}
    given = {"config": config, "configSecretRefs": [secret]}
    server = stored(kube, namespace, {"server": given})["server"]
    assert {name: server[name] for name in given} == given


@pytest.mark.parametrize("spec", [a[1] for a in ACCEPTED], ids=[a[0] for a in ACCEPTED])
def test_the_api_server_takes_what_only_looks_wrong(
    kube: Kube, namespace: str, spec: Spec | None
) -> None:
    """It is stored as it was written, with the defaults of the models for what was not."""
    assert_written_and_defaults(stored(kube, namespace, spec), spec)


def assert_written_and_defaults(found: Spec, given: Spec | None) -> None:
    whole = PlatformSpec.model_validate(found)
    assert whole == PlatformSpec.model_validate(_without_nulls(given or {}))
    assert _without_nulls(found) == whole.model_dump(by_alias=True, exclude_none=True)


def _without_nulls(given: Any) -> Any:
    """A null is as if nothing had been written: the API server puts the default there."""
    if not isinstance(given, dict):
        return given
    return {name: _without_nulls(value) for name, value in given.items() if value is not None}


def test_unknown_fields_are_dropped_where_the_client_does_not_ask(
    kube: Kube, namespace: str
) -> None:
    """`kubectl` and `helm` ask for a refusal; a client that does not never stores them."""
    made = kube.platform(namespace, "site", {"sever": {"config": {}}})
    assert "sever" not in made["spec"]


@pytest.mark.parametrize(("name", "words"), NAMES, ids=[name[:3] for name, _ in NAMES])
def test_names_that_children_could_not_have(kube: Kube, empty: str, name: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        kube.platform(empty, name)


CHANGES: list[tuple[str, Spec, Spec, str]] = [
    (
        "shrink",
        {"database": {"storage": {"size": "10Gi"}}},
        {"database": {"storage": {"size": "9Gi"}}},
        "cannot be reduced",
    ),
    (
        "class",
        {"server": {"storage": {"storageClassName": "a"}}},
        {"server": {"storage": {"storageClassName": "b"}}},
        "cannot be changed",
    ),
    (
        "class-later",
        {},
        {"server": {"storage": {"storageClassName": "b"}}},
        "cannot be changed",
    ),
    (
        "mode",
        {},
        {
            "redis": {
                "mode": "external",
                "external": {"host": "r", "passwordSecretRef": {"name": "s", "key": "k"}},
            }
        },
        "mode cannot be changed",
    ),
]


@pytest.mark.parametrize(
    ("before", "after", "words"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES]
)
def test_changes_that_would_lose_data_are_refused(
    kube: Kube, namespace: str, before: Spec, after: Spec, words: str
) -> None:
    kube.platform(namespace, "site", before)
    with pytest.raises(Refused, match=words):
        kube.merge(PLATFORM, namespace, "site", {"spec": after})


IMPOSSIBLE: list[tuple[str, Spec, str, str, str]] = [
    (
        "root-secret",
        {"server": {"rootPasswordSecretRef": {"name": "nowhere", "key": "password"}}},
        "ServerReady",
        "SecretNotFound",
        "Secret 'nowhere'",
    ),
    (
        "external-db-secret",
        {
            "database": {
                "mode": "external",
                "external": {
                    "host": "pg",
                    "database": "omero",
                    "credentialsSecretRef": {"name": "nowhere"},
                },
            }
        },
        "DatabaseReady",
        "SecretNotFound",
        "spec.database.external.credentialsSecretRef",
    ),
    (
        "claim",
        {"database": {"storage": {"existingClaim": "nowhere"}}},
        "DatabaseReady",
        "ClaimNotFound",
        "'nowhere'",
    ),
    (
        "tls-secret",
        {"web": {"ingress": {"host": "t.example.org", "tls": {"secretName": "nowhere"}}}},
        "IngressReady",
        "SecretNotFound",
        "Secret 'nowhere'",
    ),
    ("time-zone", {"timeZone": "Europe/Zuerich"}, "SpecValid", "SpecInvalid", "Europe/Zuerich"),
    (
        "requests-over-limits",
        {"web": {"resources": {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}}},
        "SpecValid",
        "SpecInvalid",
        "spec.web.resources.requests.memory",
    ),
]


def test_the_impossible_is_a_condition(
    kube: Kube, namespace: str, operator: OperatorProcess, subtests: pytest.Subtests
) -> None:
    """Sites beside each other, under one operator."""
    for name, spec, *_ in IMPOSSIBLE:
        kube.platform(namespace, name, spec)
    for name, _, condition, reason, words in IMPOSSIBLE:
        with subtests.test(name):
            found = kube.wait_condition(namespace, name, condition, "False")
            assert found["reason"] == reason
            assert words in found["message"]
            ready = kube.condition(namespace, name, "Ready")
            assert (ready["status"], ready["reason"]) == ("False", reason)


def test_what_is_missing_holds_what_needs_it_and_wakes_it_when_it_is_there(
    kube: Kube, namespace: str, operator: OperatorProcess, kubelet: PlayedKubelet
) -> None:
    """A Secret of the server, an image of Redis; then an invalid edit changes nothing."""
    kubelet.broken["redis"] = ("ImagePullBackOff", "not found")
    reference = {"name": "root", "key": "password"}
    spec = {
        "server": {"rootPasswordSecretRef": reference},
        "images": {"redis": "nowhere/redis:1"},
        "web": {"ingress": {"host": "keep.example.org"}},
    }
    kube.platform(namespace, "site", spec)
    _the_image_is_named_and_its_correction_heals(kube, namespace, kubelet)
    assert kube.get(STATEFUL_SET, namespace, "site-server") is None
    secret = {"metadata": {"name": "root", "namespace": namespace}, "data": {"password": "eHg="}}
    kube.create(SECRET, secret)
    kube.wait_condition(namespace, "site", "Ready", "True")
    _an_invalid_edit_leaves_what_runs(kube, namespace)


def _the_image_is_named_and_its_correction_heals(
    kube: Kube, namespace: str, kubelet: PlayedKubelet
) -> None:
    wait_until(
        lambda: kube.condition(namespace, "site", "RedisReady")["reason"] == "ImageCannotBePulled"
    )
    message = kube.condition(namespace, "site", "RedisReady")["message"]
    assert "nowhere/redis:1" in message and "spec.images" in message
    kube.wait_condition(namespace, "site", "DatabaseReady", "True")
    del kubelet.broken["redis"]
    kube.merge(PLATFORM, namespace, "site", {"spec": {"images": {"redis": "redis:8"}}})
    kube.wait_condition(namespace, "site", "RedisReady", "True")


def _an_invalid_edit_leaves_what_runs(kube: Kube, namespace: str) -> None:
    before = kube.get(INGRESS, namespace, "site-web") or {}
    edit = {"timeZone": "Nowhere/Land", "web": {"ingress": {"host": "other.example.org"}}}
    kube.merge(PLATFORM, namespace, "site", {"spec": edit})
    kube.wait_condition(namespace, "site", "SpecValid", "False")
    assert kube.get(INGRESS, namespace, "site-web") == before
    assert kube.condition(namespace, "site", "WebReady")["status"] == "True"


def test_an_unknown_storage_class_holds_one_component_and_makes_no_volume(
    kube: Kube, namespace: str, make_operator: MakeOperator, kubelet: PlayedKubelet
) -> None:
    """Classes are cluster-wide: only a cluster-wide operator may look at them."""
    wide = install(kube, f"wide-{namespace}", "--set", "crds.create=false")
    operator = make_operator(release=wide, WATCH_NAMESPACES=namespace)
    operator.wait_active()
    kube.platform(namespace, "site", {"server": {"storage": {"storageClassName": "nowhere"}}})
    found = kube.wait_condition(namespace, "site", "ServerReady", "False")
    assert found["reason"] == "StorageClassNotFound" and "'nowhere'" in found["message"]
    kube.wait_condition(namespace, "site", "DatabaseReady", "True")


def test_a_lasting_failure_is_quiet(kube: Kube, namespace: str, operator: OperatorProcess) -> None:
    """Looked at every 15 s, told once: far below 12 events an hour, and no write at all."""
    reference = {"name": "nowhere", "key": "password"}
    kube.platform(namespace, "site", {"server": {"rootPasswordSecretRef": reference}})
    kube.wait_condition(namespace, "site", "ServerReady", "False")
    operator.wait_still()
    writes = operator.writes()
    passes = operator.metric(PASSES)
    time.sleep(40)
    assert operator.writes() == writes, operator.tail()
    assert 2 <= operator.metric(PASSES) - passes <= 4
